"""Rating 费率与现金价值: premiums, cash values and periods of one coverage. Pure; exact to the fen.

Sources: value-maths §4.1 (premium), §4.3 (cash value), T-02 (corresponding days).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.core.dates import MONTHS_BETWEEN_INSTALMENTS, Frequency, add_years
from apps.core.errors import refuse
from apps.core.money import ZERO, Trace, round_fen
from apps.products.states import RateBasis, TableKind
from apps.products.terms import Basis, Coverage, ProductTerms, TableRow
from apps.products.values import SINGLE_PAYMENT, Period

Inputs = dict[str, Decimal | int | str | date]
HUNDRED, THOUSAND = Decimal(100), Decimal(1000)


@dataclass(frozen=True, slots=True)
class RatingFacts:
    """What the price of one coverage depends on. ``sex`` and ``occupation_class`` of the insured, ``age`` in full
    years when the coverage began (for a renewed term: when that term began), the loadings 加费 from underwriting:
    ``extra_percent`` of the rate and ``extra_per_mille`` of the sum assured a year. ``annual_premium`` (or the single
    one) is chosen by the holder where a product is sold by premium; elsewhere it is computed, and left out here."""

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
    annual_premium: Decimal = ZERO


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
    coverage = coverage_of(terms, facts)
    if facts.frequency not in terms.modal_factors:
        raise refuse("product_frequency_not_offered", frequency=facts.frequency)
    factor = terms.modal_factors[facts.frequency]
    annual, inputs, place = _annual_premium(terms, coverage, facts)
    amount = round_fen(annual * factor)
    inputs |= {"annual_premium": annual, "frequency": str(facts.frequency), "modal_factor": factor}
    return Priced(amount, Trace("premium §4.1", amount, inputs, terms.table_version, place))


def _annual_premium(terms: ProductTerms, coverage: Coverage, facts: RatingFacts) -> tuple[Decimal, Inputs, str]:
    """The yearly (or single) premium, what it was computed from, and the row of the table if there was one."""
    inputs: Inputs = {"coverage": coverage.code, "sum_assured": facts.sum_assured}
    if coverage.premium_limits is not None:
        if facts.annual_premium <= 0:
            raise refuse("product_premium_not_chosen")
        return round_fen(facts.annual_premium), inputs, ""
    key, row = row_of(terms, TableKind.RATE, coverage.rates, facts)
    rate = row.values[0]
    loaded = rate * _units(coverage.rates, facts) * (1 + facts.extra_percent / HUNDRED)
    annual = round_fen(loaded + facts.extra_per_mille * facts.sum_assured / THOUSAND)
    inputs |= {"rate": rate, "extra_percent": facts.extra_percent, "extra_per_mille": facts.extra_per_mille}
    return annual, inputs, place_of("rates", key, row)


def sum_assured(terms: ProductTerms, facts: RatingFacts) -> Priced:
    """基本保险金额: what the chosen premium buys where a product is sold by premium; its table tells how much
    per unit of premium. Elsewhere it is the sum assured that was chosen.

    Refuses as ``premium`` does.
    """
    coverage = coverage_of(terms, facts)
    inputs: Inputs = {"coverage": coverage.code}
    if coverage.rates.basis != RateBasis.PREMIUM:
        return Priced(facts.sum_assured, Trace("sum assured", facts.sum_assured, inputs, terms.table_version))
    if facts.annual_premium <= 0:
        raise refuse("product_premium_not_chosen")
    key, row = row_of(terms, TableKind.RATE, coverage.rates, facts)
    amount = round_fen(row.values[0] * _units(coverage.rates, facts))
    inputs |= {"annual_premium": facts.annual_premium, "rate": row.values[0]}
    return Priced(amount, Trace("sum assured", amount, inputs, terms.table_version, place_of("rates", key, row)))


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
    coverage = coverage_of(terms, facts)
    if coverage.short_term_loading is not None:
        return _unearned_value(terms, facts, coverage.short_term_loading, on, start_on, paid_to)
    if coverage.cash_values is None:
        return Priced(ZERO, Trace("cash value §4.3", ZERO, {"coverage": coverage.code}, terms.table_version))
    key, row = row_of(terms, TableKind.CASH_VALUE, coverage.cash_values, facts)
    at = _value_day(facts, on, start_on, paid_to)
    year = full_years(start_on, at)
    before, after = _year_end(row, year), _year_end(row, year + 1)
    began, ends = add_years(start_on, year), add_years(start_on, year + 1)
    passed, days = (at - began).days, (ends - began).days
    per_unit = before + (after - before) * passed / days
    amount = round_fen(per_unit * _units(coverage.cash_values, facts))
    inputs: Inputs = {
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
        amount, Trace("cash value §4.3", amount, inputs, terms.table_version, place_of("cash_values", key, row))
    )


def _unearned_value(
    terms: ProductTerms, facts: RatingFacts, loading: Decimal, on: date, start_on: date, paid_to: date | None
) -> Priced:
    """Cash value of a cover of a year: the net premium of the days paid for and still to come, a part of a day counted
    as a day gone (意外险办法 §5)."""
    annual, inputs, place = _annual_premium(terms, coverage_of(terms, facts), facts)
    ends_on = policy_term_ends_on(facts, start_on)
    assert ends_on is not None  # as the product's consistency demands
    covered_to = min(ends_on, paid_to or ends_on)
    days, left = (ends_on - start_on).days, max((covered_to - on).days, 0)
    amount = round_fen(annual * (1 - loading) * left / days)
    inputs |= {"annual_premium": annual, "loading": loading, "days_left": left, "days_of_term": days}
    return Priced(amount, Trace("cash value §4.3 short-term", amount, inputs, terms.table_version, place))


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


def coverage_of(terms: ProductTerms, facts: RatingFacts) -> Coverage:
    """The coverage the facts are about. Refuses one the product does not have."""
    coverage = terms.coverage(facts.coverage)
    if coverage is None:
        raise refuse("product_coverage_unknown", coverage=facts.coverage)
    return coverage


def row_of(terms: ProductTerms, kind: TableKind, basis: Basis, facts: RatingFacts) -> tuple[str, TableRow]:
    """The row of a table that these facts find, with its key. Refuses facts for which there is none."""
    key = tuple(str(getattr(facts, factor)) for factor in basis.factors)
    row = terms.tables[kind, facts.coverage].rows.get(key)
    if row is None:
        raise refuse("product_row_not_found", table=kind.label, key="/".join(key))
    return "/".join(key), row


def place_of(table: str, key: str, row: TableRow) -> str:
    """How a trace names a row."""
    return f"{table} row {row.line} ({key})"


def _units(basis: Basis, facts: RatingFacts) -> Decimal:
    """How many times a value of the table applies."""
    match basis.basis:
        case RateBasis.LIFE:
            return Decimal(1)
        case RateBasis.PREMIUM:
            return facts.annual_premium / basis.per
    return facts.sum_assured / basis.per


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
