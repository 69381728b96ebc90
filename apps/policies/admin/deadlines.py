"""Deadlines, seen by those who see the policies they concern: the app that counts them knows no policies."""

from collections.abc import Sequence

from django.contrib import admin
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.core.admin import (
    Between,
    Choice,
    Column,
    Fact,
    Figure,
    Note,
    Sort,
    StaffAdmin,
    StaffRequest,
    Table,
    badge,
    day,
    figure,
    link,
    rail,
    tab,
)
from apps.core.admin.pages import Facts, Section
from apps.deadlines import selectors as deadlines
from apps.deadlines.clocks import CLOCKS
from apps.deadlines.models import Deadline
from apps.deadlines.states import DeadlineStatus as S
from apps.policies import selectors
from apps.policies.models import Policy

PAGE = "policies.policy"
READ = "deadline_read.R"
TONES = {S.RUNNING: "busy", S.BREACHED: "bad", S.MET: "good", S.MET_LATE: "warn"}


def state(row: Deadline) -> str:
    return badge(row.get_status_display(), TONES.get(S(row.status), "plain"))


def label(row: Deadline) -> str:
    """The clock's name in the reader's language."""
    if (get_language() or "").startswith("zh") and row.clock in CLOCKS:
        return CLOCKS[row.clock].zh
    return row.clock.replace("_", " ").capitalize()


COLUMNS = (
    Column(_("Deadline"), label),
    Column(_("State"), state),
    Column(_("Runs out on"), "due_on"),
    Column(_("Started on"), "started_on"),
    Column(_("Warned from"), "warn_on"),
    Column(_("Ended on"), "ended_on"),
    Column(_("Provisional"), "provisional"),
)


@admin.register(Deadline)
class DeadlineAdmin(StaffAdmin):
    read = READ
    most_counted = 1000
    order = ("due_on", "pk")
    about = _("Our own duties, counted from one event to another; statutory where the law says so.")
    search_hint = _("Policy number")
    columns = (*COLUMNS, Column(_("Policy"), "policy_number"))
    filters = (Choice("status", _("State"), S.choices), Between("due", _("Runs out on"), lookup="due_on"))
    sorts = (Sort("last", _("Latest first"), ("-due_on", "-pk")),)

    def rows(self, request: StaffRequest) -> QuerySet:
        number = Policy.objects.filter(pk=OuterRef("policy_id")).values("number")
        return selectors.deadlines_visible_to(request.user).annotate(policy_number=Subquery(number))

    def search(self, request: StaffRequest, rows: QuerySet, text: str) -> QuerySet:
        return rows.filter(policy_id__in=Policy.objects.filter(number=text.upper()).values("pk"))

    def heading(self, obj: Deadline) -> str:
        return label(obj)

    def badges(self, obj: Deadline) -> Sequence[str]:
        return [state(obj)]

    def highlights(self, request: StaffRequest, obj: Deadline) -> Sequence[Fact]:
        policy = Policy.objects.filter(pk__in=[obj.policy_id]).first()
        return [
            Fact(_("Policy"), link(policy)),
            Fact(_("Runs out on"), day(obj.due_on), _("provisional") if obj.provisional else ""),
            Fact(_("Started on"), day(obj.started_on)),
            Fact(_("Warned from"), day(obj.warn_on)),
            Fact(_("Paused days"), obj.paused_days),
            Fact(_("Ended on"), day(obj.ended_on)),
        ]

    def overview(self, request: StaffRequest, obj: Deadline) -> Sequence[Section]:
        basis = [Fact(_("Code"), obj.clock), Fact(_("Subject"), f"{obj.subject_type} #{obj.subject_id}")]
        if obj.clock in CLOCKS:
            clock = CLOCKS[obj.clock]
            basis += [Fact(_("Rule"), clock.rule), Fact(_("Basis"), clock.src)]
        return [Facts(basis, _("Basis"))]


@tab(PAGE, _("Deadlines"), order=70, permission=READ)
def all_deadlines(request: StaffRequest, policy: Policy) -> Sequence[Section]:
    return [Table(COLUMNS, deadlines.of_policy(policy.pk), empty=_("No deadline runs on this policy."))]


@rail(PAGE, _("Deadlines"), order=15)
def open_deadlines(request: StaffRequest, policy: Policy) -> Sequence[Section]:
    if not request.user.has_perm(READ):
        return []
    running = deadlines.open_deadlines().filter(policy_id=policy.pk)
    facts = [Fact(label(row), day(row.due_on), row.get_status_display()) for row in running]
    return [Facts(facts)] if facts else [Note(_("None is running."))]


@figure(_("Deadlines"), permission=READ, order=50)
def figures(request: StaffRequest) -> Sequence[Figure]:
    """What is at risk: warned or overdue."""
    seen = selectors.deadlines_visible_to(request.user)
    today = request.ctx.business_date
    counts = seen.filter(status__in=deadlines.OPEN).aggregate(
        at_risk=Count("pk", filter=Q(status=S.RUNNING, warn_on__lte=today)),
        overdue=Count("pk", filter=Q(status=S.BREACHED)),
    )
    at_risk, overdue = counts["at_risk"], counts["overdue"]
    address = "/admin/deadlines/deadline/?status="
    return [
        Figure(_("at risk"), at_risk, f"{address}running", "warn" if at_risk else "plain"),
        Figure(_("overdue"), overdue, f"{address}breached", "bad" if overdue else "plain"),
    ]
