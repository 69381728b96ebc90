"""Money in the API: instalments 应收, and receipts 实收, which a program enters and a person confirms."""

from django.db.models import OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.billing import selectors, services
from apps.billing.models import Allocation, Instalment, Receipt
from apps.billing.services.receipts import lock_receipt
from apps.billing.states import Channel, InstalmentStatus, ReceiptStatus
from apps.core.api import (
    Act,
    Call,
    Code,
    CodeInput,
    Create,
    Day,
    DayInput,
    Detail,
    Effect,
    Fault,
    Id,
    IdInput,
    Input,
    List,
    Many,
    Money,
    MoneyInput,
    Number,
    Problem,
    Shape,
    Text,
    TextInput,
    a_code,
    a_day,
    a_text,
    an_id,
    declare_scope,
    means,
    operation,
)
from apps.core.context import Context
from apps.core.errors import BusinessError
from apps.policies import selectors as policies

INSTALMENTS_READ = declare_scope("instalments:read", _("Read instalments"))
RECEIPTS_READ = declare_scope("receipts:read", _("Read receipts"))
RECEIPTS_WRITE = declare_scope("receipts:write", _("Enter receipts, which a person then confirms"))

means(receipt_known="duplicate_payment")


class InstalmentShape(Shape):
    """One premium due 应收."""

    model = Instalment
    id = Id("instalment")
    policy = Id("policy", "policy__public_id")
    number = Number("Counts from 1 at the contract's start.")
    status = Code(InstalmentStatus, "应收状态.")
    amount = Money()
    due_on = Day("应缴日.")
    grace_ends_on = Day("The last day of grace 宽限期末日.")
    billed_on = Day(null=True)
    paid_on = Day(null=True)


@operation("GET", "instalments")
class Instalments(List):
    """Instalments in the caller's area, latest due first."""

    summary = "List instalments"
    permission, scope, shape = "instalment_read.R", INSTALMENTS_READ, InstalmentShape
    filters = (
        an_id("policy", "Of this policy.", "policy", "policy__public_id"),
        a_code("status", "应收状态.", InstalmentStatus),
        a_day("due_after", "Due on this day or later.", "due_on__gte"),
        a_day("due_before", "Due before this day.", "due_on__lt"),
    )
    sorts = {"due_on": "due_on"}
    order = "-due_on"

    def rows(self, call: Call) -> QuerySet:
        return selectors.instalments_visible_to(call.user)


@operation("GET", "instalments/{instalment}")
class InstalmentDetail(Detail):
    """One instalment."""

    summary = "Read an instalment"
    permission, scope, shape = "instalment_read.R", INSTALMENTS_READ, InstalmentShape

    def rows(self, call: Call) -> QuerySet:
        return selectors.instalments_visible_to(call.user)


class AllocationShape(Shape):
    """Money of the receipt used for an instalment; taken back by a row with a negative amount."""

    model = Allocation
    instalment = Id("instalment", "instalment__public_id")
    amount = Money(currency="instalment__currency")
    business_date = Day()


class ReceiptSummary(Shape):
    """Money that came in 实收."""

    model = Receipt
    id = Id("receipt")
    number = Text("Receipt number.", example="R26112200001")
    policy = Id("policy", "policy__public_id", "Null while nobody knows whose money it is.", null=True)
    status = Code(ReceiptStatus, "实收状态. A keyed receipt posts nothing until a second person confirms it.")
    amount = Money()
    channel = Code(Channel)
    transaction_number = Text("Of the bank or the payment platform; unique within its channel.", "channel_ref")
    value_on = Day("The day the customer paid: decides whether the money came inside the grace period.")
    keyed_on = Day("The business day it was entered.")


class ReceiptShape(ReceiptSummary):
    """Money that came in 实收, and what it was used for."""

    allocations = Many(AllocationShape, Allocation.objects.filter(receipt=OuterRef("pk")).order_by("pk"))


class OfReceipts:
    """What all operations on receipts share."""

    def rows(self, call: Call) -> QuerySet:
        return selectors.receipts_visible_to(call.user)


@operation("GET", "receipts")
class Receipts(OfReceipts, List):
    """Receipts in the caller's area, newest first."""

    summary = "List receipts"
    permission, scope, shape = "receipt_read.R", RECEIPTS_READ, ReceiptSummary
    filters = (
        an_id("policy", "Of this policy.", "policy", "policy__public_id"),
        a_code("status", "实收状态.", ReceiptStatus),
        a_code("channel", "收款渠道.", Channel),
        a_text("transaction_number", "Whole.", r"[ -~]{1,80}", "channel_ref"),
        a_text("number", "Receipt number, whole.", r"R[0-9]{11}", "number"),
    )


@operation("GET", "receipts/{receipt}")
class ReceiptDetail(OfReceipts, Detail):
    """One receipt with what it was used for, and what the caller may do with it now."""

    summary = "Read a receipt"
    permission, scope, shape = "receipt_read.R", RECEIPTS_READ, ReceiptShape


class ReceiptInput(Input):
    """A receipt to enter."""

    policy = IdInput("policy", help_text="The policy the money is for.")
    amount = MoneyInput(help_text="Above zero, in the policy's currency.")
    channel = CodeInput(Channel, help_text="How the customer paid.")
    transaction_number = TextInput(80, help_text="Of the bank or the payment platform.")
    value_on = DayInput(help_text="The day the customer paid; not in the future, not more than a year back.")


@operation("POST", "receipts")
class KeyReceipt(OfReceipts, Create):
    """Enter money that came in. It posts nothing until a second person confirms it; until then no policy lapses for it.

    A transaction number that is known in its channel answers ``duplicate_payment``.
    """

    summary = "Enter a receipt"
    permission, scope, shape = "payment_record.C", RECEIPTS_WRITE, ReceiptShape
    effect, input = Effect.MONEY, ReceiptInput
    refusals = ("duplicate_payment",)
    pointers = {
        "amount_not_positive": "/amount",
        "currency_differs": "/amount/currency",
        "receipt_known": "/transaction_number",
        "value_date_in_future": "/value_on",
        "value_date_too_old": "/value_on",
    }
    example = {
        "policy": "pol_aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "amount": {"amount": "1200.00", "currency": "CNY"},
        "channel": "third_party",
        "transaction_number": "4200001234202611220000000001",
        "value_on": "2026-11-22",
    }

    def make(self, call: Call) -> Receipt:
        amount, currency = call.data["amount"]
        return services.key_receipt(
            call.ctx,
            policy_number=self._policy_number(call),
            amount=amount,
            currency=currency,
            channel=call.data["channel"],
            channel_ref=call.data["transaction_number"],
            value_on=call.data["value_on"],
        )

    def _policy_number(self, call: Call) -> str:
        """Of the policy named, if the caller reaches it; one beyond answers like one that does not exist."""
        public_id = call.data["policy"]
        reached = policies.reached_by(call.user, self.permission).filter(public_id=public_id)
        if number := reached.values_list("number", flat=True).first():
            return number
        if pk := policies.id_of(public_id):
            call.gate.denied(call, self.permission, "policies.policy", pk)
        raise Problem("validation_failed", errors=(Fault("/policy", "not_found", _("There is no such policy.")),))


class OnReceipts(OfReceipts, Act):
    """What all acts on receipts share."""

    def reached(self, call: Call) -> QuerySet:
        return selectors.receipts_reached_by(call.user, self.permission)

    def lock(self, call: Call, pk: int) -> Receipt:
        return lock_receipt(pk)


@operation("POST", "receipts/{receipt}/confirm")
class ConfirmReceipt(OnReceipts):
    """Confirm a receipt that somebody else has entered: the money is posted and settles what is due."""

    summary = "Confirm a receipt"
    permission, scope, shape = "payment_record.A", RECEIPTS_WRITE, ReceiptShape
    effect, precondition = Effect.MONEY, True

    def why_not(self, ctx: Context, obj: Receipt) -> BusinessError | None:
        return services.why_not_confirm(ctx, obj)

    def act(self, call: Call, obj: Receipt) -> None:
        services.confirm_receipt(call.ctx, obj.pk)


class ReasonInput(Input):
    """Why."""

    reason = TextInput(400, help_text="For the history; without customer data.")


@operation("POST", "receipts/{receipt}/reject")
class RejectReceipt(OnReceipts):
    """Take out a receipt entered by mistake. Nothing was posted, nothing will be."""

    summary = "Reject a receipt"
    permission, scope, shape = "payment_record.A", RECEIPTS_WRITE, ReceiptShape
    effect, precondition, input = Effect.MONEY, True, ReasonInput
    example = {"reason": "Entered twice"}

    def why_not(self, ctx: Context, obj: Receipt) -> BusinessError | None:
        return services.why_not_reject(ctx, obj)

    def act(self, call: Call, obj: Receipt) -> None:
        services.reject_receipt(call.ctx, obj.pk, call.data["reason"])
