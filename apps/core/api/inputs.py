"""What a client may send: strict fields, and an answer that names every fault at its place.

A number is not a text, a text no number, ``20260102`` no day, and an amount is written with its two decimals.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Choices
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.core.money import Currency

from . import ids
from .bodies import escaped
from .problems import Fault, Problem
from .shapes import Schema, codes, object_schema

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
    "not_an_object": _("Send an object."),
}


class Input(serializers.Serializer):
    """Subclass and declare fields from this module; a field's ``help_text`` is its description.

    An input may hold others (``many=True`` with ``max_length`` for a list of them). ``Kind(instance=data).data`` writes
    values back as they would be sent.
    """


class StrictInput(serializers.Field):
    """Base of the fields: takes exactly what it says, and tells the specification so."""

    default_error_messages = TEXTS
    schema: Schema

    def told_as(self, schema: Schema) -> None:
        """How the specification tells this very field."""
        self.schema = schema

    def to_representation(self, value: Any) -> Any:
        return value


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

    def to_representation(self, value: Any) -> str:
        return next(name for name, each in self.values.items() if each == value)


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

    def to_representation(self, value: UUID) -> str:
        return ids.write(self.kind, value)


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


class OneOfInput(StrictInput):
    """An object that says in ``tag`` which of several inputs stands in ``body``; read as a pair of both.

    ``kinds`` are the inputs by their tags, after which the components of the specification are called.
    """

    def __init__(self, tag: str, body: str, kinds: Mapping[str, type[Input]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.tag, self.body, self.kinds = tag, body, kinds
        names = {each: f"#/components/schemas/{self._component(each)}" for each in kinds}
        choice = [{"$ref": name} for name in names.values()]
        self.told_as({"oneOf": choice, "discriminator": {"propertyName": tag, "mapping": names}})

    def components(self) -> Iterator[tuple[str, Schema]]:
        """What the specification must know besides: each choice, and its body by itself."""
        for each, kind in self.kinds.items():
            name = f"{_camel(each)}Input"
            yield name, schema_of(kind)
            members: dict[str, Schema] = {
                self.tag: {"type": "string", "enum": [each]},
                self.body: {"$ref": f"#/components/schemas/{name}"},
            }
            yield self._component(each), object_schema(members)

    def _component(self, each: str) -> str:
        return f"{_camel(each)}Item"

    def to_internal_value(self, data: Any) -> tuple[str, dict[str, Any]]:
        if not isinstance(data, dict):
            self.fail("not_an_object")
        for name in (self.tag, self.body):
            if name not in data:
                raise _told({name: "required"})
        each = data[self.tag]
        if not isinstance(each, str) or each not in self.kinds:
            raise _told({self.tag: "unknown_code"})
        if not isinstance(data[self.body], dict):
            raise _told({self.body: "not_an_object"})
        parser = self.kinds[each](data=data[self.body])
        if not parser.is_valid():
            raise serializers.ValidationError({self.body: parser.errors})
        return each, dict(parser.validated_data)

    def strangers(self, data: Mapping[str, Any], pointer: str) -> Iterator[str]:
        """The fields in it that nobody declared."""
        yield from (f"{pointer}/{escaped(name)}" for name in sorted(set(data) - {self.tag, self.body}))
        kind, body = self.kinds.get(str(data.get(self.tag))), data.get(self.body)
        if kind and isinstance(body, dict):
            yield from _strangers(kind(), body, f"{pointer}/{self.body}")


def _told(faults: Mapping[str, str]) -> serializers.ValidationError:
    return serializers.ValidationError(
        {name: [serializers.ErrorDetail(str(TEXTS[code]), code)] for name, code in faults.items()}
    )


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def schema_of(kind: "type[Input] | Input") -> Schema:
    """An input as JSON Schema: what the specification says of it, complete in itself."""
    parser = kind() if isinstance(kind, type) else kind
    about = " ".join((type(parser).__doc__ or "").split())
    fields = parser.fields.items()
    schema: Schema = {"type": "object"} | ({"description": about} if about else {})
    schema["properties"] = {name: _field_schema(field) for name, field in fields}
    if required := sorted(name for name, field in fields if field.required):
        schema["required"] = required
    return schema | {"additionalProperties": False}


def _is_list(field: Any) -> bool:
    return isinstance(field, serializers.ListSerializer | serializers.ListField)


def _field_schema(field: Any) -> Schema:
    if _is_list(field):
        limits = {"minItems": field.min_length, "maxItems": field.max_length}
        child = field.child
        schema: Schema = {
            "type": "array",
            "items": schema_of(child) if isinstance(child, Input) else _field_schema(child),
        }
        schema |= {name: limit for name, limit in limits.items() if limit is not None}
    else:
        schema = schema_of(field) if isinstance(field, Input) else dict(field.schema)
    return schema | ({"description": str(field.help_text)} if field.help_text else {})


def components_of(kind: type[Input]) -> Iterator[tuple[str, Schema]]:
    """The components its fields refer to."""
    for field in kind().fields.values():
        inner = getattr(field, "child", field)
        if isinstance(inner, OneOfInput):
            yield from inner.components()


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
    if strangers := list(_strangers(parser, body, "")):
        _refuse_strangers(strangers, answered)
    if not parser.is_valid():
        raise Problem("validation_failed", errors=tuple(_faults(parser.errors, "")))
    return dict(parser.validated_data)


def _strangers(parser: Input, body: Mapping[str, Any], pointer: str) -> Iterator[str]:
    """Pointers to the fields nobody declared, at any depth."""
    yield from (f"{pointer}/{escaped(name)}" for name in sorted(set(body) - set(parser.fields)))
    for name in set(body) & set(parser.fields):
        yield from _strangers_in(parser.fields[name], body[name], f"{pointer}/{name}")


def _strangers_in(field: Any, value: Any, pointer: str) -> Iterator[str]:
    if _is_list(field):
        if isinstance(value, list) and len(value) <= (field.max_length or len(value)):
            for index, each in enumerate(value):
                yield from _strangers_in(field.child, each, f"{pointer}/{index}")
    elif isinstance(field, Input) and isinstance(value, dict):
        yield from _strangers(field, value, pointer)
    elif isinstance(field, OneOfInput) and isinstance(value, dict):
        yield from field.strangers(value, pointer)


def _refuse_strangers(pointers: Iterable[str], answered: frozenset[str]) -> None:
    ours = [pointer for pointer in pointers if pointer.removeprefix("/") in answered]
    code, shown = ("read_only_field", ours) if ours else ("unknown_field", pointers)
    message = _("Only we write this field.") if ours else _("There is no such field.")
    raise Problem(code, errors=tuple(Fault(pointer, code, message) for pointer in shown))


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
