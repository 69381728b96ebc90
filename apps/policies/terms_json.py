"""Terms as JSON and back, losing nothing; versions written before a field existed read as its default."""

from collections.abc import Mapping
from typing import Any

from apps.core import values

from .terms import Terms


def to_json(terms: Terms) -> dict[str, Any]:
    """The Terms as a jsonb column keeps them."""
    written: dict[str, Any] = values.to_json(terms)
    return written


def from_json(data: Mapping[str, Any]) -> Terms:
    """The Terms that ``to_json`` wrote; ``from_json(to_json(terms)) == terms``."""
    return values.from_json(Terms, data)
