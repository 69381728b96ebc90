"""Corrections of receipts: what was asked for, and the second person's decision (P24)."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.billing import selectors
from apps.billing import services as billing
from apps.billing.models import ReceiptRequest
from apps.billing.services import Confirmed
from apps.billing.services.requests import APPROVE
from apps.billing.states import RequestKind, RequestStatus
from apps.core.admin import (
    Act,
    Choice,
    Column,
    Done,
    Fact,
    Figure,
    ReasonForm,
    StaffAdmin,
    StaffRequest,
    act,
    badge,
    day,
    figure,
    link,
    no_edge,
    who,
)
from apps.core.context import Context
from apps.core.errors import Refusal

from . import columns
from .acts import told

TONES = {RequestStatus.WAITING: "warn", RequestStatus.APPROVED: "good", RequestStatus.REJECTED: "plain"}


def state(request: ReceiptRequest) -> str:
    return badge(request.get_status_display(), TONES[RequestStatus(request.status)])


@admin.register(ReceiptRequest)
class ReceiptRequestAdmin(StaffAdmin):
    read = "receipt_read.R"
    about = _("To reverse a receipt or to assign unidentified money takes two persons: one asks, another approves.")
    related = ("receipt", "policy")
    columns = (
        Column(_("Receipt"), lambda request: request.receipt.number),
        Column(_("What"), "get_kind_display"),
        Column(_("Amount"), lambda request: columns.amount(request.receipt), numeric=True),
        Column(_("State"), state),
        Column(_("Asked by"), lambda request: who(request.asked_by)),
        Column(_("Asked on"), "asked_on"),
        Column(_("Decided by"), lambda request: who(request.decided_by)),
    )
    filters = (Choice("status", _("State"), RequestStatus.choices), Choice("kind", _("What"), RequestKind.choices))

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.requests_visible_to(request.user)

    def reached(self, request: StaffRequest, permission: str) -> QuerySet:
        return selectors.requests_reached_by(request.user, permission)

    def heading(self, obj: ReceiptRequest) -> str:
        return f"{obj.get_kind_display()} · {obj.receipt.number}"

    def badges(self, obj: ReceiptRequest) -> Sequence[str]:
        return [state(obj)]

    def highlights(self, request: StaffRequest, obj: ReceiptRequest) -> Sequence[Fact]:
        return facts(obj)


def facts(request: ReceiptRequest) -> list[Fact]:
    return [
        Fact(_("Receipt"), link(request.receipt, request.receipt.number)),
        Fact(_("Amount"), columns.amount(request.receipt)),
        Fact(_("Policy"), link(request.policy or request.receipt.policy)),
        Fact(_("Reason"), request.reason),
        Fact(_("Asked by"), who(request.asked_by), day(request.asked_on)),
        Fact(_("Decided by"), who(request.decided_by)),
    ]


class Deciding(Act):
    target: str

    def why_not(self, ctx: Context, obj: ReceiptRequest) -> Refusal | None:
        return no_edge(obj, self.target)

    def facts(self, obj: ReceiptRequest) -> list[Fact]:
        return facts(obj)


@act("billing.receiptrequest")
class Approve(Deciding):
    name, label, permission, main = "approve", _("Approve"), APPROVE, True
    target = RequestStatus.APPROVED
    intro = _("It is carried out at once.")

    def why_not(self, ctx: Context, obj: ReceiptRequest) -> Refusal | None:
        own = obj.status == RequestStatus.WAITING and ctx.person == obj.asked_person
        return Refusal("same_person") if own else super().why_not(ctx, obj)

    def run(self, ctx: Context, obj: ReceiptRequest, data: dict[str, Any]) -> Done:
        done = billing.approve_request(ctx, obj.pk)
        return Done(told(done) if isinstance(done, Confirmed) else _now("The receipt was reversed."))


@act("billing.receiptrequest")
class Reject(Deciding):
    name, label, permission, form = "reject", _("Reject"), APPROVE, ReasonForm
    target = RequestStatus.REJECTED

    def run(self, ctx: Context, obj: ReceiptRequest, data: dict[str, Any]) -> Done:
        billing.reject_request(ctx, obj.pk, data["reason"])
        return Done(_now("The request was rejected."))


@figure(_("Corrections"), permission=APPROVE, order=22)
def corrections(request: StaffRequest) -> Sequence[Figure]:
    asked = selectors.requests_reached_by(request.user, APPROVE).filter(status=RequestStatus.WAITING)
    count = asked.exclude(asked_person=request.user.person).count()
    address = "/admin/billing/receiptrequest/?status=WAITING"
    return [Figure(_("corrections to approve"), count, address, "warn" if count else "plain", waits=True)]
