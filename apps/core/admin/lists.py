"""Lists that stay fast at a million rows: a capped count, capped pages, fixed-choice filters, one fixed order.

What is searched is decided by the shape of what was typed (``StaffAdmin.search``). Anything odd in the query string is
read as if it were not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from .pages import NOTHING_YET, Column, Table, Text
from .show import link
from .site import StaffRequest

MOST_COUNTED = 10_001
PER_PAGE = 50
LAST_PAGE = (MOST_COUNTED - 1) // PER_PAGE
LONGEST_SEARCH = 80


@dataclass(frozen=True)
class Choice:
    """A filter with fixed choices on one column."""

    name: str
    label: Text
    choices: Sequence[tuple[Any, Text]]
    lookup: str = ""

    def chosen(self, query: QueryDict) -> Any:
        asked = query.get(self.name, "")
        return next((value for value, _label in self.choices if str(value) == asked), None)

    def narrow(self, rows: QuerySet, value: Any) -> QuerySet:
        return rows.filter(**{self.lookup or self.name: value})


class Listing:
    """One page of rows, as the query string asks for it."""

    def __init__(self, request: StaffRequest, page: Any) -> None:
        self.query = request.GET
        self.page = page
        self.text = self.query.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
        rows = page.visible(request)
        self.filters = [(choice, choice.chosen(self.query)) for choice in page.filters]
        for choice, value in self.filters:
            rows = rows if value is None else choice.narrow(rows, value)
        self._rows: QuerySet = page.search(request, rows, self.text) if self.text else rows

    @cached_property
    def count(self) -> int:
        """How many rows there are; beyond ten thousand only that they are more."""
        return self._rows.order_by()[:MOST_COUNTED].count()

    @property
    def uncounted(self) -> bool:
        return self.count == MOST_COUNTED

    def count_up_to(self, most: int) -> int:
        """How many rows there are, if they are not more than ``most``."""
        return self._rows.order_by()[:most].count()

    def first_rows(self, most: int) -> list[Model]:
        """The first ``most`` rows in the list's order, for those who take it out."""
        return list(self._rows.order_by(*self.page.order)[:most])

    @cached_property
    def pages(self) -> int:
        return min(-(-min(self.count, MOST_COUNTED - 1) // PER_PAGE), LAST_PAGE) or 1

    @cached_property
    def number(self) -> int:
        asked = self.query.get("page", "1")
        return min(max(int(asked), 1), self.pages) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1

    @cached_property
    def objects(self) -> Sequence[Model]:
        start = (self.number - 1) * PER_PAGE
        return list(self._rows.order_by(*self.page.order)[start : start + PER_PAGE])

    @property
    def table(self) -> Table:
        """The rows as a table whose first column leads to each object's page."""
        first, *rest = self.page.columns
        opening = Column(first.label, lambda obj: link(obj, first.of(obj)), first.numeric)
        empty = _("Nothing matches.") if self.narrowed else NOTHING_YET
        return Table([opening, *rest], self.objects, empty=empty)

    @property
    def previous(self) -> str:
        return self._address(self.number - 1) if self.number > 1 else ""

    @property
    def next(self) -> str:
        return self._address(self.number + 1) if self.number < self.pages else ""

    @property
    def narrowed(self) -> bool:
        return bool(self.text) or any(value is not None for _choice, value in self.filters)

    def _address(self, number: int) -> str:
        kept = {choice.name: value for choice, value in self.filters if value is not None}
        query = QueryDict(mutable=True)
        query.update({"q": self.text} if self.text else {})
        query.update({**kept, "page": str(number)})
        return f"?{query.urlencode()}"
