"""What may be done with money: enter, confirm, reject, reverse, assign, and read a bank file."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.accounts import permissions
from apps.accounts.models import User
from apps.billing import services as billing
from apps.billing.models import BankFile, Receipt, ReceiptRequest
from apps.billing.services import Confirmed
from apps.billing.states import Channel, ReceiptStatus
from apps.core.admin import (
    Act,
    ActForm,
    DayInput,
    Done,
    Fact,
    ReasonForm,
    StaffRequest,
    act,
    money,
    no_edge,
    page_of,
    who,
)
from apps.core.context import Context
from apps.core.errors import NotFound, Refusal
from apps.policies import selectors as policies

from . import columns

LARGEST_FILE = 20 * 1024 * 1024
BY_HAND = Channel.choices


class KeyForm(ActForm):
    policy_number = forms.CharField(label=_("Policy number"), max_length=32)
    amount = forms.DecimalField(label=_("Amount"), max_digits=18, decimal_places=2, localize=False)
    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices)
    channel_ref = forms.CharField(label=_("Transaction number"), max_length=80)
    value_on = forms.DateField(
        label=_("Paid on"),
        help_text=_("The day the customer paid. It decides whether the money came inside the grace period."),
        widget=DayInput,
    )


FIELDS = {
    "policy_not_found": "policy_number",
    "amount_not_positive": "amount",
    "amount_finer_than_fen": "amount",
    "transaction_number_missing": "channel_ref",
    "receipt_known": "channel_ref",
    "channel_unknown": "channel",
    "value_date_in_future": "value_on",
    "value_date_too_old": "value_on",
}


@act("billing.receipt", on_list=True)
class KeyReceipt(Act):
    name, label, permission, main = "key", _("Enter a receipt"), "payment_record.C", True
    form = KeyForm
    intro = _("The money counts as in flight, and the policy does not lapse, until a second person confirms it.")
    field_of = FIELDS

    def initial(self, request: StaffRequest, obj: Any) -> dict[str, Any]:
        return {"value_on": request.ctx.business_date, "policy_number": request.GET.get("policy", "")}

    def answer(self, request: StaffRequest, ctx: Context, obj: Any, data: dict[str, Any]) -> Done:
        _check_reach(ctx, request.user, self.permission, data["policy_number"])
        receipt = billing.key_receipt(ctx, **data)
        message = _now("Receipt {number} was entered. A second person must confirm it.").format(number=receipt.number)
        return Done(message, page_of(Receipt, receipt.pk))


@act("policies.policy")
class KeyReceiptForPolicy(KeyReceipt):
    name = "key_receipt"

    def initial(self, request: StaffRequest, obj: Any) -> dict[str, Any]:
        return {"value_on": request.ctx.business_date, "policy_number": obj.number}


class OfReceipt(Act):
    """Acts on a receipt that wait for it to stand in one state."""

    target: str

    def why_not(self, ctx: Context, obj: Receipt) -> Refusal | None:
        return no_edge(obj, self.target)

    def facts(self, obj: Receipt) -> list[Fact]:
        return [
            Fact(_("Policy"), obj.policy or _("Unidentified")),
            Fact(_("Amount"), columns.amount(obj)),
            Fact(_("Paid on"), obj.value_on),
            Fact(_("Transaction number"), obj.channel_ref),
            Fact(_("Entered by"), who(obj.keyed_by)),
        ]


@act("billing.receipt")
class ConfirmReceipt(OfReceipt):
    name, label, permission, main = "confirm", _("Confirm"), "payment_record.A", True
    bulk = True
    target = ReceiptStatus.CONFIRMED
    intro = _("The money is posted and settles what is due.")

    def why_not(self, ctx: Context, obj: Receipt) -> Refusal | None:
        own = obj.status == ReceiptStatus.KEYED and ctx.person == obj.keyed_person
        return Refusal("same_person") if own else super().why_not(ctx, obj)

    def run(self, ctx: Context, obj: Receipt, data: dict[str, Any]) -> Done:
        return Done(told(billing.confirm_receipt(ctx, obj.pk)))


@act("billing.receipt")
class RejectReceipt(OfReceipt):
    name, label, permission = "reject", _("Reject"), "payment_record.A"
    bulk = True
    form, target = ReasonForm, ReceiptStatus.REJECTED
    intro = _("For a receipt entered by mistake. Nothing was posted, nothing will be.")

    def run(self, ctx: Context, obj: Receipt, data: dict[str, Any]) -> Done:
        billing.reject_receipt(ctx, obj.pk, data["reason"])
        return Done(_now("The receipt was rejected."))


@act("billing.receipt")
class ReverseReceipt(OfReceipt):
    name, label, permission = "reverse", _("Ask to reverse"), "receipt_reverse.E"
    form, target = ReasonForm, ReceiptStatus.REVERSED
    intro = _("For money that bounced or was recalled. When a second person approves, what it paid is owed again.")

    def run(self, ctx: Context, obj: Receipt, data: dict[str, Any]) -> Done:
        request = billing.request_reversal(ctx, obj.pk, data["reason"])
        return Done(_now("A second person must approve it."), page_of(ReceiptRequest, request.pk))


class AssignForm(ReasonForm):
    policy_number = forms.CharField(label=_("Policy number"), max_length=32)
    field_order = ("policy_number", "reason")


@act("billing.receipt")
class AssignReceipt(OfReceipt):
    name, label, permission = "assign", _("Ask to assign to a policy"), "reconcile_write_off.E"
    form = AssignForm
    intro = _("When a second person approves, the money settles what is due on the policy.")
    field_of = {"policy_not_found": "policy_number", "currency_differs": "policy_number"}

    def why_not(self, ctx: Context, obj: Receipt) -> Refusal | None:
        if obj.policy_id:
            return Refusal("receipt_has_policy", {"number": obj.number})
        return no_edge(obj, ReceiptStatus.REVERSED)

    def answer(self, request: StaffRequest, ctx: Context, obj: Receipt, data: dict[str, Any]) -> Done:
        _check_reach(ctx, request.user, self.permission, data["policy_number"])
        asked = billing.request_assignment(ctx, obj.pk, data["policy_number"], data["reason"])
        return Done(_now("A second person must approve it."), page_of(ReceiptRequest, asked.pk))


def _check_reach(ctx: Context, user: User, permission: str, policy_number: str) -> None:
    """A policy beyond the right's reach is as unknown as one nobody has; the try leaves a trace (P36, P44)."""
    policy = policies.by_number(policy_number)
    if not policies.reached_by(user, permission).filter(pk=policy.pk).exists():
        permissions.denied(ctx, permission, object_type="policies.policy", object_id=policy.pk)
        raise NotFound(Refusal("policy_not_found", {"number": policy_number}))


def told(confirmed: Confirmed) -> str:
    """What became of the money, in one or two sentences."""
    numbers = ", ".join(str(number) for number in confirmed.paid)
    paid = _now("It paid instalment {numbers}.").format(numbers=numbers) if numbers else ""
    changes = ", ".join(confirmed.extra)
    extra = _now("It paid extra premium {numbers}.").format(numbers=changes) if changes else ""
    waiting = str(confirmed.waiting) if confirmed.waiting else ""
    posted = _now("{amount} was posted.").format(amount=money(confirmed.receipt.amount, confirmed.receipt.currency))
    return " ".join(part for part in (posted, paid, extra, waiting) if part)


class BankFileForm(ActForm):
    file = forms.FileField(
        label=_("Bank file"),
        help_text=_(
            "CSV in UTF-8 or GB18030 with the columns 交易流水号, 保单号, 交易日期, 金额, 币种, 付款人, or in English."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,text/csv"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(_("The file is larger than 20 MB."))
        return file


@act("billing.bankfile", on_list=True)
class UploadBankFile(Act):
    name, label, permission, main = "upload", _("Read a bank file"), "bank_file_load.E", True
    form = BankFileForm
    intro = _("All payments are posted at once, or none: every wrong cell is named. The same file is never read twice.")

    def say(self, refusal: Refusal) -> str:
        if "row" not in refusal.params:
            return str(refusal)
        where = {"row": refusal.params["row"], "column": refusal.params["column"], "fault": refusal}
        return _now("Row {row}, {column}: {fault}").format(**where)

    def run(self, ctx: Context, obj: None, data: dict[str, Any]) -> Done:
        file = billing.read_bank_file(ctx, name=data["file"].name, content=data["file"].read())
        told = _now("{posted} receipts posted, {known} known before, {unidentified} unidentified.")
        counts = told.format(posted=file.posted, known=file.known, unidentified=file.unidentified)
        return Done(counts, page_of(BankFile, file.pk))
