"""Terms as JSON and back, losing nothing: amounts and shares as decimal text, dates in ISO form."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from .terms import Beneficiary, Coverage, Life, Terms


def to_json(terms: Terms) -> dict[str, Any]:
    """The Terms as a jsonb column keeps them."""
    return {name: _plain(value) for name, value in asdict(terms).items()}


def from_json(data: Mapping[str, Any]) -> Terms:
    """The Terms that ``to_json`` wrote; ``from_json(to_json(terms)) == terms``."""
    return Terms(
        holder=data["holder"],
        lives=tuple(Life(**{**life, "born_on": date.fromisoformat(life["born_on"])}) for life in data["lives"]),
        coverages=tuple(_coverage(coverage) for coverage in data["coverages"]),
        frequency=data["frequency"],
        currency=data["currency"],
        effective_on=date.fromisoformat(data["effective_on"]),
        beneficiaries=tuple(
            Beneficiary(**{**beneficiary, "share": Decimal(beneficiary["share"])})
            for beneficiary in data["beneficiaries"]
        ),
    )


def _coverage(data: Mapping[str, Any]) -> Coverage:
    return Coverage(
        code=data["code"],
        product=data["product"],
        version=data["version"],
        policy_term=data["policy_term"],
        payment_term=data["payment_term"],
        sum_assured=Decimal(data["sum_assured"]),
        premium=Decimal(data["premium"]),
        effective_on=date.fromisoformat(data["effective_on"]),
        ends_on=_day(data["ends_on"]),
        premium_ends_on=_day(data["premium_ends_on"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return str(value)
        case date():
            return value.isoformat()
        case dict():
            return {name: _plain(item) for name, item in value.items()}
        case tuple() | list():
            return [_plain(item) for item in value]
        case _:
            return value
