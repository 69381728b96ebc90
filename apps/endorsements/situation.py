"""Situation 受理情形: all that a rule may know of one policy on the day it is asked. Frozen values, pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from apps.core.dates import age_last_birthday
from apps.core.money import ZERO
from apps.policies.terms import Terms
from apps.products.terms import ItemTerms, ProductTerms

ADULT = 18
Products = Callable[[str, int], ProductTerms]
"""The terms of a product version, by code and number."""


@dataclass(frozen=True)
class Person:
    """客户要素: what the rules ask of one person; ``id_valid_to`` None means without end or unknown."""

    born_on: date | None = None
    id_valid_to: date | None = None
    is_organisation: bool = False

    def is_minor(self, on: date) -> bool:
        return self.born_on is not None and age_last_birthday(self.born_on, on) < ADULT


@dataclass(frozen=True)
class Period:
    """已计收保费期间: one instalment that is in the books; the day ``until`` belongs to the next one."""

    due_on: date
    until: date
    amount: Decimal
    paid: bool


@dataclass(frozen=True)
class Situation:
    """One policy as it stands. ``today`` is the business date, ``received_on`` the day the request arrived.

    ``holds`` are the kinds of open holds, ``in_flight`` says that a receipt waits for confirmation, ``arrears`` that
    premium which fell due is unpaid. ``charged`` are the instalments in our books; before ``began`` premium was settled
    outside them. ``suspense`` is money received and not used, in the policy's currency.
    """

    policy_id: int
    status: str
    premium_status: str
    terms: Terms
    today: date
    received_on: date
    began: date
    products: Products
    paid_to: date | None = None
    holds: frozenset[str] = frozenset()
    in_flight: bool = False
    arrears: bool = False
    event_reported: bool = False
    charged: tuple[Period, ...] = ()
    suspense: Decimal = ZERO
    people: Mapping[int, Person] = field(default_factory=dict)
    accounts: Mapping[int, int] = field(default_factory=dict)
    others: frozenset[int] = frozenset()
    branch_id: int = 0

    @property
    def main_product(self) -> ProductTerms:
        return self.products(self.terms.main.product, self.terms.main.version)

    def item_terms(self, code: str) -> ItemTerms | None:
        """What the product says of an item; None if it does not permit it."""
        return self.main_product.endorsement_items.get(code)

    @property
    def insured(self) -> int:
        return self.terms.lives[0].party

    def was_free(self, due_on: date) -> bool:
        """Whether cover was suspended then: nothing stands in our books for the period in which this day lies."""
        return due_on >= self.began and not any(each.due_on <= due_on < each.until for each in self.charged)
