"""Surrender value 退保金 (§4.4): what the holder gets for ending the contract, line by line. Pure."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from apps.core.money import ZERO
from apps.policies import rating
from apps.policies.terms import Terms
from apps.products.rules import Priced

from . import pricing
from .situation import Situation


def values(terms: Terms, at: Situation, on: date) -> dict[str, Priced]:
    """现金价值 of each coverage on a day, with its trace (§4.3)."""
    products = {each.code: pricing.product_of(each, at.products) for each in terms.coverages}
    return rating.cash_values(terms, products, on, paid_to=at.paid_to)


def cash_value(terms: Terms, at: Situation, on: date) -> Decimal:
    """The cash values of all coverages together."""
    return sum((each.amount for each in values(terms, at, on).values()), ZERO)


def positive(terms: Terms, at: Situation, on: date) -> Iterator[tuple[str, Priced]]:
    """The coverages that have a value, by code."""
    return ((code, each) for code, each in values(terms, at, on).items() if each.amount > ZERO)
