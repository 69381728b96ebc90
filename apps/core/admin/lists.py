"""Lists that stay fast at a million rows: a capped count, keyset pages, and filters and orders that stand on an index.

What is searched is decided by the shape of what was typed (``StaffAdmin.search``). A saved view 常用视图 is a query
kept under a name (screen S19); what it names that is no longer there is left out, and said. Anything odd in the query
string is read as if it were not there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from . import keyset
from .filters import Between, Choice, Exactly, Filter
from .pages import NOTHING_YET, Column, Table, Text
from .show import link, pick
from .site import StaffRequest

__all__ = ["Between", "Choice", "Exactly", "Filter", "Listing", "Sort", "View"]

PER_PAGE = 50
LONGEST_SEARCH = 80
OF_THE_PAGE = ("view", "after", "before")
OF_THE_LIST = ("sort", "cols")


@dataclass(frozen=True)
class Sort:
    """An order with an index behind it: fields in one direction, the last one unique, none ever empty."""

    key: str
    label: Text
    order: Sequence[str]


@dataclass(frozen=True)
class View:
    """常用视图: a query kept under a name. It holds filters, columns and order, never what was searched for."""

    slug: str
    name: str
    query: Mapping[str, Sequence[str]]
    mine: bool = True
    default: bool = False


class Listing:
    """One page of rows, as the query string or a view asks for it, to be shown or taken out.

    ``request`` needs no more than a user, a context and a query: exports and the API ask as well.
    """

    def __init__(self, request: StaffRequest, page: Any, *, pickable: bool = False) -> None:
        self.page = page
        self.pickable = pickable
        self.views: Sequence[View] = page.site.views(request.user, page.label)
        self.view = self._asked_for(request.GET)
        self.query = self._merged(request.GET)
        typed = self.query.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
        self.hidden = bool(typed) and page.private(typed)
        self.text = "" if self.hidden else typed
        self.filters = [(each, each.chosen(self.query)) for each in page.filters]
        rows = page.visible(request)
        for each, value in self.filters:
            rows = rows if value is None else each.narrow(rows, value)
        self._rows: QuerySet = page.search(request, rows, self.text) if self.text else rows

    # -- what is asked for ----------------------------------------------------------------------------------------

    @cached_property
    def sort(self) -> Sort | None:
        """The order that was chosen; None for the usual one."""
        return next((each for each in self.page.sorts if each.key == self.query.get("sort")), None)

    @property
    def order(self) -> Sequence[str]:
        return self.sort.order if self.sort else self.page.order

    @cached_property
    def columns(self) -> list[Column]:
        """The columns that were chosen, in the list's own order; the usual ones if none was."""
        chosen = set(self.query.getlist("cols"))
        return [each for each in self.page.columns if each.key in chosen] or self._usual

    @property
    def _usual(self) -> list[Column]:
        return [each for each in self.page.columns if each.usual]

    @property
    def choices_of_columns(self) -> list[tuple[Column, bool]]:
        """All columns there are, and whether each is shown."""
        return [(each, each in self.columns) for each in self.page.columns]

    @property
    def narrowed(self) -> bool:
        return bool(self.text) or any(value is not None for _filter, value in self.filters)

    @property
    def forgotten(self) -> bool:
        """Whether the view names filters, columns or an order that this list no longer has (screen S19.4)."""
        if self.view is None:
            return False
        columns = {each.key for each in self.page.columns}
        return any(
            not columns.issuperset(values) if name == "cols" else values and name not in self.kept()
            for name, values in self.view.query.items()
        )

    def kept(self) -> dict[str, Any]:
        """What a view keeps: filters, columns and order as they were understood. Never the search."""
        kept: dict[str, Any] = {}
        for each, value in self.filters:
            kept |= {} if value is None else each.kept(value)
        if self.columns != self._usual:
            kept["cols"] = [each.key for each in self.columns]
        return kept | ({"sort": self.sort.key} if self.sort else {})

    @property
    def said(self) -> str:
        """The same as a query string."""
        query = QueryDict(mutable=True)
        for name, value in self.kept().items():
            query.setlist(name, value if isinstance(value, list) else [value])
        return query.urlencode()

    @property
    def opens_with(self) -> View | None:
        """The view with which this person opens the list."""
        return next((each for each in self.views if each.default), None)

    # -- the rows -------------------------------------------------------------------------------------------------

    @cached_property
    def count(self) -> int:
        """How many rows there are; beyond the most that are counted only that they are more."""
        return self.count_up_to(self.page.most_counted + 1)

    @property
    def uncounted(self) -> bool:
        return self.count > self.page.most_counted

    def count_up_to(self, most: int) -> int:
        """How many rows there are, if they are not more than ``most``."""
        return self._rows.order_by()[:most].count()

    def first_rows(self, most: int) -> list[Model]:
        """The first ``most`` rows in the list's order, for those who take it out."""
        return list(self._rows.order_by(*self.order)[:most])

    @cached_property
    def _page(self) -> tuple[list[Model], bool, bool]:
        """The rows of this page, and whether there are rows before and behind them."""
        for name, backwards in (("after", False), ("before", True)):
            if (place := self._place(name)) is not None:
                order = keyset.turned(self.order) if backwards else list(self.order)
                rows, more = self._fetched(order, keyset.beyond(order, place))
                return (rows[::-1], more, True) if backwards else (rows, True, more)
        rows, more = self._fetched(list(self.order), Q())
        return rows, False, more

    def _fetched(self, order: Sequence[str], behind: Q) -> tuple[list[Model], bool]:
        found = list(self._rows.filter(behind).order_by(*order)[: PER_PAGE + 1])
        return found[:PER_PAGE], len(found) > PER_PAGE

    def _place(self, name: str) -> list[Any] | None:
        token = self.query.get(name, "")
        return keyset.read(token, self.order, self.page.model) if token else None

    @property
    def objects(self) -> Sequence[Model]:
        return self._page[0]

    @property
    def table(self) -> Table:
        """The rows as a table whose first column leads to each object's page."""
        first, *rest = self.columns
        opening = Column(first.label, self._opening(first), first.numeric)
        empty = _("Nothing matches.") if self.narrowed else NOTHING_YET
        return Table([opening, *rest], self.objects, empty=empty)

    def _opening(self, first: Column) -> Callable[[Any], str]:
        """The first cell: the way to the object and, where rows can be chosen, a box to tick."""
        if not self.pickable:
            return lambda obj: link(obj, first.of(obj))
        return lambda obj: pick(obj.pk, first.of(obj)) + link(obj, first.of(obj))

    # -- addresses ------------------------------------------------------------------------------------------------

    @property
    def first(self) -> str:
        return self._address() if self._page[1] else ""

    @property
    def previous(self) -> str:
        rows, before, _behind = self._page
        return self._address(before=keyset.token_of(rows[0], self.order)) if rows and before else ""

    @property
    def next(self) -> str:
        rows, _before, behind = self._page
        return self._address(after=keyset.token_of(rows[-1], self.order)) if rows and behind else ""

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """What asks for this list again, as a form would."""
        return [(name, str(value)) for name, values in self._query().lists() for value in values]

    def _address(self, **place: str) -> str:
        return f"?{self._query(**place).urlencode()}"

    def _query(self, **place: str) -> QueryDict:
        query = QueryDict(mutable=True)
        if self.views:
            query["view"] = self.view.slug if self.view else ""
        if self.text:
            query["q"] = self.text
        for name, value in {**self.kept(), **place}.items():
            query.setlist(name, value if isinstance(value, list) else [value])
        return query

    # -- views ----------------------------------------------------------------------------------------------------

    def _asked_for(self, query: QueryDict) -> View | None:
        """The view that was named; where nothing was asked for at all, the person's own default."""
        if "view" in query:
            return next((each for each in self.views if each.slug == query["view"]), None)
        return None if query else self.opens_with

    def _merged(self, query: QueryDict) -> QueryDict:
        """The view, unless the query says itself what it wants of this list."""
        own = {*OF_THE_LIST, *(name for each in self.page.filters for name in each.parameters)}
        if self.view is None or own & set(query):
            return query
        merged = query.copy()
        for name, values in self.view.query.items():
            if name in own:
                merged.setlist(name, list(values))
        return merged
