"""Keyset paging 键集分页: a page begins behind the last row of the one before, however deep it lies.

An order is a row of fields in one direction of which the last is unique, and none is ever empty.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model, Q

LONGEST_TOKEN = 400


def token_of(obj: Model, order: Sequence[str]) -> str:
    """Where a row stands in the order, to be written in an address. Only for orders by business facts."""
    values = json.dumps([getattr(obj, name.lstrip("-")) for name in order], default=_told)
    return urlsafe_b64encode(values.encode()).decode().rstrip("=")


def read(token: str, order: Sequence[str], model: type[Model]) -> list[Any] | None:
    """The values a token stands for; None if it is none of this order."""
    try:
        values = json.loads(urlsafe_b64decode(token[:LONGEST_TOKEN] + "=" * (-len(token) % 4)))
        if not isinstance(values, list) or len(values) != len(order):
            return None
        return [_value(model, name.lstrip("-"), value) for name, value in zip(order, values, strict=True)]
    except (ValueError, RecursionError, FieldDoesNotExist, ValidationError):
        return None


def beyond(order: Sequence[str], values: Sequence[Any]) -> Q:
    """The rows behind that place. The first field stands alone as well, for an index to begin there."""
    names = [name.lstrip("-") for name in order]
    comparison = "lt" if order[0].startswith("-") else "gt"
    behind = Q()
    for depth, name in enumerate(names):
        same = Q(**dict(zip(names[:depth], values[:depth], strict=True)))
        behind |= same & Q(**{f"{name}__{comparison}": values[depth]})
    return behind & Q(**{f"{names[0]}__{comparison}e": values[0]}) if len(names) > 1 else behind


def turned(order: Sequence[str]) -> list[str]:
    """The same order backwards."""
    return [name[1:] if name.startswith("-") else f"-{name}" for name in order]


def _told(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _value(model: type[Model], name: str, value: Any) -> Any:
    """As the field reads it; what it would refuse in a query, it refuses here."""
    field: Any = model._meta.pk if name == "pk" else model._meta.get_field(name)
    if value is None or isinstance(value, list | dict | bool) or "\x00" in str(value):
        raise ValidationError("not a value")
    parsed = field.to_python(value)
    field.run_validators(parsed)
    return parsed
