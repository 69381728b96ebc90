"""Parameters of an address: each declared, each of a kind, none ever ignored."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Choices
from django.utils.translation import gettext_lazy as _

from . import ids
from .inputs import day
from .problems import Fault, Problem
from .shapes import codes

Read = Callable[[str], Any]


@dataclass(frozen=True)
class Parameter:
    """``read`` makes the value of the text, or None where it is none. ``lookup`` is how a list filters by it."""

    name: str
    about: str
    read: Read
    schema: Mapping[str, Any] = field(default_factory=dict)
    lookup: str = ""
    required: bool = False
    example: Any = None


def a_day(name: str, about: str, lookup: str = "", **more: Any) -> Parameter:
    return Parameter(name, about, day, {"type": "string", "format": "date"}, lookup, **more)


def a_code(name: str, about: str, choices: type[Choices], lookup: str = "") -> Parameter:
    values = {code: value for value, code in codes(choices).items()}
    return Parameter(name, about, values.get, {"type": "string", "enum": list(values)}, lookup or name)


def a_text(name: str, about: str, pattern: str, lookup: str = "", **more: Any) -> Parameter:
    """A text of one form; ``pattern`` is matched whole and allows no character of another."""
    schema = {"type": "string", "pattern": f"^{pattern}$"}
    return Parameter(name, about, lambda text: text if re.fullmatch(pattern, text) else None, schema, lookup, **more)


def an_id(name: str, about: str, kind: str, lookup: str) -> Parameter:
    schema = {"type": "string", "pattern": ids.pattern(kind)}
    return Parameter(name, about, lambda text: ids.read(kind, text), schema, lookup)


def a_flag(name: str, about: str, lookup: str = "") -> Parameter:
    return Parameter(name, about, {"true": True, "false": False}.get, {"type": "boolean"}, lookup)


def a_number(name: str, about: str, most: int) -> Parameter:
    """A count from 1 up. More than ``most`` is for the operation to refuse."""
    schema = {"type": "integer", "minimum": 1, "maximum": most}
    return Parameter(name, about, lambda text: int(text) if re.fullmatch(r"[1-9][0-9]{0,8}", text) else None, schema)


def some_of(name: str, about: str, allowed: Sequence[str], *, most: int = 0) -> Parameter:
    """Names from a list, with commas between them."""

    def read(text: str) -> list[str] | None:
        asked = text.split(",")
        once = len(set(asked)) == len(asked) <= (most or len(allowed))
        return asked if once and set(asked) <= set(allowed) else None

    if most == 1:
        return Parameter(name, about, read, {"type": "string", "enum": list(allowed)})
    items = {"type": "string", "enum": list(allowed)}
    return Parameter(name, about, read, {"type": "array", "items": items, "minItems": 1, "uniqueItems": True})


def read_all(declared: Sequence[Parameter], query: Any) -> dict[str, Any]:
    """The values of the parameters sent. Refuses unknown, repeated, missing and wrong ones."""
    known = {parameter.name: parameter for parameter in declared}
    values = {}
    for name, texts in query.lists():
        if name not in known:
            raise Problem(
                "unknown_parameter", errors=(Fault(_echo(name), "unknown_parameter", _("There is no such parameter.")),)
            )
        value = known[name].read(texts[0]) if len(texts) == 1 else None
        if value is None:
            raise invalid(name)
        values[name] = value
    for parameter in declared:
        if parameter.required and parameter.name not in values:
            raise invalid(parameter.name)
    return values


def invalid(name: str) -> Problem:
    fault = Fault(name, "invalid_parameter", _("The specification says which values are possible."))
    return Problem("invalid_parameter", errors=(fault,))


def _echo(name: str) -> str:
    """A name as it was sent, if it could be one of ours: anything else is not repeated."""
    return name if re.fullmatch(r"[a-z_]{1,40}", name) else ""
