"""Reading operations: one object, or a page of many."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from . import cursors
from .acting import with_actions
from .operations import Answer, Call, OfRows, etag
from .parameters import Parameter, a_flag, a_number, a_text, some_of
from .problems import Problem
from .shapes import Found, Row, Want, object_schema

PER_PAGE = 50
MOST_PER_PAGE = 200
MOST_COUNTED = 10_000
CURSOR = r"[A-Za-z0-9_-]{20,600}"


class Detail(OfRows):
    """GET of one object, with its ETag; a client that has it already is told so (304)."""

    shows_actions = True

    @cached_property
    def _chosen(self) -> tuple[Parameter, ...]:
        return tuple(_choices(self))

    def accepted(self) -> Sequence[Parameter]:
        return (*self.parameters, *self._chosen)

    def disclose(self, call: Call, found: Found) -> None:
        """Remember that this caller reads the object's customer data in full, and why; refuses beyond the quota."""
        raise NotImplementedError

    def perform(self, call: Call) -> Answer:
        found = next(iter(self.shape.read(self.named(call), _want(self, call))), None)
        if found is None:
            raise self.missing(call)
        if call.purpose:
            self.disclose(call, found)
        headers = {"ETag": etag(self.shape, found.version)}
        if call.request.headers.get("If-None-Match") == headers["ETag"]:
            return Answer(None, 304, headers)
        row = found.row if "fields" in call.query else with_actions(self, call, found)
        return Answer(row, headers=headers)


class List(OfRows):
    """GET of a collection, page by page along a cursor: rows that come or go meanwhile are neither doubled nor lost.

    ``filters`` narrow the rows, ``sorts`` are the names one may sort by, each with its column (never null, and with an
    index); ``order`` is the order when nothing is said.
    """

    filters: ClassVar[Sequence[Parameter]] = ()
    sorts: ClassVar[Mapping[str, str]] = {}
    order: ClassVar[str] = "-pk"

    @cached_property
    def _page(self) -> tuple[Parameter, ...]:
        return tuple(self._paging())

    def _paging(self) -> Iterator[Parameter]:
        yield a_number("limit", f"Rows on a page; {PER_PAGE} unless said, {MOST_PER_PAGE} at most.", MOST_PER_PAGE)
        yield a_text("cursor", "Where the page begins: part of the ``next`` link of the page before.", CURSOR)
        if self.sorts:
            yield some_of("sort", "The order: a name, with - before it for descending.", _both_ways(self.sorts), most=1)
        yield from self.page_parameters()

    def page_parameters(self) -> Iterator[Parameter]:
        """What else a page can be asked for."""
        yield a_flag("count", f"Also count the rows, up to {MOST_COUNTED:,}.")
        yield from _choices(self)

    def accepted(self) -> Sequence[Parameter]:
        return (*self.filters, *self.parameters, *self._page)

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from ("limit_too_large", "invalid_cursor", "cursor_expired")

    def answer_schema(self) -> dict[str, Any]:
        return page_schema(super().answer_schema(), counted=any(each.name == "count" for each in self._page))

    def perform(self, call: Call) -> Answer:
        limit = call.query.get("limit", PER_PAGE)
        if limit > MOST_PER_PAGE:
            raise Problem("limit_too_large")
        order, query = self._order(call), self._query(call)
        begin = cursors.opened(query, call.query["cursor"]) if "cursor" in call.query else None
        found = self.fetch(call, order, begin, limit + 1)
        more = len(found) > limit
        body: dict[str, Any] = {"data": [row for _position, row in found[:limit]], "next": None, "has_more": more}
        headers = {}
        if more:
            body["next"] = _next(call, cursors.seal(query, self.place(call, order, found[limit - 1][0])))
            headers["Link"] = f'<{body["next"]}>; rel="next"'
        if call.query.get("count"):
            counted = self.filtered(call)[: MOST_COUNTED + 1].count()
            body |= {"count": min(counted, MOST_COUNTED), "count_capped": counted > MOST_COUNTED}
        return Answer(body, headers=headers)

    def fetch(self, call: Call, order: str, begin: list[Any] | None, limit: int) -> list[tuple[Any, Row]]:
        """So many rows in that order after a place, each with what tells its own place."""
        rows = self.filtered(call)
        if begin is not None:
            rows = rows.filter(_after(order, begin))
        along = _along(order)
        found = self.shape.read(rows.order_by(*along)[:limit], _want(self, call), along)
        return [(each.pk, each.row) for each in found]

    def place(self, call: Call, order: str, pk: Any) -> list[Any]:
        """What a cursor must know of the last row shown."""
        if order.lstrip("-") == "pk":
            return [pk]
        value = self.model._default_manager.filter(pk=pk).values_list(order.lstrip("-"), flat=True).first()
        return [value, pk]

    def filtered(self, call: Call) -> QuerySet:
        asked = {each.lookup: call.query[each.name] for each in self.filters if each.lookup and each.name in call.query}
        return self.rows(call).filter(**asked)

    def _order(self, call: Call) -> str:
        if "sort" not in call.query:
            return self.order
        (asked,) = call.query["sort"]
        return ("-" if asked.startswith("-") else "") + self.sorts[asked.lstrip("-")]

    def _query(self, call: Call) -> str:
        """What a cursor is bound to: the address, its filters and order, and the caller."""
        free = {"cursor", "limit", "count", "fields", "expand"}
        asked = sorted((name, value) for name, value in call.request.GET.items() if name not in free)
        return f"{call.request.path.rstrip('/')}?{urlencode(asked)}#{call.caller.actor}"


def _choices(operation: OfRows) -> Iterator[Parameter]:
    yield some_of("fields", "Only these members.", list(operation.shape.fields()))
    if operation.shape.expandable:
        yield some_of("expand", "Objects in place of their ids.", list(operation.shape.expandable))


def _want(operation: OfRows, call: Call) -> Want:
    expand = tuple(call.query.get("expand", ()))
    for name in expand:
        expansion = operation.shape.expandable[name]
        if call.caller.scopes is not None and expansion.scope not in call.caller.scopes:
            raise Problem("scope_missing", more={"scope": expansion.scope})
        if not call.gate.holds(call.caller, expansion.permission):
            raise Problem("permission_denied")
    return Want(tuple(call.query.get("fields", ())), expand, plain=bool(call.purpose))


def _along(order: str) -> tuple[str, ...]:
    """The order with its tie-break, so that each row has one place."""
    if order.lstrip("-") == "pk":
        return (order,)
    return order, "-pk" if order.startswith("-") else "pk"


def _after(order: str, begin: list[Any]) -> Q:
    """The rows behind a place. Said twice, so that an index on the order's column is entered at the right leaf."""
    beyond = "lt" if order.startswith("-") else "gt"
    column = order.lstrip("-")
    if column == "pk":
        return Q(**{f"pk__{beyond}": begin[0]})
    value, pk = begin
    return Q(**{f"{column}__{beyond}e": value}) & (Q(**{f"{column}__{beyond}": value}) | Q(**{f"pk__{beyond}": pk}))


def _both_ways(names: Mapping[str, str]) -> list[str]:
    return [way + name for name in names for way in ("", "-")]


def _next(call: Call, cursor: str) -> str:
    kept = [(name, value) for name, value in call.request.GET.items() if name != "cursor"]
    return f"{call.request.path}?{urlencode([*kept, ('cursor', cursor)])}"


def page_schema(item: dict[str, Any], *, counted: bool = True) -> dict[str, Any]:
    """A page of such items."""
    properties: dict[str, dict[str, Any]] = {
        "data": {"type": "array", "items": item},
        "next": {"type": ["string", "null"], "description": "The address of the next page."},
        "has_more": {"type": "boolean"},
    }
    required = list(properties)
    if counted:
        properties |= {"count": {"type": "integer"}, "count_capped": {"type": "boolean"}}
    return object_schema(properties, required=required)
