"""The list of policies and the frame of a policy's page (screen S6)."""

import re
from collections.abc import Sequence
from functools import partial

from django.contrib import admin
from django.db.models import QuerySet
from django.urls import URLPattern, path
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import (
    Between,
    Choice,
    Column,
    Fact,
    Sort,
    StaffAdmin,
    StaffRequest,
    Stage,
    badge,
    day,
    frequency,
    in_wan,
    link,
    money,
)
from apps.parties import presentation, searching, shapes
from apps.policies import selectors
from apps.policies.models import Policy
from apps.policies.states import PolicyStatus, PremiumStatus, RoleKind
from apps.products import selectors as products

from . import versions
from .contract import OVER, cash_value
from .filters import of_policies

S, M = PolicyStatus, PremiumStatus
OWING = (M.FIRST_DUE, M.PAYING, M.GRACE, M.OVERDUE)
TONES = {S.IN_FORCE: "good", S.PENDING_EFFECT: "busy", S.SUSPENDED: "bad"}
POLICY_NUMBER = re.compile(r"[A-Za-z]*\d[A-Za-z0-9-]{5,}")
RELATED = ("product_version__product", "holder", "agent", "branch")
PATH = (
    (S.PENDING_EFFECT, _("Issued")),
    (S.IN_FORCE, _("In force")),
    (S.SUSPENDED, _("Suspended")),
    (S.TERMINATED, _("Terminated")),
)


def tone(policy: Policy) -> str:
    if policy.status == S.IN_FORCE and policy.premium_status == M.GRACE:
        return "warn"
    return TONES.get(PolicyStatus(policy.status), "plain")


def status(policy: Policy) -> str:
    return badge(selectors.display_label(policy), tone(policy))


def holder(policy: Policy) -> str:
    return presentation.masked_name(policy.holder)


@admin.register(Policy)
class PolicyAdmin(StaffAdmin):
    read = "policy_read.R"
    search_hint = _("Policy number, name, pinyin initials, last 4 of phone or ID")
    related = RELATED
    columns = (
        Column(_("Policy number"), "number"),
        Column(_("State"), status),
        Column(_("Product"), lambda policy: products.name_of(policy.product_version.product)),
        Column(_("Policyholder"), holder),
        Column(_("Premium"), lambda policy: money(policy.premium, policy.currency), numeric=True),
        Column(_("Frequency"), lambda policy: frequency(policy.frequency)),
        Column(_("Paid to"), "paid_to"),
        Column(_("Effective on"), "effective_on"),
        Column(_("Agent"), lambda policy: policy.agent.name if policy.agent else ""),
        Column(_("Branch"), lambda policy: policy.branch.name, usual=False),
        Column(_("Sum assured"), lambda policy: money(policy.sum_assured, policy.currency), True, usual=False),
        Column(_("Ends on"), "ends_on", usual=False),
        Column(_("Premium ends on"), "premium_ends_on", usual=False),
        Column(_("Suspended on"), "suspended_on", usual=False),
        Column(_("Terminated on"), "terminated_on", usual=False),
    )
    filters = (
        Choice("status", _("State"), S.choices),
        Choice("premium_status", _("Premium"), M.choices),
        *of_policies(),
        Between("effective", _("Effective on"), lookup="effective_on"),
    )
    sorts = (
        Sort("effective", _("Latest effective first"), ("-effective_on", "-pk")),
        Sort("number", _("Policy number"), ("number",)),
    )

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.visible_to(request.user).defer("product_version__terms")

    def reached(self, request: StaffRequest, permission: str) -> QuerySet:
        return selectors.reached_by(request.user, permission)

    def search(self, request: StaffRequest, rows: QuerySet, text: str) -> QuerySet:
        """What looks like a policy number is one; anything else means a person in sight."""
        if POLICY_NUMBER.fullmatch(text) and (begun := selectors.ids_beginning(text)):
            return rows.filter(pk__in=begun)
        people = searching.people(self.site.context_of(request), request.user, text)
        return rows.filter(pk__in=selectors.concerning(people.ids))

    def private(self, text: str) -> bool:
        """A policy number is nobody's secret; what may be a phone or an ID number is treated as one."""
        return shapes.names_a_person(text)

    def get_urls(self) -> list[URLPattern]:
        """Two versions beside each other have an address of their own (screen S7.5)."""
        return [
            path(
                f"<int:pk>/versions/{address}",
                self.site.guard(partial(view, self), self.read),
                name=f"policies_policy_{name}",
            )
            for name, address, view in versions.PAGES
        ] + super().get_urls()

    def heading(self, obj: Policy) -> str:
        return obj.number

    def badges(self, obj: Policy) -> Sequence[str]:
        return [status(obj)]

    def highlights(self, request: StaffRequest, obj: Policy) -> Sequence[Fact]:
        insured = [role.party for role in selectors.roles_now(obj.pk) if role.role == RoleKind.INSURED]
        until = day(obj.ends_on) if obj.ends_on else _now("for life")
        assured = f"{money(obj.sum_assured, obj.currency)} {in_wan(obj.sum_assured)}"
        return [
            Fact(_("Policyholder"), link(obj.holder, holder(obj))),
            Fact(_("Insured"), presentation.masked_name(insured[0]) if insured else "", _more(len(insured))),
            Fact(_("Product"), products.name_of(obj.product_version.product), assured),
            Fact(_("Premium"), money(obj.premium, obj.currency), _next_due(obj)),
            Fact(_("Paid to"), day(obj.paid_to), _now("cover until {day}").format(day=until)),
            cash_value(obj, request.ctx.business_date),
            Fact(_("Agent"), link(obj.agent, obj.agent.name) if obj.agent else "", obj.branch.name),
        ]

    def stages(self, obj: Policy) -> Sequence[Stage]:
        if obj.status == S.VOID:
            return [Stage(PATH[0][1], "done"), Stage(_("Void"), "off")]
        order = [code for code, _label in PATH]
        here = order.index(PolicyStatus(obj.status))
        places = {True: "now", False: "ahead"}
        stages = []
        for index, (code, label) in enumerate(PATH):
            skipped = code == S.SUSPENDED and obj.status == S.TERMINATED
            place = "done" if index < here and not skipped else places[index == here]
            stages.append(Stage(label, "off" if place == "now" and code == S.SUSPENDED else place))
        return stages


def _next_due(policy: Policy) -> str:
    """How often, and when next: the policy is paid to the day its next premium is due."""
    often = frequency(policy.frequency)
    if policy.premium_status not in OWING or policy.status in OVER or policy.paid_to is None:
        return often
    return _now("{often} · next due {day}").format(often=often, day=day(policy.paid_to))


def _more(count: int) -> str:
    return _now("and {n} more").format(n=count - 1) if count > 1 else ""
