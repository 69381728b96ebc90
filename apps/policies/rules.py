"""Rules of the contract 保单规则: what Terms must be, and the legal windows that follow from its dates."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from apps.core.calendar import WorkCalendar
from apps.core.dates import Frequency, add_years
from apps.core.errors import Refusal
from apps.core.money import Currency, round_fen

from .terms import Beneficiary, Coverage, Terms

WHOLE = Decimal(1)
YEARS_CONTESTABLE = 2
YEARS_SUICIDE_EXCLUDED = 2


def check_terms(terms: Terms) -> Iterator[Refusal]:
    """Everything that keeps these Terms from being a contract: one refusal per fault."""
    if not terms.lives:
        yield Refusal("terms_without_life")
    if not terms.coverages:
        yield Refusal("terms_without_coverage")
    if terms.frequency not in set(Frequency):
        yield Refusal("terms_frequency_unknown", {"frequency": terms.frequency})
    if terms.currency not in set(Currency):
        yield Refusal("terms_currency_unknown", {"currency": terms.currency})
    for party in _repeated(life.party for life in terms.lives):
        yield Refusal("terms_life_repeated", {"party": party})
    for code in _repeated(coverage.code for coverage in terms.coverages):
        yield Refusal("terms_coverage_repeated", {"coverage": code})
    for coverage in terms.coverages:
        yield from _check_coverage(coverage)
    yield from check_beneficiaries(terms.beneficiaries)


def check_beneficiaries(beneficiaries: tuple[Beneficiary, ...]) -> Iterator[Refusal]:
    """受益份额: every share is positive, nobody stands twice in one order, and each order is whole (E-05)."""
    for beneficiary in beneficiaries:
        if beneficiary.share <= 0:
            yield Refusal("beneficiary_share_not_positive", {"share": beneficiary.share})
    for party, order in _repeated((each.party, each.benefit_order) for each in beneficiaries):
        yield Refusal("beneficiary_repeated", {"party": party, "order": order})
    for order in sorted({each.benefit_order for each in beneficiaries}):
        share = sum(each.share for each in beneficiaries if each.benefit_order == order)
        if share != WHOLE:
            yield Refusal("beneficiary_shares_not_whole", {"order": order, "share": share})


def _check_coverage(coverage: Coverage) -> Iterator[Refusal]:
    where = {"coverage": coverage.code}
    if coverage.sum_assured <= 0:
        yield Refusal("coverage_sum_assured_not_positive", where)
    if coverage.premium < 0 or coverage.premium != round_fen(coverage.premium):
        yield Refusal("coverage_premium_not_an_amount", where)
    if coverage.ends_on and coverage.ends_on <= coverage.effective_on:
        yield Refusal("coverage_ends_before_it_begins", where)
    if coverage.ends_on and coverage.premium_ends_on and coverage.premium_ends_on > coverage.ends_on:
        yield Refusal("coverage_premium_outlasts_cover", where)


def _repeated(values):
    return [value for value, times in Counter(values).items() if times > 1]


def reinstatement_deadline(suspended_on: date, years: int) -> date:
    """复效期届满日: the last day on which the policy can be reinstated, by the product's years (B-06, 保险法 §37)."""
    return add_years(suspended_on, years)


def contestable_until(formed_on: date) -> date:
    """不可抗辩: from this day on the insurer may not rescind for non-disclosure; never restarted (B-08, 保险法 §16)."""
    return add_years(formed_on, YEARS_CONTESTABLE)


def suicide_excluded_until(formed_or_reinstated_on: date) -> date:
    """自杀免责: from this day on suicide is covered; restarts with reinstatement (B-08, 保险法 §44)."""
    return add_years(formed_or_reinstated_on, YEARS_SUICIDE_EXCLUDED)


def waiting_ends(effective_on: date, waiting_days: int) -> date:
    """等待期: the last day of waiting, the first day not counted (T-01)."""
    return effective_on + timedelta(days=waiting_days)


def cooling_off_ends(delivered_on: date, days: int, calendar: WorkCalendar) -> date:
    """犹豫期届满日: the last day to cancel, rolled to a working day as a customer's period (T-01, T-04, C-03)."""
    return calendar.roll(delivered_on + timedelta(days=days)).day
