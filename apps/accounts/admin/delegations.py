"""Delegations 授权委托 on the staff's pages: asked for oneself, approved by the supervisor, ended by either."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.accounts import delegations, selectors, separation
from apps.accounts.models import Delegation
from apps.accounts.states import DelegationStatus as S
from apps.core import clock
from apps.core.admin import (
    Act,
    ActForm,
    Choice,
    Column,
    DayInput,
    Done,
    Fact,
    Facts,
    Figure,
    ReasonForm,
    StaffAdmin,
    StaffRequest,
    Table,
    act,
    badge,
    figure,
    no_edge,
    page_of,
    who,
)
from apps.core.admin.pages import Section
from apps.core.context import Context
from apps.core.errors import Refusal, refuse

from .people import role_name

READ, ASK, APPROVE = "delegation_grant.R", "delegation_grant.C", delegations.APPROVE
TONES = {S.ASKED: "warn", S.APPROVED: "good", S.REFUSED: "plain", S.ENDED: "plain"}


def state(row: Delegation) -> str:
    if row.status == S.APPROVED and row.to_date < clock.office_now().date():
        return badge(_("Over"))
    return badge(row.get_status_display(), TONES[S(row.status)])


@admin.register(Delegation)
class DelegationAdmin(StaffAdmin):
    read = READ
    about = _("Who stands in for whom. Nobody approves by it what he or the other one has entered.")
    related = ("giver", "taker")
    columns = (
        Column(_("Away"), "giver"),
        Column(_("Stands in"), "taker"),
        Column(_("State"), state),
        Column(_("From"), "from_date"),
        Column(_("To"), "to_date"),
        Column(_("Decided by"), lambda row: who(row.decided_by)),
    )
    filters = (Choice("status", _("State"), S.choices),)

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.delegations_visible_to(request.user)

    def reached(self, request: StaffRequest, permission: str) -> QuerySet:
        return selectors.delegations_reached_by(request.user, permission)

    def within(self, request: StaffRequest, obj: Model, permission: str) -> bool:
        """Who stands in sees it, and ends it no more than a stranger."""
        return self.reached(request, permission).filter(pk=obj.pk).exists()

    def heading(self, obj: Delegation) -> str:
        return f"{obj.giver} → {obj.taker}"

    def badges(self, obj: Delegation) -> Sequence[str]:
        return [state(obj)]

    def highlights(self, request: StaffRequest, obj: Delegation) -> Sequence[Fact]:
        return facts(obj)

    def overview(self, request: StaffRequest, obj: Delegation) -> Sequence[Section]:
        signed = [
            Fact(_("Reason"), obj.reason),
            Fact(_("Asked by"), who(obj.asked_by), f"{obj.asked_at:%Y-%m-%d}"),
            Fact(_("Decided by"), who(obj.decided_by)),
            Fact(_("Ended by"), who(obj.ended_by)),
        ]
        passed_on = [
            Column(_("Role"), lambda grant: role_name(grant.role)),
            Column(_("From"), "from_date"),
            Column(_("To"), "to_date"),
            Column(_("Ended"), lambda grant: grant.ended_at is not None),
        ]
        return [Facts(signed), Table(passed_on, obj.grants.order_by("pk"), _("Roles passed on"))]


def facts(obj: Delegation) -> list[Fact]:
    return [
        Fact(_("Away"), obj.giver),
        Fact(_("Stands in"), obj.taker),
        Fact(_("From"), obj.from_date),
        Fact(_("To"), obj.to_date),
    ]


class DelegationForm(ActForm):
    taker = forms.CharField(
        label=_("Colleague"), max_length=60, help_text=_("The user name of the colleague of your office who stands in.")
    )
    from_date = forms.DateField(label=_("From"), widget=DayInput)
    to_date = forms.DateField(label=_("To"), widget=DayInput, help_text=_("The last day."))
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}))


@act("accounts.delegation", on_list=True)
class AskDelegation(Act):
    name, label, permission, form = "ask", _("Ask for a stand-in"), ASK, DelegationForm
    intro = _("For yourself, while you are away. It has no effect until your supervisor has approved it.")
    field_of = {
        "delegation_colleague_unknown": "taker",
        "delegation_to_oneself": "taker",
        "delegation_other_office": "taker",
        "delegation_taken": "taker",
        "account_inactive": "taker",
        "delegation_in_the_past": "from_date",
        "role_dates_reversed": "to_date",
        "delegation_too_long": "to_date",
    }

    def initial(self, request: StaffRequest, obj: Any) -> dict[str, Any]:
        return {"from_date": clock.office_now().date()}

    def answer(self, request: StaffRequest, ctx: Context, obj: Any, data: dict[str, Any]) -> Done:
        username = data.pop("taker").strip()
        taker_id = selectors.colleagues_of(request.user).filter(username=username).values_list("pk", flat=True).first()
        if taker_id is None:
            raise refuse("delegation_colleague_unknown", username=username)
        asked = delegations.ask(ctx, taker_id=taker_id, **data)
        return Done(_now("The stand-in was asked for. Your supervisor must approve it."), page_of(Delegation, asked.pk))


class OfDelegation(Act):
    target: S

    def over(self, obj: Delegation) -> bool:
        return obj.status in (S.REFUSED, S.ENDED)

    def why_not(self, ctx: Context, obj: Delegation) -> Refusal | None:
        return no_edge(obj, self.target)

    def facts(self, obj: Delegation) -> list[Fact]:
        return facts(obj)


@act("accounts.delegation")
class ApproveDelegation(OfDelegation):
    name, label, permission, main, target = "approve", _("Approve"), APPROVE, True, S.APPROVED
    intro = _(
        "Until its last day the colleague holds these roles, and acts on behalf of who is away where only they allow."
    )

    def why_not(self, ctx: Context, obj: Delegation) -> Refusal | None:
        people = (obj.asked_person, obj.giver.person, obj.taker.person)
        return super().why_not(ctx, obj) or separation.barred(ctx, *people)

    def run(self, ctx: Context, obj: Delegation, data: dict[str, Any]) -> Done:
        delegations.approve(ctx, delegation_id=obj.pk)
        return Done(_now("The stand-in is approved."))


@act("accounts.delegation")
class RefuseDelegation(OfDelegation):
    name, label, permission, form, target = "refuse", _("Refuse"), APPROVE, ReasonForm, S.REFUSED

    def run(self, ctx: Context, obj: Delegation, data: dict[str, Any]) -> Done:
        delegations.refuse_delegation(ctx, delegation_id=obj.pk, reason=data["reason"])
        return Done(_now("The request was refused."))


@act("accounts.delegation")
class EndDelegation(OfDelegation):
    name, label, permission, form, target = "end", _("End"), APPROVE, ReasonForm, S.ENDED
    intro = _("At once: the roles passed on are gone with the next request.")

    def run(self, ctx: Context, obj: Delegation, data: dict[str, Any]) -> Done:
        delegations.end(ctx, delegation_id=obj.pk, reason=data["reason"])
        return Done(_now("The stand-in has ended."))


@act("accounts.delegation")
class TakeBack(EndDelegation):
    """The giver is back, or thought better of it."""

    name, label, permission = "take_back", _("Take back"), ASK


@figure(_("Stand-ins"), permission=APPROVE, order=74)
def to_approve(request: StaffRequest) -> list[Figure]:
    waiting = selectors.delegations_reached_by(request.user, APPROVE).filter(status=S.ASKED)
    count = waiting.exclude(taker__person=request.user.person).exclude(giver__person=request.user.person).count()
    address = f"/admin/accounts/delegation/?status={S.ASKED}"
    return [Figure(_("stand-ins to approve"), count, address, "warn" if count else "plain", waits=True)]
