"""Members of answers that only endorsements have: codes of items, changes in the form they are sent in, refusals."""

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from apps.core import values
from apps.core.api import Field, Row, Shape, Text
from apps.core.api.shapes import Nested, Schema
from apps.core.errors import Refusal
from apps.endorsements.base import TYPES
from apps.endorsements.quotes import refusal_of


def parsed(value: Any) -> Any:
    """A jsonb column, which arrives as text where it is selected by itself."""
    return orjson.loads(value) if isinstance(value, str) else value


class Texts(Field):
    """A list of texts."""

    def type_schema(self) -> Schema:
        return {"type": "array", "items": {"type": "string"}}


class Object(Field):
    """An object whose members are told elsewhere."""

    def type_schema(self) -> Schema:
        return {"type": "object"}


class ItemCode(Text):
    """The kind of a change, in lower case."""

    def builder(self, plain: bool) -> Callable[..., Any]:
        return str.lower


class Change(Object):
    """What an item asks for, in the form it is sent in; what is personal stands masked."""

    def builder(self, plain: bool) -> Callable[..., Any]:
        return lambda code, change: shown(code, parsed(change))


def shown(code: str, change: Any) -> Row:
    """A stored change as the body of a call would carry it."""
    kind = TYPES[code]
    data: Any = kind.shown(values.from_json(kind.Change, change))
    return written(code, data)


def written(code: str, data: Any) -> Row:
    """Data of an item's form as the body of a call would carry it; what it lacks is left out."""
    fields = TYPES[code].Input().fields
    return {name: fields[name].to_representation(value) for name, value in data.items() if name in fields}


class WhyNot(Shape):
    """A rule that says no, in the caller's language."""

    code = Text("Stable, for programs.", example="debit_in_flight")
    message = Text("For people.")


class WhyNots(Nested):
    """Refusals kept as JSON."""

    def __init__(self, about: str = "", *columns: str) -> None:
        super().__init__(WhyNot, about)
        self._columns = columns

    def builder(self, plain: bool) -> Callable[..., Any]:
        return lambda kept: why_nots(map(refusal_of, parsed(kept)))


def why_nots(refusals: Iterable[Refusal]) -> list[Row]:
    return [{"code": each.code, "message": str(each)} for each in refusals]
