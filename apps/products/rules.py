"""Rating rules 费率与现金价值规则: premiums, cash values and periods of one coverage. Pure; exact to the fen.

Sources: value-maths §4.1 (premium), §4.3 (cash value), T-02 (corresponding days).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.core.dates import MONTHS_BETWEEN_INSTALMENTS, Frequency, add_years
from apps.core.errors import Refusal, refuse
from apps.core.money import ZERO, Trace, round_fen

from .states import RateBasis, TableKind
from .terms import SINGLE_PAYMENT, Basis, Coverage, ItemTerms, Period, ProductTerms, TableRow

TraceInput = Decimal | int | str | date
HUNDRED, THOUSAND = Decimal(100), Decimal(1000)


@dataclass(frozen=True, slots=True)
class RatingFacts:
    """What the price of one coverage depends on. ``sex`` and ``occupation_class`` of the insured, ``age`` in full
    years when the coverage began (for a renewed term: when that term began), the loadings 加费 from underwriting:
    ``extra_percent`` of the rate and ``extra_per_mille`` of the sum assured a year."""

    coverage: str
    sex: str
    age: int
    sum_assured: Decimal
    policy_term: Period
    payment_term: Period
    frequency: Frequency
    occupation_class: int = 1
    extra_percent: Decimal = ZERO
    extra_per_mille: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Priced:
    """An amount and how it came about (P23)."""

    amount: Decimal
    trace: Trace


def premium(terms: ProductTerms, facts: RatingFacts) -> Priced:
    """期交保险费 of one instalment (§4.1): the annual premium to the fen, times the modal factor, to the fen.

    Refuses a coverage or frequency not on offer and facts for which the table has no rate. Limits of the sum assured
    and entry ages are asked apart (``limit_refusals``), because a policy in force may lie outside today's.
    """
    coverage = _coverage(terms, facts)
    if facts.frequency not in terms.modal_factors:
        raise refuse("product_frequency_not_offered", frequency=facts.frequency)
    key, row = _row(terms, TableKind.RATE, coverage.rates, facts)
    rate, factor = row.values[0], terms.modal_factors[facts.frequency]
    units = facts.sum_assured / coverage.rates.per if coverage.rates.basis == RateBasis.SUM_ASSURED else Decimal(1)
    loaded = rate * units * (1 + facts.extra_percent / HUNDRED)
    annual = round_fen(loaded + facts.extra_per_mille * facts.sum_assured / THOUSAND)
    amount = round_fen(annual * factor)
    inputs: dict[str, TraceInput] = {
        "coverage": coverage.code,
        "sum_assured": facts.sum_assured,
        "rate": rate,
        "extra_percent": facts.extra_percent,
        "extra_per_mille": facts.extra_per_mille,
        "annual_premium": annual,
        "frequency": str(facts.frequency),
        "modal_factor": factor,
    }
    return Priced(amount, Trace("premium §4.1", amount, inputs, terms.table_version, _place("rates", key, row)))


def cash_value(
    terms: ProductTerms, facts: RatingFacts, on: date, *, start_on: date, paid_to: date | None = None
) -> Priced:
    """现金价值 at the start of the day ``on``, to the fen (§4.3).

    Between two policy anniversaries it is interpolated to the day, over the 365 or 366 days of that policy year. While
    premiums are owed it stays at the point up to which they are paid: ``paid_to`` is the first day not yet paid for;
    None, or a day at or after the end of the premium term, means nothing is owed. Zero for a coverage without a table.
    Refuses a day before ``start_on``.
    """
    if on < start_on:
        raise refuse("product_value_before_start", on=on, start_on=start_on)
    coverage = _coverage(terms, facts)
    if coverage.cash_values is None:
        return Priced(ZERO, Trace("cash value §4.3", ZERO, {"coverage": coverage.code}, terms.table_version))
    key, row = _row(terms, TableKind.CASH_VALUE, coverage.cash_values, facts)
    at = _value_day(facts, on, start_on, paid_to)
    year = full_years(start_on, at)
    before, after = _year_end(row, year), _year_end(row, year + 1)
    began, ends = add_years(start_on, year), add_years(start_on, year + 1)
    passed, days = (at - began).days, (ends - began).days
    per_unit = before + (after - before) * passed / days
    amount = round_fen(per_unit * facts.sum_assured / coverage.cash_values.per)
    inputs: dict[str, TraceInput] = {
        "coverage": coverage.code,
        "sum_assured": facts.sum_assured,
        "policy_year": year + 1,
        "value_before": before,
        "value_after": after,
        "days_passed": passed,
        "days_in_year": days,
        "valued_at": at,
    }
    return Priced(
        amount, Trace("cash value §4.3", amount, inputs, terms.table_version, _place("cash_values", key, row))
    )


def full_years(start_on: date, on: date) -> int:
    """Anniversaries 保单周年日 passed up to and including ``on``; 0 in the first policy year (T-02)."""
    years = on.year - start_on.year
    return years - (on < add_years(start_on, years))


def instalment_count(facts: RatingFacts) -> int | None:
    """How many premiums fall due over the premium term: one for a single payment, None if they are due for life."""
    if facts.payment_term.unit == SINGLE_PAYMENT:
        return 1
    years = facts.payment_term.years(facts.age)
    return None if years is None else years * 12 // MONTHS_BETWEEN_INSTALMENTS[facts.frequency]


def premium_term_ends_on(facts: RatingFacts, start_on: date) -> date | None:
    """缴费期满日: the anniversary from which no premium falls due; the start itself for a single payment; None if
    premiums are due for life."""
    return _anniversary(start_on, facts.payment_term.years(facts.age))


def policy_term_ends_on(facts: RatingFacts, start_on: date) -> date | None:
    """保险期间届满日: the anniversary at whose 00:00 cover ends; None for whole of life."""
    return _anniversary(start_on, facts.policy_term.years(facts.age))


def permitted_items(terms: ProductTerms) -> Mapping[str, ItemTerms]:
    """允许的保全项目: endorsement items by code with this product's overrides. What is not listed is not permitted."""
    return terms.endorsement_items


def limit_refusals(terms: ProductTerms, facts: RatingFacts, *, renewal: bool = False) -> Iterator[Refusal]:
    """投保规则: why these facts may not be sold, one refusal per limit; for a renewal its own age limit holds."""
    coverage = terms.coverage(facts.coverage)
    if coverage is None:
        yield Refusal("product_coverage_unknown", {"coverage": facts.coverage})
        return
    yield from _plan_refusals(coverage, facts, renewal)
    yield from _sum_assured_refusals(coverage, facts.sum_assured)
    single = facts.payment_term.unit == SINGLE_PAYMENT
    if facts.frequency not in terms.modal_factors or single != (facts.frequency == Frequency.SINGLE):
        yield Refusal("product_frequency_not_offered", {"frequency": facts.frequency})
    if facts.occupation_class > coverage.max_occupation_class:
        params = {"occupation_class": facts.occupation_class, "highest": coverage.max_occupation_class}
        yield Refusal("product_occupation_not_accepted", params)


def _plan_refusals(coverage: Coverage, facts: RatingFacts, renewal: bool) -> Iterator[Refusal]:
    plan = coverage.plan(facts.policy_term, facts.payment_term)
    if plan is None:
        params = {"policy_term": facts.policy_term, "payment_term": facts.payment_term}
        yield Refusal("product_plan_not_offered", params)
        return
    oldest = max(plan.max_age, coverage.renewable_to_age or 0) if renewal else plan.max_age
    if not plan.min_age <= facts.age <= oldest:
        ages = {"age": facts.age, "lowest": plan.min_age, "highest": oldest}
        yield Refusal("product_age_out_of_range", ages)


def _sum_assured_refusals(coverage: Coverage, sum_assured: Decimal) -> Iterator[Refusal]:
    if not coverage.min_sum_assured <= sum_assured <= coverage.max_sum_assured:
        params = {
            "sum_assured": sum_assured,
            "lowest": coverage.min_sum_assured,
            "highest": coverage.max_sum_assured,
        }
        yield Refusal("product_sum_assured_out_of_range", params)
    elif sum_assured % coverage.sum_assured_unit:
        params = {"sum_assured": sum_assured, "unit": coverage.sum_assured_unit}
        yield Refusal("product_sum_assured_not_in_units", params)


def _coverage(terms: ProductTerms, facts: RatingFacts) -> Coverage:
    coverage = terms.coverage(facts.coverage)
    if coverage is None:
        raise refuse("product_coverage_unknown", coverage=facts.coverage)
    return coverage


def _row(terms: ProductTerms, kind: TableKind, basis: Basis, facts: RatingFacts) -> tuple[str, TableRow]:
    key = tuple(str(getattr(facts, factor)) for factor in basis.factors)
    row = terms.tables[kind, facts.coverage].rows.get(key)
    if row is None:
        raise refuse("product_row_not_found", table=kind.label, key="/".join(key))
    return "/".join(key), row


def _place(table: str, key: str, row: TableRow) -> str:
    return f"{table} row {row.line} ({key})"


def _value_day(facts: RatingFacts, on: date, start_on: date, paid_to: date | None) -> date:
    paid_up_on = premium_term_ends_on(facts, start_on)
    if paid_to is None or (paid_up_on is not None and paid_to >= paid_up_on):
        return on
    return max(start_on, min(on, paid_to))


def _year_end(row: TableRow, year: int) -> Decimal:
    """The value at the end of a policy year: nothing before the first, the last one for ever after."""
    return row.values[min(year, len(row.values)) - 1] if year else ZERO


def _anniversary(start_on: date, years: int | None) -> date | None:
    return None if years is None else add_years(start_on, years)
