"""Closing days from the monitor, first as a dry run; and trying again what was set aside."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Act, ActForm, DayInput, Done, ReasonForm, StaffAdmin, StaffRequest, Table, act
from apps.core.context import Context
from apps.core.errors import Refusal, refuse
from apps.operations import selectors, services, tasks
from apps.operations.close import DayResult
from apps.operations.models import Quarantine
from apps.operations.states import QuarantineReason

from .effects import dry_run
from .pages import cause
from .progress import DRY_RUN, step_label

MOST_DAYS = 366
MOST_DRY_DAYS = 31
"""A dry run answers on the page, and holds the policies it looks at until it is done."""


class CloseForm(ActForm):
    days = forms.IntegerField(label=_("How many days"), min_value=1, max_value=MOST_DAYS, initial=1)
    through = forms.DateField(label=_("Or through this date"), required=False, widget=DayInput)

    def last_day(self, today: date) -> date:
        return self.cleaned_data["through"] or today + timedelta(days=self.cleaned_data["days"] - 1)


@act("operations.run", on_list=True)
class CloseDays(Act):
    name, label, permission, main = "close", _("Close business days"), "business_day_close.E", True
    form, template = CloseForm, "staff/close.html"
    intro = _("Days close in order. A worker does it; you can leave the page.")
    field_of = {"close_too_far": "through", "day_already_closed": "through"}

    def perform(self, page: StaffAdmin, request: StaffRequest, obj: None, form: ActForm) -> HttpResponse:
        """A dry run answers on this page; the real one is handed to the workers."""
        assert isinstance(form, CloseForm)
        ctx = page.site.context_of(request)
        dry = "dry_run" in request.POST
        most = MOST_DRY_DAYS if dry else MOST_DAYS
        through = _checked(form.last_day(ctx.business_date), ctx.business_date, most)
        if not dry:
            return super().perform(page, request, obj, form)
        results = services.close_day(ctx, through=through, dry_run=True)
        return self.render(page, request, obj, form, results=[_shown(request, result) for result in results])

    def run(self, ctx: Context, obj: None, data: dict[str, Any]) -> Done:
        through = data["through"] or ctx.business_date + timedelta(days=data["days"] - 1)
        tasks.hand_over(ctx, through)
        address = f"{reverse('admin:operations_run_changelist')}?through={through.isoformat()}"
        return Done(_now("The close was handed to a worker."), address)


def _shown(request: StaffRequest, result: DayResult) -> tuple[DayResult, Table, Table]:
    steps, effects = dry_run(request.user, result)
    return result, Table(DRY_RUN, steps), effects


def _checked(through: date, today: date, most: int) -> date:
    if through < today:
        raise refuse("day_already_closed", day=through)
    if through >= today + timedelta(days=most):
        raise refuse("close_too_far", days=most)
    return through


@act("operations.run", on_list=True)
class PauseClose(Act):
    name, label, permission, form = "pause", _("Pause"), "business_day_close.E", ReasonForm
    intro = _("The chunk in hand is finished and kept; then the close waits until somebody resumes it.")

    def offered(self, request: StaffRequest) -> bool:
        return not _is_paused()

    def run(self, ctx: Context, obj: None, data: dict[str, Any]) -> Done:
        services.pause_close(ctx, reason=data["reason"])
        return Done(_now("The close waits."))


@act("operations.run", on_list=True)
class ResumeClose(Act):
    name, label, permission = "resume", _("Resume"), "business_day_close.E"
    intro = _("A worker on any host goes on where the close was laid down.")

    def offered(self, request: StaffRequest) -> bool:
        return _is_paused()

    def run(self, ctx: Context, obj: None, data: dict[str, Any]) -> Done:
        tasks.go_on(ctx)
        return Done(_now("The close goes on."))


def _is_paused() -> bool:
    day = selectors.open_day()
    return bool(day and day.paused_at)


def _groups() -> list[tuple[str, str]]:
    """All, or one cause at one step."""
    found = [
        (str(group.example), f"{step_label(group.step)} · {_cause(group)} ({group.count})")
        for group in selectors.fault_groups()
    ]
    return [("", _now("All that is set aside")), *found]


def _cause(group: selectors.FaultGroup) -> str:
    return cause(group.error) or str(QuarantineReason(group.reason).label)


class RetryForm(ActForm):
    like = forms.ChoiceField(label=_("Which records"), choices=_groups, required=False)


@act("operations.quarantine", on_list=True)
class RetryMany(Act):
    name, label, permission, keyed = "retry_many", _("Try again"), "quarantine_retry.E", False
    form = RetryForm
    intro = _("The step runs on these records now; what fails again stays set aside.")

    def initial(self, request: StaffRequest, obj: Any) -> dict[str, Any]:
        return {"like": request.GET.get("like", "")}

    def run(self, ctx: Context, obj: None, data: dict[str, Any]) -> Done:
        done = services.retry_many(ctx, like=int(data["like"]) if data["like"] else None)
        told = _now("{handled} handled, {failing} failed again, {locked} held by somebody else.")
        return Done(told.format(handled=done.handled, failing=done.failing, locked=done.locked))


@act("operations.quarantine")
class Retry(Act):
    name, label, permission, main, keyed = "retry", _("Try again"), "quarantine_retry.E", True, False
    bulk = True
    intro = _("The step runs on this one record now.")

    def why_not(self, ctx: Context, obj: Quarantine) -> Refusal | None:
        return Refusal("already_resolved") if obj.resolved_at else None

    def run(self, ctx: Context, obj: Quarantine, data: dict[str, Any]) -> Done:
        services.retry_quarantined(ctx, obj.pk)
        return Done(_now("Done: the record is no longer set aside."))
