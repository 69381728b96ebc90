"""The runs of the close of business with the monitor above them (screen S18), and what was set aside."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import admin
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.dateparse import parse_date
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.audit.effects import Effect
from apps.core import clock
from apps.core.admin import (
    Choice,
    Column,
    Fact,
    Figure,
    Note,
    StaffAdmin,
    StaffRequest,
    Table,
    badge,
    day,
    figure,
    link,
    names_of,
    page_of,
    tab,
    who,
)
from apps.core.admin.pages import Section, Text
from apps.operations import selectors
from apps.operations.models import BusinessDay, Quarantine, Run
from apps.operations.selectors import FaultGroup
from apps.operations.states import QuarantineReason, RunStatus

from . import effects, progress
from .progress import all_steps, in_total, lasted, state, step_label

RETRY = "quarantine_retry.E"


def cause(error: str) -> str:
    """The class and code of an error, without the place in the program."""
    return error.partition(" at ")[0]


SET_ASIDE = (
    Column(_("Step"), lambda row: step_label(row.step)),
    Column(_("Reason"), lambda row: badge(row.get_reason_display(), "warn")),
    Column(_("Cause"), lambda row: cause(row.error)),
    Column(_("Attempts"), "attempts", numeric=True),
    Column(_("First day"), "first_day"),
    Column(_("Last day"), "last_day"),
    Column(_("Resolved at"), "resolved_at"),
)


@admin.register(Run)
class RunAdmin(StaffAdmin):
    read = "close_run_read.R"
    order = ("-day", "-pk")
    about = _("Each business day closes once, in order: what is due is billed, reminded, lapsed and sealed.")
    list_template = "staff/monitor.html"
    columns = (
        Column(_("Business day"), "day"),
        Column(_("State"), state),
        Column(_("Started by"), lambda run: who(run.started_by)),
        Column(_("Started at"), "started_at"),
        Column(_("Ended at"), "ended_at"),
        Column(_("Duration"), lasted),
        Column(_("Taken over"), "taken_over", numeric=True),
        Column(_("Digest of effects"), lambda run: run.digest[:16]),
    )
    filters = (Choice("status", _("State"), RunStatus.choices),)

    @property
    def menu_label(self) -> Text:
        return _("Monitor")

    def get_urls(self) -> list[URLPattern]:
        live = self.site.guard(self.progress, self.read)
        return [path("progress/", live, name="operations_run_progress"), *super().get_urls()]

    def progress(self, request: StaffRequest) -> HttpResponse:
        """The live part alone, for the page that asks every two seconds."""
        return TemplateResponse(request, "staff/parts/progress.html", {"live": live_part(request)})

    def frame(self, request: StaffRequest, obj: Any = None) -> dict[str, Any]:
        frame = super().frame(request, obj)
        return frame if obj else frame | {"live": live_part(request)}

    def heading(self, obj: Run) -> Text:
        return day(obj.day)

    def badges(self, obj: Run) -> Sequence[str]:
        return [state(obj)]

    def highlights(self, request: StaffRequest, obj: Run) -> Sequence[Fact]:
        return [
            Fact(_("Started by"), who(obj.started_by)),
            Fact(_("Started at"), obj.started_at, days_late(obj)),
            Fact(_("Ended at"), obj.ended_at),
            Fact(_("Duration"), lasted(obj)),
            Fact(_("Worker"), obj.worker, taken_over(obj)),
            Fact(_("Digest of effects"), obj.digest[:16]),
        ]


def taken_over(run: Run) -> str:
    return _now("taken over {n} times from a process that died").format(n=run.taken_over) if run.taken_over else ""


def days_late(run: Run) -> str:
    """How long after its own day a close began, by the calendar on the wall."""
    late = (run.started_at.astimezone(clock.OFFICE_ZONE).date() - run.day).days
    return _now("{n} days after the day itself").format(n=late) if late > 1 else ""


def live_part(request: StaffRequest) -> dict[str, Any]:
    """The latest run with its steps; live as long as somebody is at it or a wish to close is open."""
    run, today, busy = selectors.current_run(), selectors.open_day(), selectors.is_closing()
    under_way = bool(run and run.status == RunStatus.RUNNING)
    paused = bool(today and today.paused_at)
    through = _wish(request, today)
    failed = bool(run and run.status == RunStatus.FAILED and today and run.day == today.date)
    waiting = bool(through) and not under_way and not paused and not failed
    rows = list(run.steps.all()) if run else []
    steps = all_steps(rows, selectors.due_by_kind(run.day) if run and under_way else None)
    total = in_total(steps)
    return {
        "run": run,
        "state": state(run) if run else "",
        "starter": who(run.started_by) if run else "",
        "steps": Table(progress.COLUMNS, steps) if run else None,
        "total": total if under_way else None,
        "time_left": progress.time_left(total) if under_way and busy else "",
        "duration": lasted(run) if run else "",
        "taken_over": taken_over(run) if run else "",
        "worked_at": max((row.worked_at for row in rows if row.worked_at), default=None),
        "under_way": under_way,
        "paused": paused,
        "pauser": who(today.paused_by) if today else "",
        "pausing": paused and busy,
        "orphaned": under_way and not busy and not paused,
        "waiting": waiting,
        "running": (under_way and not paused) or waiting or (paused and busy),
        "today": today,
        "through": through,
        "set_aside": Quarantine.objects.filter(resolved_at=None).count(),
    }


def _wish(request: StaffRequest, today: BusinessDay | None) -> date | None:
    """Through which day is to be closed: as the page was asked to follow, or as the open day says."""
    asked = _day(request.GET.get("through", "")) or (today.close_through if today else None)
    return asked if asked and today and asked >= today.date else None


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


@tab("operations.run", _("Steps"), order=10)
def steps(request: StaffRequest, run: Run) -> Sequence[Section]:
    """What each step handled, and what came of it; a kind of effect leads to the policies behind it."""
    rows = list(run.steps.all())
    done = [(row.step, [Effect(**each) for each in row.effects]) for row in rows]
    note = [Note(run.error, "bad")] if run.error else []
    columns = (Column(_("What happened"), lambda line: _behind(run, line, request)), *effects.LINES[2:])
    return [
        *note,
        Table(progress.COLUMNS, all_steps(rows), _("Steps")),
        Table((effects.LINES[0], *columns), effects.lines(done), _("Effects")),
    ]


def _behind(run: Run, line: effects.Line, request: StaffRequest) -> str:
    if not request.user.has_perm("policy_read.R"):
        return line.what
    address = f"{page_of(run, run.pk)}?tab=concerned&step={line.step}&name={line.effect.name}"
    return format_html('<a href="{}">{}</a>', address, line.what)


@tab("operations.run", _("Set aside"), order=40)
def set_aside(request: StaffRequest, run: Run) -> Sequence[Section]:
    rows = Quarantine.objects.filter(first_day__lte=run.day, last_day__gte=run.day).order_by("step", "pk")[:200]
    numbers = names_of(effects.POLICY, request.user, {row.policy_id for row in rows})
    opening = Column(_("No."), lambda row: link(row, str(row.pk)))
    policy = Column(_("Policy"), lambda row: effects.policy_link(row.policy_id, numbers))
    return [Table((opening, policy, *SET_ASIDE), rows, empty=_("Nothing was set aside."))]


GROUPS = (
    Column(_("Cause"), lambda group: cause(group.error) or QuarantineReason(group.reason).label),
    Column(_("Step"), lambda group: step_label(group.step)),
    Column(_("Count"), "count", numeric=True),
    Column(_("First day"), "first_day"),
    Column(_("Last day"), "last_day"),
    Column(_("For example"), lambda group: example(group)),
    Column(_("Place in the program"), lambda group: group.error.partition(" at ")[2]),
)


def example(group: FaultGroup) -> str:
    return format_html('<a href="{}">{}</a>', page_of(Quarantine, group.example), group.example)


def retry_link(group: FaultGroup) -> str:
    address = f"{reverse('admin:operations_quarantine_retry_many')}?like={group.example}"
    return format_html('<a class="button" href="{}">{}</a>', address, _now("Try again"))


@admin.register(Quarantine)
class QuarantineAdmin(StaffAdmin):
    read = "close_run_read.R"
    about = _("Records a step could not handle. The rest of the night went on; these are tried again every night.")
    list_template = "staff/quarantine.html"
    columns = (
        Column(_("No."), lambda row: str(row.pk)),
        Column(_("Policy"), lambda row: f"#{row.policy_id}"),
        *SET_ASIDE,
    )
    filters = (
        Choice("open", _("State"), [(True, _("Set aside")), (False, _("Resolved"))], lookup="resolved_at__isnull"),
        Choice("reason", _("Reason"), QuarantineReason.choices),
    )

    def frame(self, request: StaffRequest, obj: Any = None) -> dict[str, Any]:
        frame = super().frame(request, obj)
        return frame if obj else frame | {"groups": self._groups(request)}

    def _groups(self, request: StaffRequest) -> Table:
        again = (Column(_("Try again"), retry_link),) if request.user.has_perm(RETRY) else ()
        return Table((*GROUPS, *again), selectors.fault_groups(), empty=_("Nothing is set aside."))

    def heading(self, obj: Quarantine) -> Text:
        return f"{step_label(obj.step)} #{obj.pk}"

    def badges(self, obj: Quarantine) -> Sequence[str]:
        return [badge(_("Resolved"), "good") if obj.resolved_at else badge(_("Set aside"), "warn")]

    def highlights(self, request: StaffRequest, obj: Quarantine) -> Sequence[Fact]:
        numbers = names_of(effects.POLICY, request.user, {obj.policy_id})
        return [
            Fact(_("Policy"), effects.policy_link(obj.policy_id, numbers)),
            Fact(_("Reason"), obj.get_reason_display()),
            Fact(_("Attempts"), obj.attempts),
            Fact(_("First day"), day(obj.first_day)),
            Fact(_("Last day"), day(obj.last_day)),
            Fact(_("Resolved at"), obj.resolved_at),
        ]

    def overview(self, request: StaffRequest, obj: Quarantine) -> Sequence[Section]:
        return [Note(obj.error or _("Another user held the policy at that moment."), "warn")]


@figure(_("Close of business"), permission="close_run_read.R", order=60)
def figures(request: StaffRequest) -> Sequence[Figure]:
    run = Run.objects.first()
    set_aside = Quarantine.objects.filter(resolved_at=None).count()
    last = Figure(
        _("last close"),
        f"{run.day:%Y-%m-%d}" if run else "",
        page_of(Run, run.pk) if run else "",
        "bad" if run and run.status == RunStatus.FAILED else "plain",
        run.get_status_display() if run else "",
    )
    address, may = "/admin/operations/quarantine/?open=True", request.user.has_perm(RETRY)
    return [last, Figure(_("set aside"), set_aside, address, "warn" if set_aside else "plain", waits=may)]
