"""The close-of-business monitor (screen S18), the runs, and the quarantine."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.dateparse import parse_date
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

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
    page_of,
    who,
)
from apps.core.admin.pages import Section, Text
from apps.operations import registry, selectors
from apps.operations.models import Quarantine, Run, StepRun
from apps.operations.states import QuarantineReason, RunStatus

TONES = {RunStatus.RUNNING: "busy", RunStatus.DONE: "good", RunStatus.FAILED: "bad"}


def state(row: Run | StepRun) -> str:
    return badge(row.get_status_display(), TONES[RunStatus(row.status)])


def step_label(name: str) -> str:
    return str(registry.STEPS[name].label) if name in registry.STEPS else name


def bar(row: StepRun) -> str:
    """How much of what was due the step has behind it."""
    if not row.due:
        return ""
    label = f"{row.done}/{row.due}"
    return format_html('<progress max="{}" value="{}" aria-label="{}">{}</progress>', row.due, row.done, label, label)


STEPS = (
    Column(_("Step"), lambda row: step_label(row.step)),
    Column(_("State"), state),
    Column(_("Due"), "due", numeric=True),
    Column(_("Done"), "done", numeric=True),
    Column(_("Skipped"), "skipped", numeric=True),
    Column(_("Failed"), "failed", numeric=True),
    Column(_("Progress"), bar),
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
        Column(_("Digest of effects"), lambda run: run.digest[:16]),
    )
    filters = (Choice("status", _("State"), RunStatus.choices),)

    @property
    def menu_label(self) -> Text:
        return _("Monitor")

    def get_urls(self) -> list[URLPattern]:
        progress = self.site.guard(self.progress, self.read)
        return [path("progress/", progress, name="operations_run_progress"), *super().get_urls()]

    def progress(self, request: StaffRequest) -> HttpResponse:
        """The live part alone, for the page that asks every two seconds."""
        return TemplateResponse(request, "staff/parts/progress.html", self.live(request))

    def live(self, request: StaffRequest) -> dict[str, Any]:
        """The latest run with its steps; running as long as a day that was asked for is still open."""
        run, today = selectors.current_run(), request.ctx.business_date
        wanted = _day(request.GET.get("through", ""))
        running = bool(run and run.status == RunStatus.RUNNING)
        waiting = bool(wanted and today <= wanted) and not (run and run.status == RunStatus.FAILED)
        return {
            "run": run,
            "steps": Table(STEPS, run.steps.all()) if run else None,
            "state": state(run) if run else "",
            "starter": who(run.started_by) if run else "",
            "running": running or waiting,
            "waiting": waiting and not running,
            "open_day": today,
            "through": wanted,
            "set_aside": Quarantine.objects.filter(resolved_at=None).count(),
        }

    def frame(self, request: StaffRequest, obj: Any = None) -> dict[str, Any]:
        frame = super().frame(request, obj)
        return frame if obj else frame | {"live": self.live(request)}

    def heading(self, obj: Run) -> Text:
        return day(obj.day)

    def badges(self, obj: Run) -> Sequence[str]:
        return [state(obj)]

    def highlights(self, request: StaffRequest, obj: Run) -> Sequence[Fact]:
        return [
            Fact(_("Business day"), day(obj.day)),
            Fact(_("Started by"), who(obj.started_by)),
            Fact(_("Started at"), obj.started_at),
            Fact(_("Ended at"), obj.ended_at),
            Fact(_("Digest of effects"), obj.digest[:16]),
        ]

    def overview(self, request: StaffRequest, obj: Run) -> Sequence[Section]:
        steps = Table(STEPS, obj.steps.all(), _("Steps"))
        return [Note(obj.error, "bad"), steps] if obj.error else [steps]


def _day(text: str) -> Any:
    try:
        return parse_date(text)
    except ValueError:
        return None


@admin.register(Quarantine)
class QuarantineAdmin(StaffAdmin):
    read = "close_run_read.R"
    about = _("Records a step could not handle. The rest of the night went on; these are tried again every night.")
    columns = (
        Column(_("No."), lambda row: str(row.pk)),
        Column(_("Step"), lambda row: step_label(row.step)),
        Column(_("Reason"), lambda row: badge(row.get_reason_display(), "warn")),
        Column(_("Policy"), lambda row: _policy(row.policy_id)),
        Column(_("Attempts"), "attempts", numeric=True),
        Column(_("First day"), "first_day"),
        Column(_("Last day"), "last_day"),
        Column(_("Resolved at"), "resolved_at"),
    )
    filters = (
        Choice("open", _("State"), [(True, _("Set aside")), (False, _("Resolved"))], lookup="resolved_at__isnull"),
        Choice("reason", _("Reason"), QuarantineReason.choices),
    )

    def heading(self, obj: Quarantine) -> Text:
        return f"{step_label(obj.step)} #{obj.pk}"

    def badges(self, obj: Quarantine) -> Sequence[str]:
        return [badge(_("Resolved"), "good") if obj.resolved_at else badge(_("Set aside"), "warn")]

    def highlights(self, request: StaffRequest, obj: Quarantine) -> Sequence[Fact]:
        return [
            Fact(_("Policy"), _policy(obj.policy_id)),
            Fact(_("Reason"), obj.get_reason_display()),
            Fact(_("Attempts"), obj.attempts),
            Fact(_("First day"), day(obj.first_day)),
            Fact(_("Last day"), day(obj.last_day)),
            Fact(_("Resolved at"), obj.resolved_at),
        ]

    def overview(self, request: StaffRequest, obj: Quarantine) -> Sequence[Section]:
        return [Note(obj.error or _("Another user held the policy at that moment."), "warn")]


def _policy(policy_id: int) -> str:
    """Policies stand above this app: their page is known by its address alone."""
    return format_html('<a href="/admin/policies/policy/{}/">{}</a>', policy_id, policy_id)


@figure(_("Close of business"), permission="close_run_read.R", order=60)
def figures(request: StaffRequest) -> Sequence[Figure]:
    run = selectors.current_run()
    set_aside = Quarantine.objects.filter(resolved_at=None).count()
    last = Figure(
        _("last close"),
        f"{run.day:%Y-%m-%d}" if run else "",
        page_of(Run, run.pk) if run else "",
        "bad" if run and run.status == RunStatus.FAILED else "plain",
        run.get_status_display() if run else "",
    )
    address = "/admin/operations/quarantine/?open=True"
    return [last, Figure(_("set aside"), set_aside, address, "warn" if set_aside else "plain")]
