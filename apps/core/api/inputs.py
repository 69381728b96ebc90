"""What a client may send: strict fields, and an answer that names every fault at its place.

A number is not a text, a text no number, ``20260102`` no day, and an amount is written with its two decimals.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Choices
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.money import Currency

from . import ids
from .bodies import escaped
from .problems import Fault, Problem
from .shapes import codes

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
AMOUNT = r"^[0-9]{1,16}\.[0-9]{2}$"
NO_NUL = r"^[^\u0000]*\S[^\u0000]*$"
TEXTS: dict[str, Any] = {
    "required": _("This field is needed."),
    "null": _("This field may not be null."),
    "not_a_text": _("Send a text."),
    "too_long": _("The text is too long."),
    "blank": _("Send at least one visible character."),
    "not_a_day": _("Send a day like 2026-01-31."),
    "not_money": _("Send an amount as text with two decimals, like 1234.50, and its currency, nothing else."),
    "unknown_code": _("This is none of the codes in the specification."),
    "invalid_id": _("This is no id of the right kind."),
    "not_a_flag": _("Send true or false."),
    "not_an_amount": _("Send an amount as text with at most two decimals, like 500000.00."),
    "not_a_share": _("Send a share in per cent as text, like 33.34."),
    "not_in_range": _("This number is not allowed here."),
}


class Input(serializers.Serializer):
    """Subclass and declare fields from this module; a field's ``help_text`` is its description."""


class StrictInput(serializers.Field):
    """Base of the fields: takes exactly what it says, and tells the specification so."""

    default_error_messages = TEXTS

    def told_as(self, schema: dict[str, Any]) -> None:
        """How the specification tells this very field."""
        field: Any = self
        extend_schema_field(schema)(field)


class TextInput(StrictInput):
    def __init__(self, longest: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.longest = longest
        self.told_as({"type": "string", "minLength": 1, "maxLength": longest, "pattern": NO_NUL})

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("not_a_text")
        if not data.strip():
            self.fail("blank")
        if len(data) > self.longest:
            self.fail("too_long")
        return str(data)


class DayInput(StrictInput):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.told_as({"type": "string", "format": "date"})

    def to_internal_value(self, data: Any) -> date:
        found = day(data)
        if found is None:
            self.fail("not_a_day")
        assert found is not None
        return found


class CodeInput(StrictInput):
    def __init__(self, choices: type[Choices], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.values = {name: value for value, name in codes(choices).items()}
        self.labels = dict(zip(self.values, choices.labels, strict=True))
        self.told_as({"type": "string", "enum": list(self.values)})

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.values:
            self.fail("unknown_code")
        return self.values[data]


class FlagInput(StrictInput):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.told_as({"type": "boolean"})

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("not_a_flag")
        return data


class IdInput(StrictInput):
    def __init__(self, kind: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind = kind
        self.told_as({"type": "string", "pattern": ids.pattern(kind)})

    def to_internal_value(self, data: Any) -> UUID:
        found = ids.read(self.kind, data) if isinstance(data, str) else None
        if found is None:
            self.fail("invalid_id")
        assert found is not None
        return found


class MoneyInput(StrictInput):
    """An amount and its currency; never negative."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        schema = {
            "type": "object",
            "properties": {
                "amount": {"type": "string", "pattern": AMOUNT},
                "currency": {"type": "string", "enum": [each.value for each in Currency]},
            },
            "required": ["amount", "currency"],
            "additionalProperties": False,
        }
        self.told_as(schema)

    def to_internal_value(self, data: Any) -> tuple[Decimal, str]:
        if not isinstance(data, dict) or set(data) != {"amount", "currency"}:
            self.fail("not_money")
        amount, currency = data["amount"], data["currency"]
        if not isinstance(amount, str) or not re.fullmatch(AMOUNT, amount) or currency not in list(Currency):
            self.fail("not_money")
        return Decimal(amount), currency


def day(text: Any) -> date | None:
    """A day as ISO 8601 writes it with hyphens, and no other way."""
    if not isinstance(text, str) or not DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read(kind: type[Input], body: Mapping[str, Any], answered: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The validated values. Refuses fields nobody declared, those only we write, and every wrong value at its place.

    ``answered`` are the members the answer has: to send one of them is not a slip of the pen.
    """
    parser = kind(data=body)
    if strangers := sorted(set(body) - set(parser.fields)):
        _refuse_strangers(strangers, answered)
    if not parser.is_valid():
        raise Problem("validation_failed", errors=tuple(_faults(parser.errors, "")))
    return dict(parser.validated_data)


def _refuse_strangers(names: list[str], answered: frozenset[str]) -> None:
    ours = [name for name in names if name in answered]
    code, shown = ("read_only_field", ours) if ours else ("unknown_field", names)
    message = _("Only we write this field.") if ours else _("There is no such field.")
    raise Problem(code, errors=tuple(Fault(f"/{escaped(name)}", code, message) for name in shown))


def _faults(errors: Any, pointer: str) -> Iterator[Fault]:
    """DRF's errors, which are shaped like the body, as pointers into it."""
    if isinstance(errors, dict):
        for name, inner in errors.items():
            at = pointer if name == "non_field_errors" else f"{pointer}/{escaped(name)}"
            yield from _faults(inner, at)
        return
    for index, error in enumerate(errors):
        if isinstance(error, dict):
            yield from _faults(error, f"{pointer}/{index}")
        else:
            yield Fault(pointer, error.code, str(error))
