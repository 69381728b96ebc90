"""Frozen values as JSON and back, losing nothing: amounts as decimal text, dates in ISO form. Pure."""

import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, TypeVar

Value = TypeVar("Value")


def to_json(value: Any) -> Any:
    """A frozen dataclass, and all it holds, as a jsonb column keeps it."""
    match value:
        case Decimal():
            return str(value)
        case date():
            return value.isoformat()
        case tuple() | list() | frozenset():
            return [to_json(item) for item in value]
        case Mapping():
            return {str(name): to_json(item) for name, item in value.items()}
    if is_dataclass(value):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    return value


def from_json(kind: type[Value], data: Any) -> Value:
    """The value of this kind that ``to_json`` wrote. A field that was not known then takes its default."""
    return read(kind, data)


def read(kind: Any, data: Any) -> Any:
    """The same by a type hint: ``date | None``, ``tuple[Coverage, ...]``."""
    if isinstance(kind, UnionType):
        if data is None:
            return None
        kind = next(option for option in kind.__args__ if option is not NoneType)
    if typing.get_origin(kind) is tuple:
        part = typing.get_args(kind)[0]
        return tuple(read(part, item) for item in data)
    if kind is Decimal:
        return Decimal(data)
    if kind is date:
        return date.fromisoformat(data)
    if isinstance(kind, type) and is_dataclass(kind):
        return kind(**{name: read(hint, data[name]) for name, hint in _hints(kind).items() if name in data})
    return kind(data) if isinstance(kind, type) and issubclass(kind, str) else data


@lru_cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}
