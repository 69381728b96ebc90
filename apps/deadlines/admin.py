"""The calendar of working days that deadlines are counted on (T-06)."""

from collections.abc import Sequence

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Column, Fact, Facts, StaffAdmin, StaffRequest, badge
from apps.core.admin.pages import Section

from .models import CalendarYear


def state(year: CalendarYear) -> str:
    return badge(_("Announced"), "good") if year.announced else badge(_("Estimated"), "warn")


@admin.register(CalendarYear)
class CalendarYearAdmin(StaffAdmin):
    read = "deadline_read.R"
    order = ("-year",)
    about = _("Years announced here go before those shipped with the product; a year of neither counts weekends only.")
    columns = (
        Column(_("Year"), lambda year: str(year.year)),
        Column(_("State"), state),
        Column(_("Holidays"), lambda year: len(year.holidays), numeric=True),
        Column(_("Make-up working days"), lambda year: len(year.makeup_days), numeric=True),
        Column(_("Changed at"), "changed_at"),
    )

    def badges(self, obj: CalendarYear) -> Sequence[str]:
        return [state(obj)]

    def overview(self, request: StaffRequest, obj: CalendarYear) -> Sequence[Section]:
        facts = [
            Fact(_("Holidays"), ", ".join(obj.holidays)),
            Fact(_("Make-up working days"), ", ".join(obj.makeup_days)),
        ]
        return [Facts(facts)]
