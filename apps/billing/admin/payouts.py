"""Payouts on the staff's pages: what is on its way to a customer, and who has said yes to it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.billing import selectors
from apps.billing import services as billing
from apps.billing.models import Payout, PayoutPart
from apps.billing.states import PayoutKind, PayoutStatus
from apps.core.admin import (
    Act,
    ActForm,
    Choice,
    Column,
    DayInput,
    Done,
    Fact,
    Figure,
    ReasonForm,
    StaffAdmin,
    StaffRequest,
    Stage,
    Table,
    act,
    badge,
    day,
    figure,
    link,
    money,
    no_edge,
    page_of,
    tab,
    who,
)
from apps.core.admin.pages import Note, Section, Text
from apps.core.context import Context
from apps.core.errors import Refusal
from apps.parties import selectors as parties
from apps.policies import selectors as policies

from . import columns

PAGE = "billing.payout"
TONES = {
    PayoutStatus.REQUESTED: "warn",
    PayoutStatus.APPROVED: "busy",
    PayoutStatus.SENT: "busy",
    PayoutStatus.PAID: "good",
    PayoutStatus.RETURNED: "bad",
}
WAY = (PayoutStatus.REQUESTED, PayoutStatus.APPROVED, PayoutStatus.SENT, PayoutStatus.PAID)


def state(row: Payout) -> str:
    return badge(row.get_status_display(), TONES.get(PayoutStatus(row.status), "plain"))


def amount(row: Payout) -> str:
    return money(row.amount, row.currency)


COLUMNS = (
    Column(_("State"), state),
    Column(_("Amount"), amount, numeric=True),
    Column(_("Requested on"), "requested_on"),
    Column(_("Requested by"), lambda row: who(row.requested_by)),
    Column(_("Approved by"), lambda row: who(row.approved_by)),
    Column(_("Paid on"), "paid_on"),
)
KIND = Column(_("Kind"), "get_kind_display")
NUMBER = Column(_("Payout"), lambda row: link(row, row.number))


@admin.register(Payout)
class PayoutAdmin(StaffAdmin):
    read = "payout_read.R"
    search_hint = _("Payout number or policy number")
    related = ("policy",)
    columns = (Column(_("Payout number"), "number"), Column(_("Policy"), lambda row: link(row.policy)), KIND, *COLUMNS)
    filters = (
        Choice("status", _("State"), PayoutStatus.choices),
        Choice("kind", _("Kind"), PayoutKind.choices),
    )

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.payouts_visible_to(request.user)

    def reached(self, request: StaffRequest, permission: str) -> QuerySet:
        return selectors.payouts_reached_by(request.user, permission)

    def search(self, request: StaffRequest, rows: QuerySet, text: str) -> QuerySet:
        known = policies.ids_by_number([text.upper()])
        return rows.filter(Q(number=text.upper()) | Q(policy__in=list(known.values())))

    def badges(self, obj: Payout) -> Sequence[str]:
        return [state(obj)]

    def highlights(self, request: StaffRequest, obj: Payout) -> Sequence[Fact]:
        approved = " · ".join(who(each) for each in (obj.approved_by, obj.second_by) if each)
        return [
            Fact(_("Policy"), link(obj.policy)),
            Fact(_("Kind"), obj.get_kind_display(), columns.subject(request, obj)),
            Fact(_("Amount"), amount(obj)),
            Fact(_("Bank account"), _label(obj.account_id)),
            Fact(_("Requested by"), who(obj.requested_by), day(obj.requested_on)),
            Fact(_("Approved by"), approved, _("of {n} needed").format(n=obj.approvals)),
            Fact(_("Paid on"), day(obj.paid_on), obj.bank_ref),
        ]

    def stages(self, obj: Payout) -> Sequence[Stage]:
        if obj.status not in WAY:
            return [Stage(PayoutStatus.REQUESTED.label, "done"), Stage(obj.get_status_display(), "off")]
        here = WAY.index(PayoutStatus(obj.status))
        return [
            Stage(step.label, "done" if i < here else "now" if i == here else "ahead") for i, step in enumerate(WAY)
        ]

    def overview(self, request: StaffRequest, obj: Payout) -> Sequence[Section]:
        if not obj.from_suspense:
            return [Note(_("The change owes this money: it stays payable until it is paid or the change is undone."))]
        parts = PayoutPart.objects.filter(payout=obj).select_related("receipt").order_by("pk")
        return [Table(columns.parts("receipt", obj.currency), parts, _("The money it takes"))]


@tab("policies.policy", _("Payouts"), order=45, permission="payout_read.R")
def payouts(request: StaffRequest, policy: Any) -> Sequence[Section]:
    rows = Payout.objects.filter(policy=policy).order_by("-pk")[:50]
    return [Table([NUMBER, KIND, *COLUMNS], rows, _("Payouts"), _("Nothing was paid out yet."))]


@figure(_("Payouts"), permission="payout_read.R", order=25)
def waiting(request: StaffRequest) -> Sequence[Figure]:
    counts = selectors.payout_figures(request.user)
    approves = request.user.has_perm("payout_release.A")
    return [
        _figure(_("payouts to be approved"), counts, PayoutStatus.REQUESTED, waits=approves),
        _figure(_("to hand to the bank"), counts, PayoutStatus.APPROVED),
        _figure(_("returned by the bank"), counts, PayoutStatus.RETURNED),
    ]


def _figure(label: Text, counts: Mapping[str, int], status: PayoutStatus, *, waits: bool = False) -> Figure:
    count = counts[status]
    address = f"/admin/billing/payout/?status={status}"
    return Figure(label, count, address, "warn" if count else "plain", waits=waits)


def an_account() -> forms.TypedChoiceField:
    """One of the payee's own bank accounts, shown masked; ``offer_accounts`` says which."""
    return forms.TypedChoiceField(label=_("Bank account"), coerce=int, choices=())


def offer_accounts(form: ActForm, party_id: int) -> None:
    field = form.fields["account_id"]
    assert isinstance(field, forms.TypedChoiceField)
    field.choices = [(account.id, account.label) for account in parties.payee_accounts(party_id)]


def _label(account_id: int) -> str:
    account = parties.payee_account(account_id)
    return account.label if account else ""


class RefundForm(ReasonForm):
    amount = forms.DecimalField(label=_("Amount"), max_digits=18, decimal_places=2, localize=False)
    account_id = an_account()
    field_order = ("amount", "account_id", "reason")


@act("policies.policy")
class Refund(Act):
    name, label, permission = "refund", _("Pay back money in suspense"), "payout_release.C"
    form = RefundForm
    intro = _("The money is set aside at once. Another person approves it before it goes to the bank.")
    field_of = {
        "amount_not_positive": "amount",
        "amount_finer_than_fen": "amount",
        "payout_more_than_left": "amount",
        "payout_account_of_another": "account_id",
    }

    def why_not(self, ctx: Context, obj: Any) -> Refusal | None:
        left = selectors.suspense_balance(obj.pk)
        return None if left > 0 else Refusal("payout_more_than_left", {"left": money(left, obj.currency)})

    def initial(self, request: StaffRequest, obj: Any) -> dict[str, Any]:
        return {"amount": selectors.suspense_balance(obj.pk)}

    def prepare(self, form: ActForm, obj: Any) -> None:
        offer_accounts(form, obj.holder_id)

    def run(self, ctx: Context, obj: Any, data: dict[str, Any]) -> Done:
        payout = billing.request_refund(ctx, policy_id=obj.pk, **data)
        told = _now("Payout {number} was asked for. Another person must approve it.").format(number=payout.number)
        return Done(told, page_of(Payout, payout.pk))


class OfPayout(Act):
    """Acts that wait for the payout to stand in one state."""

    target: PayoutStatus

    def why_not(self, ctx: Context, obj: Payout) -> Refusal | None:
        return no_edge(obj, self.target)

    def facts(self, obj: Payout) -> list[Fact]:
        return [
            Fact(_("Policy"), obj.policy),
            Fact(_("Kind"), obj.get_kind_display()),
            Fact(_("Amount"), amount(obj)),
            Fact(_("Bank account"), _label(obj.account_id)),
            Fact(_("Reason"), obj.reason),
            Fact(_("Requested by"), who(obj.requested_by)),
            Fact(_("Approved by"), who(obj.approved_by)),
        ]


@act(PAGE)
class Approve(OfPayout):
    name, label, permission, main = "approve", _("Approve"), "payout_release.A", True
    bulk = True
    target = PayoutStatus.APPROVED

    def why_not(self, ctx: Context, obj: Payout) -> Refusal | None:
        own = obj.status == PayoutStatus.REQUESTED and ctx.person in (obj.requested_person, obj.approved_person)
        return Refusal("same_person") if own else super().why_not(ctx, obj)

    def run(self, ctx: Context, obj: Payout, data: dict[str, Any]) -> Done:
        payout = billing.approve_payout(ctx, obj.pk)
        if payout.status == PayoutStatus.REQUESTED:
            return Done(_now("Approved. This payout needs a second approval by another person."))
        return Done(_now("The payout was approved and can be handed to the bank."))


@act(PAGE)
class Reject(OfPayout):
    name, label, permission = "reject", _("Reject"), "payout_release.A"
    form, target = ReasonForm, PayoutStatus.REJECTED
    intro = _("Money from suspense goes back there. What a change owes stays owed and can be asked for again.")

    def run(self, ctx: Context, obj: Payout, data: dict[str, Any]) -> Done:
        billing.reject_payout(ctx, obj.pk, data["reason"])
        return Done(_now("The payout was rejected."))


@act(PAGE)
class Cancel(OfPayout):
    name, label, permission = "cancel", _("Cancel"), "payout_release.C"
    form, target = ReasonForm, PayoutStatus.CANCELLED
    intro = _("Money from suspense goes back there. What a change owes stays owed and can be asked for again.")

    def run(self, ctx: Context, obj: Payout, data: dict[str, Any]) -> Done:
        billing.cancel_payout(ctx, obj.pk, data["reason"])
        return Done(_now("The payout was cancelled."))


@act(PAGE)
class Send(OfPayout):
    name, label, permission, main = "send", _("Hand to the bank"), "payout_release.E", True
    target = PayoutStatus.SENT
    intro = _("Give the bank the payment order now; this books the money out.")

    def run(self, ctx: Context, obj: Payout, data: dict[str, Any]) -> Done:
        billing.send_payout(ctx, obj.pk)
        return Done(_now("The payout is with the bank."))


class PaidForm(ActForm):
    paid_on = forms.DateField(label=_("Paid on"), widget=DayInput)
    bank_ref = forms.CharField(label=_("Transaction number"), max_length=80)


@act(PAGE)
class Paid(OfPayout):
    name, label, permission, main = "paid", _("The bank has paid"), "payout_release.E", True
    form, target = PaidForm, PayoutStatus.PAID
    field_of = {"value_date_in_future": "paid_on", "transaction_number_missing": "bank_ref"}

    def initial(self, request: StaffRequest, obj: Any) -> dict[str, Any]:
        return {"paid_on": request.ctx.business_date}

    def run(self, ctx: Context, obj: Payout, data: dict[str, Any]) -> Done:
        billing.note_payout_paid(ctx, obj.pk, **data)
        return Done(_now("The payout is paid."))


@act(PAGE)
class Returned(OfPayout):
    name, label, permission = "returned", _("The bank has returned it"), "payout_release.E"
    form, target = ReasonForm, PayoutStatus.RETURNED
    intro = _("The money stays set aside until it is sent again or the payout is cancelled.")

    def run(self, ctx: Context, obj: Payout, data: dict[str, Any]) -> Done:
        billing.note_payout_returned(ctx, obj.pk, data["reason"])
        return Done(_now("The payment was returned."))


class AgainForm(ReasonForm):
    account_id = an_account()
    field_order = ("account_id", "reason")


@act(PAGE)
class Again(OfPayout):
    name, label, permission = "again", _("Ask for it again"), "payout_release.C"
    form, target = AgainForm, PayoutStatus.REQUESTED
    intro = _("To the same or another account of the payee; it needs new approvals.")
    field_of = {"payout_account_of_another": "account_id"}

    def why_not(self, ctx: Context, obj: Payout) -> Refusal | None:
        return billing.why_not_again(obj)

    def prepare(self, form: ActForm, obj: Payout) -> None:
        offer_accounts(form, obj.payee_id)

    def run(self, ctx: Context, obj: Payout, data: dict[str, Any]) -> Done:
        billing.request_payout_again(ctx, obj.pk, **data)
        return Done(_now("The payout was asked for again."))
