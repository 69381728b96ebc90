from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class InstalmentStatus(TextChoices):
    """应收状态 (state-machines §3.4). Partial and notified are derived, not stored (decision 22)."""

    PLANNED = "PLANNED", _("Planned")
    BILLED = "BILLED", _("Billed")
    IN_GRACE = "IN_GRACE", _("In grace")
    OVERDUE = "OVERDUE", _("Overdue")
    PAID = "PAID", _("Paid")
    REVERSED = "REVERSED", _("Payment reversed")
    CANCELLED = "CANCELLED", _("Cancelled")


class ReceiptStatus(TextChoices):
    """实收状态: a hand-keyed receipt is confirmed by a second person (decision 26)."""

    KEYED = "KEYED", _("Waiting for confirmation")
    CONFIRMED = "CONFIRMED", _("Confirmed")
    REJECTED = "REJECTED", _("Rejected")
    REVERSED = "REVERSED", _("Reversed")


class Channel(TextChoices):
    """收款渠道: how the money was paid. A bank file and a clerk may tell of the same transfer: it posts once (P22)."""

    TRANSFER = "transfer", _("Bank transfer")
    CARD = "card", _("Bank card")
    THIRD_PARTY = "third_party", _("Third-party payment")
    OTHER = "other", _("Other")


class PayoutKind(TextChoices):
    """付费类型: what the money is paid out for."""

    SUSPENSE_REFUND = "suspense", _("Refund of money in suspense")
    SURRENDER = "surrender", _("Surrender value")
    PARTIAL_SURRENDER = "partial", _("Partial surrender value")
    PREMIUM_REFUND = "premium", _("Refund of premium")


class PayoutStatus(TextChoices):
    """付费状态 (state-machines §3.11): asked for, approved by others, handed to the bank, arrived or returned."""

    REQUESTED = "REQUESTED", _("Waiting for approval")
    APPROVED = "APPROVED", _("Approved")
    SENT = "SENT", _("With the bank")
    PAID = "PAID", _("Paid out")
    RETURNED = "RETURNED", _("Returned by the bank")
    REJECTED = "REJECTED", _("Rejected")
    CANCELLED = "CANCELLED", _("Cancelled")
    WITHDRAWN = "WITHDRAWN", _("Not owed any more")


class AdjustmentStatus(TextChoices):
    """批改补费状态: asked for, paid whole, and given back if the change does not come to be."""

    OPEN = "OPEN", _("Not paid yet")
    PAID = "PAID", _("Paid")
    CANCELLED = "CANCELLED", _("Cancelled")
    RETURNED = "RETURNED", _("Given back")


class Account(TextChoices):
    """科目."""

    BANK = "BANK", _("Bank")
    SUSPENSE = "SUSPENSE", _("Suspense")
    PAYABLE = "PAYABLE", _("Payable")
    RECEIVABLE = "RECEIVABLE", _("Premium receivable")
    PREMIUM = "PREMIUM", _("Premium income")
    OPENING = "OPENING", _("Opening balance")
    SURRENDER = "SURRENDER", _("Surrender benefits")


class PostingKind(TextChoices):
    """记账类型: which business act wrote the legs."""

    BILL = "bill", _("Premium billed")
    RECEIPT = "receipt", _("Money received")
    ALLOCATION = "allocation", _("Premium settled")
    ALLOCATION_REVERSAL = "unallocation", _("Settlement reversed")
    RECEIPT_REVERSAL = "unreceipt", _("Receipt reversed")
    WRITE_BACK = "write_back", _("Premium written back")
    TRANSFER = "transfer", _("Suspense moved")
    SET_ASIDE = "set_aside", _("Set aside to pay out")
    PUT_BACK = "put_back", _("Put back into suspense")
    PAYOUT = "payout", _("Paid out")
    PAYOUT_RETURN = "unpayout", _("Payment returned")
    OPENING = "opening", _("Opening balance")
    ADJUSTMENT = "adjustment", _("Extra premium paid")
    ADJUSTMENT_REVERSAL = "unadjustment", _("Extra premium given back")
    OWED = "owed", _("Owed to the customer")
    OWED_REVERSAL = "unowed", _("Not owed any more")


class RequestKind(TextChoices):
    """收款更正: what is asked for a receipt that stands."""

    REVERSE = "reverse", _("Reverse")
    ASSIGN = "assign", _("Assign to a policy")


class RequestStatus(TextChoices):
    """更正申请状态: asked by one person, decided by another (P24)."""

    WAITING = "WAITING", _("Waiting for a second person")
    APPROVED = "APPROVED", _("Carried out")
    REJECTED = "REJECTED", _("Rejected")
