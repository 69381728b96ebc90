"""The list of cases and the frame of a case's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.admin.filters import OfBranch
from apps.core.admin import Between, Choice, Column, Exactly, Fact, StaffAdmin, StaffRequest, Stage, day, link, who
from apps.core.admin.filters import newest
from apps.core.admin.pages import Section
from apps.endorsements import acting, selectors
from apps.endorsements.acts import CASE_ACTION
from apps.endorsements.base import TYPES
from apps.endorsements.models import Endorsement, EndorsementItem
from apps.endorsements.services.review import to_approve
from apps.endorsements.states import Channel
from apps.endorsements.states import EndorsementStatus as S
from apps.parties import selectors as parties
from apps.policies import selectors as policies

from . import columns
from .tabs import overview

AMONG = 20_000
PATH = (S.DRAFT, S.SUBMITTED, S.ACCEPTED, S.IN_REVIEW, S.APPROVED, S.EFFECTIVE, S.CLOSED)
ON_THE_WAY = {
    S.PENDING_DOCS: S.SUBMITTED,
    S.UW_REFERRED: S.IN_REVIEW,
    S.SECOND_REVIEW: S.IN_REVIEW,
    S.AWAIT_PAYMENT: S.APPROVED,
    S.AWAIT_EFFECT: S.APPROVED,
    S.PAYOUT: S.EFFECTIVE,
}


@dataclass(frozen=True)
class OfItem(Choice):
    """Cases with an item of this kind, among the newest."""

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        with_it = EndorsementItem.objects.filter(code=value).order_by("-pk").values("endorsement")[:AMONG]
        return rows.filter(pk__in=with_it)


@dataclass(frozen=True)
class EnteredBy(Exactly):
    """Cases somebody entered, by the name he signs in with."""

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        return newest(rows.filter(maker__iexact=f"user:{value}"), AMONG)


@dataclass(frozen=True)
class Blocked(Choice):
    """Cases that could not take effect on their day, and wait for a person."""

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.exclude(blocked=[])


@admin.register(Endorsement)
class EndorsementAdmin(StaffAdmin):
    read = "policy_read.R"
    plural = _("Endorsement cases")
    about = _("Each case is one request on one policy, with all the items it asks for.")
    search_hint = _("Case number, slip number or policy number")
    related = ("policy", "policy__branch", "quote")
    columns = (
        columns.NUMBER,
        Column(_("Policy"), lambda case: link(case.policy)),
        *columns.COLUMNS,
        Column(_("Channel"), "get_channel_display", usual=False),
        Column(_("Branch"), lambda case: case.policy.branch.name, usual=False),
        Column(_("Approved by"), lambda case: who(case.checker), usual=False),
    )
    filters = (
        Choice("status", _("State"), S.choices),
        OfItem("item", _("Item"), lambda: [(kind.code, str(kind)) for kind in TYPES]),
        OfBranch("branch", _("Branch code"), lookup="policy__branch"),
        Choice("channel", _("Channel"), Channel.choices, among=AMONG),
        EnteredBy("maker", _("Entered by (user name)")),
        Blocked("blocked", _("Blocked"), [("yes", _("Could not take effect"))]),
        Between("made", _("Entered on"), lookup="made_on"),
    )

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.visible_to(request.user).prefetch_related("items")

    def reached(self, request: StaffRequest, permission: str) -> QuerySet:
        return selectors.reached_by(request.user, permission)

    def within(self, request: StaffRequest, obj: Model, permission: str) -> bool:
        """What may be done with a case is narrowed by the action of each of its items."""
        action, _dot, capability = permission.rpartition(".")
        if action != CASE_ACTION:
            return super().within(request, obj, permission)
        assert isinstance(obj, Endorsement)
        kinds = [selectors.kind_of(item) for item in obj.items.all()]
        found = to_approve(kinds) if capability == "A" else kinds
        return acting.Rights(request.user, obj.policy_id).why_not(found, (capability,)) is None

    def search(self, request: StaffRequest, rows: QuerySet, text: str) -> QuerySet:
        known = policies.ids_by_number([text.upper()])
        return rows.filter(Q(number=text.upper()) | Q(slip_number=text.upper()) | Q(policy__in=list(known.values())))

    def heading(self, obj: Endorsement) -> str:
        return obj.number

    def badges(self, obj: Endorsement) -> Sequence[str]:
        return [columns.state(obj)]

    def highlights(self, request: StaffRequest, obj: Endorsement) -> Sequence[Fact]:
        holder = obj.policy.holder_id
        return [
            Fact(_("Policy"), link(obj.policy), parties.masked_names([holder]).get(holder, "")),
            Fact(_("Items"), columns.items(obj)),
            Fact(_("Entered by"), who(obj.maker), day(obj.made_on)),
            Fact(_("Received on"), day(obj.received_on), obj.get_channel_display()),
            Fact(_("Approved by"), who(obj.checker) if obj.checker else "", day(obj.approved_on)),
            Fact(_("In effect from"), day(obj.effective_on or _first_day(obj))),
            Fact(_("Slip number"), obj.slip_number),
        ]

    def stages(self, obj: Endorsement) -> Sequence[Stage]:
        here = ON_THE_WAY.get(S(obj.status), S(obj.status))
        if here not in PATH:
            return [Stage(S.SUBMITTED.label, "done"), Stage(obj.get_status_display(), "off")]
        place = PATH.index(here)
        return [
            Stage(obj.get_status_display() if i == place else step.label, "done" if i < place else _now_or(i, place))
            for i, step in enumerate(PATH)
        ]

    def overview(self, request: StaffRequest, obj: Endorsement) -> Sequence[Section]:
        return overview(request, obj)


def _now_or(index: int, place: int) -> str:
    return "now" if index == place else "ahead"


def _first_day(case: Endorsement) -> Any:
    return min((item.effective_on for item in case.items.all() if item.effective_on), default=None)
