"""Rows 行: one policy of a book as values, after every cell could be read. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from apps.billing.rules import Schedule, grace_ends_on
from apps.core.dates import Frequency
from apps.parties.values import NewParty
from apps.products.terms import Period, ProductTerms

HOLDER, INSURED, FIRST_BENEFICIARY = range(3)
"""Places of persons in a row."""


@dataclass(frozen=True, slots=True)
class Grace:
    """宽限期条款: the days of a product, and whether a last day off moves to a working day (T-04)."""

    days: int
    rolls: bool

    def ends(self, due_on: date) -> date:
        return grace_ends_on(due_on, self.days, self.rolls)


@dataclass(frozen=True, slots=True)
class ProductVersion:
    """产品版本: what an import must know of it."""

    id: int
    code: str
    number: int
    coverage: str
    effective_on: date
    grace: Grace
    frequencies: frozenset[Frequency]
    terms: ProductTerms


class Beneficiary(NamedTuple):
    """受益人 with the share of its benefit order."""

    party: NewParty
    relationship: str
    share: Decimal
    order: int


class Rider(NamedTuple):
    """附加险 with its own product and premium; it begins with the main cover. ``place`` is its number in the row."""

    place: int
    product: ProductVersion
    premium: Decimal
    sum_assured: Decimal
    policy_term: Period
    payment_term: Period
    ends_on: date | None
    premium_ends_on: date | None


class Row(NamedTuple):
    """One policy. ``insured`` is None where the holder is the insured; no beneficiaries means statutory heirs.

    ``branch`` and ``agent`` are ids. ``status`` is empty where the file does not state it. ``premium`` and
    ``sum_assured`` are those of the main cover.
    """

    number: int
    key: str
    policy_number: str
    product: ProductVersion
    branch: int
    agent: int | None
    currency: str
    frequency: Frequency
    premium: Decimal
    sum_assured: Decimal
    effective_on: date
    policy_term: Period
    payment_term: Period
    ends_on: date | None
    premium_ends_on: date | None
    paid_to: date | None
    status: str
    suspended_on: date | None
    terminated_on: date | None
    termination_code: str
    holder: NewParty
    insured: NewParty | None
    insured_relationship: str
    beneficiaries: tuple[Beneficiary, ...]
    riders: tuple[Rider, ...] = ()

    @property
    def instalment(self) -> Decimal:
        """期交保险费 of the whole policy: what one instalment costs with its riders."""
        return self.premium + sum(rider.premium for rider in self.riders)

    @property
    def parties(self) -> Iterator[tuple[int, NewParty]]:
        """The persons of the row, each with its place in it."""
        yield HOLDER, self.holder
        if self.insured:
            yield INSURED, self.insured
        yield from enumerate((each.party for each in self.beneficiaries), FIRST_BENEFICIARY)

    @property
    def schedule(self) -> Schedule:
        """交费计划 of this policy."""
        return Schedule(self.effective_on, self.frequency, self.premium_ends_on)
