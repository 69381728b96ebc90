from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class EndorsementStatus(TextChoices):
    """保全受理件状态 (state-machines §3.3)."""

    DRAFT = "DRAFT", _("Draft")
    SUBMITTED = "SUBMITTED", _("Submitted")
    PENDING_DOCS = "PENDING_DOCS", _("Waiting for papers")
    ACCEPTED = "ACCEPTED", _("Accepted")
    IN_REVIEW = "IN_REVIEW", _("Under examination")
    UW_REFERRED = "UW_REFERRED", _("With underwriting")
    SECOND_REVIEW = "SECOND_REVIEW", _("Waiting for approval")
    APPROVED = "APPROVED", _("Approved")
    AWAIT_PAYMENT = "AWAIT_PAYMENT", _("Waiting for payment")
    AWAIT_EFFECT = "AWAIT_EFFECT", _("Waiting for its effective day")
    EFFECTIVE = "EFFECTIVE", _("In effect")
    PAYOUT = "PAYOUT", _("Paying out")
    CLOSED = "CLOSED", pgettext_lazy("endorsement", "Closed")
    REJECTED = "REJECTED", _("Rejected")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")
    EXPIRED = "EXPIRED", _("Expired")
    REVERSED = "REVERSED", _("Reversed")


class Channel(TextChoices):
    """受理渠道: how the request reached us."""

    COUNTER = "counter", _("At the counter")
    PHONE = "phone", _("By phone")
    AGENT = "agent", _("Through the agent")
    ONLINE = "online", _("Online")
    COMPANY = "company", _("By the company")


class Signer(TextChoices):
    """签名人: in what capacity somebody signs a request."""

    HOLDER = "holder", _("Policyholder")
    INSURED = "insured", _("Insured")
    GUARDIAN = "guardian", _("Guardian")
    COMPANY = "company", _("The company")


class Verification(TextChoices):
    """身份核验方式: how we made sure who signs."""

    ORIGINAL_ID = "original_id", _("Original identity document")
    FACE = "face", _("Face and document compared online")
    PHONE_CODE = "phone_code", _("Code sent to the phone on file")
    RECORDED_CALL = "recorded_call", _("Recorded call to the phone on file")
    NOTARISED = "notarised", _("Notarised authorisation")


class MaterialStatus(TextChoices):
    """材料状态."""

    MISSING = "missing", _("Missing")
    RECEIVED = "received", _("Received")
    WAIVED = "waived", _("Not needed")


class EffectiveRule(TextChoices):
    """生效日规则 (domain/endorsements §4)."""

    AT_ONCE = "at_once", _("From the day the request arrived")
    ACCEPTANCE = "acceptance", _("From the day of acceptance")
    APPROVAL_NEXT_DAY = "approval_next_day", _("From the day after approval")
    PAID_NEXT_DAY = "paid_next_day", _("From the day after full payment")
    NEXT_DUE = "next_due", _("From the next premium due date")
    CONTRACT_START = "contract_start", _("From the beginning of the contract")
    SCHEDULED = "scheduled", _("From the next debit run")
    EVENT_DATE = "event_date", _("From the date of the event")


class Mutex(TextChoices):
    """互斥类: only one open item of a class on one policy; NONE runs beside everything."""

    NONE = "none", _("None")
    IDENTITY = "identity", _("Identity")
    BENEFICIARY = "beneficiary", _("Beneficiary")
    BILLING = "billing", _("Billing")
    FINANCIAL = "financial", _("Financial")


class Mode(TextChoices):
    """变更方式: from a day on, from the start of the contract, or undone as if it had never been."""

    CHANGE = "change", _("Change")
    CORRECTION = "correction", _("Correction")
    VOID = "void", _("Reversal")


class Review(TextChoices):
    """复核规则: when a second person must approve."""

    ALWAYS = "always", _("Always")
    ABOVE_LIMIT = "above_limit", _("Above the limit, or when back-dated")
    BACK_DATED = "back_dated", _("Only when back-dated")


class Reversible(TextChoices):
    """回退方式: the clerk's ordinary route; the engine can undo any item."""

    REPLAY = "replay", _("By replay")
    COUNTER_ITEM = "counter_item", _("By a counter item")
    NO = "no", _("Not by a clerk")
