"""Benefits over time 保额递增与生存给付: the sum assured of a policy year, and what falls due to the living. Pure.

Sources: value-maths §4.16 (survival, annuity, maturity), T-02 (corresponding days).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.core.dates import MONTHS_BETWEEN_INSTALMENTS, add_months, add_years
from apps.core.errors import refuse
from apps.core.money import Trace, round_fen
from apps.products.features import Payout
from apps.products.states import PayoutBasis, PayoutKind
from apps.products.terms import ProductTerms

from .rating import Priced, RatingFacts, coverage_of, full_years, instalment_count, policy_term_ends_on, premium


@dataclass(frozen=True, slots=True)
class Payment:
    """生存类给付 that falls due: ``guaranteed`` if it is paid whether the insured lives or not."""

    kind: PayoutKind
    due_on: date
    amount: Decimal
    guaranteed: bool = False


def sum_assured_on(terms: ProductTerms, facts: RatingFacts, on: date, *, start_on: date) -> Priced:
    """有效保险金额 of a day's policy year: the basic one, grown by the product's rate once for each full year.

    Refuses a day before ``start_on``.
    """
    if on < start_on:
        raise refuse("product_value_before_start", on=on, start_on=start_on)
    coverage = coverage_of(terms, facts)
    rate = coverage.increase.rate if coverage.increase else Decimal(0)
    years = full_years(start_on, on)
    amount = round_fen(facts.sum_assured * (1 + rate) ** years)
    inputs: dict[str, Decimal | int | str | date] = {
        "coverage": coverage.code,
        "sum_assured": facts.sum_assured,
        "rate": rate,
        "policy_year": years + 1,
    }
    return Priced(amount, Trace("sum assured of the year", amount, inputs, terms.table_version))


def payouts(terms: ProductTerms, facts: RatingFacts, start_on: date, *, until: date) -> list[Payment]:
    """给付计划: what falls due to a living insured up to and including ``until``, in order of time (§4.16).

    Shares of premiums paid count the instalments due before the day. Refuses as ``premium`` does.
    """
    coverage = coverage_of(terms, facts)
    paid = (payment for payout in coverage.payouts for payment in _payments(payout, terms, facts, start_on, until))
    return sorted(paid, key=lambda payment: payment.due_on)


def _payments(
    payout: Payout, terms: ProductTerms, facts: RatingFacts, start_on: date, until: date
) -> Iterator[Payment]:
    ends_on = policy_term_ends_on(facts, start_on)
    for due_on in _days(payout, facts, start_on, until, ends_on):
        years = full_years(start_on, due_on)
        guaranteed = payout.from_age is not None and years < payout.from_age - facts.age + payout.guaranteed_years
        yield Payment(payout.kind, due_on, _amount(payout, terms, facts, years), guaranteed)


def _days(payout: Payout, facts: RatingFacts, start_on: date, until: date, ends_on: date | None) -> Iterator[date]:
    """The days on which a payout falls due: at the term's end for maturity, before it for all others."""
    if payout.kind == PayoutKind.MATURITY:
        if ends_on and ends_on <= until:
            yield ends_on
        return
    years = payout.after_years if payout.from_age is None else payout.from_age - facts.age
    assert years is not None  # as the features demand
    due_on, number, first = add_years(start_on, years), 0, add_years(start_on, years)
    while due_on <= until and (ends_on is None or due_on < ends_on):
        yield due_on
        if payout.from_age is None:
            return
        number += 1
        due_on = add_months(first, number * MONTHS_BETWEEN_INSTALMENTS[payout.frequency])


def _amount(payout: Payout, terms: ProductTerms, facts: RatingFacts, years: int) -> Decimal:
    if payout.basis == PayoutBasis.SUM_ASSURED:
        return round_fen(payout.share * facts.sum_assured)
    months = MONTHS_BETWEEN_INSTALMENTS.get(facts.frequency)
    due = years * 12 // months if months else 1
    in_all = instalment_count(facts)
    return round_fen(payout.share * premium(terms, facts).amount * (due if in_all is None else min(due, in_all)))
