"""The calendar of working days that deadlines are counted on (T-06), and the announcement of a year."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpResponse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import (
    Act,
    ActForm,
    Column,
    Done,
    Fact,
    Facts,
    StaffAdmin,
    StaffRequest,
    Table,
    act,
    badge,
    page_of,
)
from apps.core.admin.pages import Section
from apps.core.context import Context

from . import selectors, services
from .clocks import CLOCKS
from .models import CalendarYear

DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\s*(?:\.\.|~|至|to)\s*(\d{4}-\d{2}-\d{2}))?")
MOST_MOVES = 200


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


class DaysField(forms.CharField):
    """Days and stretches of days, one to a line: ``2027-02-05`` or ``2027-02-05 .. 2027-02-12``."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 6}), **options)

    def clean(self, value: Any) -> list[date]:
        return sorted({day for line in super().clean(value).splitlines() if line.strip() for day in _days(line)})


def _days(line: str) -> Iterable[date]:
    found = DAYS.fullmatch(line.strip())
    try:
        first, last = (date.fromisoformat(text) for text in (found[1], found[2] or found[1])) if found else (None, None)
    except ValueError:
        first = last = None
    if first is None or last is None or not 0 <= (last - first).days < 60:
        raise forms.ValidationError(_("This line is neither a day nor a stretch of days: {line}").format(line=line))
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


class YearForm(ActForm):
    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2100)
    holidays = DaysField(
        label=_("Holidays"), help_text=_("One to a line: 2027-02-05, or a stretch like 2027-02-05 .. 2027-02-12.")
    )
    makeup_days = DaysField(label=_("Make-up working days"), required=False, help_text=_("Weekend days worked."))


@act("deadlines.calendaryear", on_list=True)
class AnnounceYear(Act):
    name, label, permission = "announce", _("Announce a year"), "settings_change.A"
    form, template = YearForm, "staff/calendar.html"
    intro = _(
        "As the State Council announced it. Periods counted through the year by weekends alone are counted again."
    )
    field_of = {
        "calendar_day_outside_year": "holidays",
        "makeup_day_not_on_weekend": "makeup_days",
        "calendar_day_twice": "makeup_days",
    }

    def initial(self, request: StaffRequest, obj: None) -> dict[str, Any]:
        known = selectors.work_calendar().years
        return {"year": max(known, default=request.ctx.business_date.year) + 1}

    def perform(self, page: StaffAdmin, request: StaffRequest, obj: None, form: ActForm) -> HttpResponse:
        """The preview answers on this page and changes nothing."""
        if "preview" not in request.POST:
            return super().perform(page, request, obj, form)
        year, holidays, makeup_days = (form.cleaned_data[name] for name in ("year", "holidays", "makeup_days"))
        before = selectors.work_calendar().years.get(year)
        effect = services.preview_year(page.site.context_of(request), year, holidays, makeup_days)
        days = [
            *_compared(_("Holiday"), before.holidays if before else (), holidays),
            *_compared(_("Make-up working day"), before.makeup_days if before else (), makeup_days),
        ]
        return self.render(page, request, obj, form, days=Table(DIFF, days), effect=effect, moves=_moves(effect))

    def run(self, ctx: Context, obj: None, data: dict[str, Any]) -> Done:
        count = services.announce_year(ctx, data["year"], data["holidays"], data["makeup_days"])
        return Done(_now("{n} periods were counted again.").format(n=count), page_of(CalendarYear, data["year"]))


DIFF = (
    Column(_("Day"), lambda row: row[1]),
    Column(_("Kind"), lambda row: row[0]),
    Column(_("Change"), lambda row: badge(row[2], row[3])),
)


def _compared(kind: Any, before: Iterable[date], after: Iterable[date]) -> list[tuple]:
    """Day by day: new, gone, or as it was."""
    old, new = set(before), set(after)
    word = {
        (False, True): (_("New"), "good"),
        (True, False): (_("Gone"), "bad"),
        (True, True): (_("Unchanged"), "plain"),
    }
    return [(kind, day, *word[day in old, day in new]) for day in sorted(old | new)]


def _moves(effect: services.YearEffect) -> Table:
    columns = (
        Column(_("Period"), lambda move: str(CLOCKS[move.clock].zh) if move.clock in CLOCKS else move.clock),
        Column(_("Number"), "count", numeric=True),
        Column(_("Due now"), "before"),
        Column(_("Due then"), "after"),
    )
    return Table(columns, effect.moves[:MOST_MOVES], empty=_("No period moves."))
