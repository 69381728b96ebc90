"""Closing days from the monitor, first as a dry run; and trying again what was set aside."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Act, ActForm, Column, DayInput, Done, StaffAdmin, StaffRequest, Table, act
from apps.core.context import Context
from apps.core.errors import Refusal, refuse
from apps.operations import services, tasks
from apps.operations.models import Quarantine

MOST_DAYS = 366
MOST_DRY_DAYS = 31
"""A dry run answers on the page, and holds the policies it looks at until it is done."""
RESULT = (
    Column(_("Step"), lambda step: str(step.label)),
    Column(_("Due"), "due", numeric=True),
    Column(_("Done"), "done", numeric=True),
    Column(_("Skipped"), "skipped", numeric=True),
    Column(_("Failed"), "failed", numeric=True),
)


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
        dry_run = "dry_run" in request.POST
        most = MOST_DRY_DAYS if dry_run else MOST_DAYS
        through = _checked(form.last_day(ctx.business_date), ctx.business_date, most)
        if not dry_run:
            return super().perform(page, request, obj, form)
        results = services.close_day(ctx, through=through, dry_run=True)
        shown = [(result, Table(RESULT, result.steps)) for result in results]
        return self.render(page, request, obj, form, results=shown)

    def run(self, ctx: Context, obj: None, data: dict[str, Any]) -> Done:
        through = data["through"] or ctx.business_date + timedelta(days=data["days"] - 1)
        tasks.hand_over(ctx, through)
        address = f"{reverse('admin:operations_run_changelist')}?through={through.isoformat()}"
        return Done(_now("The close was handed to a worker."), address)


def _checked(through: date, today: date, most: int) -> date:
    if through < today:
        raise refuse("day_already_closed", day=through)
    if through >= today + timedelta(days=most):
        raise refuse("close_too_far", days=most)
    return through


@act("operations.quarantine")
class Retry(Act):
    name, label, permission, main, keyed = "retry", _("Try again"), "quarantine_retry.E", True, False
    intro = _("The step runs on this one record now.")

    def why_not(self, ctx: Context, obj: Quarantine) -> Refusal | None:
        return Refusal("already_resolved") if obj.resolved_at else None

    def run(self, ctx: Context, obj: Quarantine, data: dict[str, Any]) -> Done:
        services.retry_quarantined(ctx, obj.pk)
        return Done(_now("Done: the record is no longer set aside."))
