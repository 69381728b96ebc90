"""What a list can be narrowed by: fixed choices, a stretch of days, an exact code. Never free text on any column.

A filter stands on an index, or on the order of the list; anything odd in the query is read as if it were not there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import QueryDict

from .pages import Text

Options = Sequence[tuple[Any, Text]]
LONGEST = 60
NEWEST = 100_000


@dataclass(frozen=True)
class Filter:
    """One way to narrow a list. ``lookup`` is the field where it has another name."""

    template: ClassVar[str]
    name: str
    label: Text

    def chosen(self, query: QueryDict) -> Any:
        """What is asked for; None for everything."""
        raise NotImplementedError

    def narrow(self, rows: QuerySet, value: Any) -> QuerySet:
        raise NotImplementedError

    def kept(self, value: Any) -> dict[str, str]:
        """The parameters that say it again."""
        return {self.name: str(value)}

    @property
    def parameters(self) -> tuple[str, ...]:
        return (self.name,)


@dataclass(frozen=True)
class Choice(Filter):
    """A filter with fixed choices on one column, given or asked for when a page is made.

    ``among``: the column has no index, and is looked at in so many of the newest rows only; the page says so.
    """

    template = "staff/filters/choice.html"
    choices: Options | Callable[[], Options]
    lookup: str = ""
    among: int = 0

    @property
    def options(self) -> Options:
        return self.choices() if callable(self.choices) else self.choices

    def chosen(self, query: QueryDict) -> Any:
        asked = query.get(self.name, "")
        return next((value for value, _label in self.options if str(value) == asked), None) if asked else None

    def narrow(self, rows: QuerySet, value: Any) -> QuerySet:
        found = rows.filter(**{self.lookup or self.name: value})
        return newest(found, self.among) if self.among else found


@dataclass(frozen=True)
class Between(Filter):
    """A stretch of days, both included, either of which may be open."""

    template = "staff/filters/between.html"
    lookup: str = ""

    def chosen(self, query: QueryDict) -> Mapping[str, date] | None:
        asked = zip(("gte", "lte"), self.parameters, strict=True)
        days = {bound: day for bound, name in asked if (day := _day(query.get(name, "")))}
        return days or None

    def narrow(self, rows: QuerySet, value: Mapping[str, date]) -> QuerySet:
        field, days = self.lookup or self.name, set(value.values())
        if len(value) == 2 and len(days) == 1:  # a single day: an index on the day and the order gives the page at once
            return rows.filter(**{field: days.pop()})
        return rows.filter(**{f"{field}__{bound}": day for bound, day in value.items()})

    def kept(self, value: Mapping[str, date]) -> dict[str, str]:
        names = dict(zip(("gte", "lte"), self.parameters, strict=True))
        return {names[bound]: day.isoformat() for bound, day in value.items()}

    @property
    def parameters(self) -> tuple[str, ...]:
        return f"{self.name}_from", f"{self.name}_to"


@dataclass(frozen=True)
class Exactly(Filter):
    """A code that must be typed whole, in capitals."""

    template = "staff/filters/exactly.html"
    lookup: str = ""

    def chosen(self, query: QueryDict) -> str | None:
        asked = query.get(self.name, "").replace("\x00", "").strip().upper()[:LONGEST]
        return asked or None

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(**{self.lookup or self.name: value})


def newest(rows: QuerySet, most: int) -> QuerySet:
    """Those of the rows that are among so many of the newest of their table."""
    last = rows.model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
    return rows.filter(pk__gt=(last or 0) - most)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
