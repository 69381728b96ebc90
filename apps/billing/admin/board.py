"""The renewal board 续期看板: instalments by the month they fall due and by state, each leading to its rows (S12.1)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.billing import selectors
from apps.billing.states import InstalmentStatus as S
from apps.core.admin import Act, Column, StaffAdmin, StaffRequest, Table, act
from apps.core.dates import add_months

STATES = (S.BILLED, S.PAID, S.IN_GRACE, S.OVERDUE)
MONTHS_BACK, MONTHS_AHEAD = 4, 2


def months(today: date) -> list[date]:
    """The first days of the months the board shows."""
    return [add_months(today.replace(day=1), n) for n in range(-MONTHS_BACK, MONTHS_AHEAD)]


def last_day(month: date) -> date:
    return add_months(month, 1) - timedelta(days=1)


@act("billing.instalment", on_list=True)
class Board(Act):
    """A page among the acts of the list: it shows, and changes nothing."""

    name, label, permission = "board", _("Renewal board"), "instalment_read.R"
    intro = _("By the month in which they fall due. Each number leads to its rows; it is counted to a thousand.")
    template = "staff/board.html"

    def view(self, page: StaffAdmin, request: StaffRequest, pk: int | None = None) -> HttpResponse:
        stretches = [(month, last_day(month)) for month in months(page.site.context_of(request).business_date)]
        counts = selectors.counts_by_month(request.user, stretches, STATES)
        table = Table(self._columns(page, counts), stretches, _("Renewal board"))
        return TemplateResponse(
            request, self.template, {**page.frame(request), "title": self.label, "act": self, "section": table}
        )

    def _columns(self, page: StaffAdmin, counts: dict[tuple[date, str], int]) -> Sequence[Column]:
        def count(state: S) -> Column:
            return Column(state.label, lambda stretch: self._cell(page, stretch, state, counts), numeric=True)

        return [Column(_("Month"), lambda stretch: date_format(stretch[0], "YEAR_MONTH_FORMAT")), *map(count, STATES)]

    def _cell(self, page: StaffAdmin, stretch: Any, state: S, counts: dict[tuple[date, str], int]) -> str:
        first, last = stretch
        number = counts[first, state]
        shown = f"{selectors.MOST_COUNTED:,}+" if number > selectors.MOST_COUNTED else f"{number:,}"
        address = f"{page.list_url}?status={state}&due_from={first}&due_to={last}"
        return format_html('<a href="{}">{}</a>', address, shown) if number else shown
