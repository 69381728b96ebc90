"""Rules of the contract 保单规则: what Terms must be, and the legal windows that follow from its dates."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from apps.core.calendar import WorkCalendar
from apps.core.dates import MONTHS_BETWEEN_INSTALMENTS, Frequency, add_years
from apps.core.errors import Refusal
from apps.core.money import Currency, round_fen
from apps.products.consistency import HEALTH
from apps.products.features import Waiver
from apps.products.states import WaivedPremiums
from apps.products.terms import ProductTerms

from .terms import Beneficiary, Coverage, Terms

WHOLE = Decimal(1)
MONTHS_IN_A_YEAR = 12
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


def check_riders(terms: Terms, products: Mapping[str, ProductTerms]) -> Iterator[Refusal]:
    """附加险规则 (PK-18): what keeps the riders from standing beside the main cover, one refusal per fault.

    ``products`` are the product terms of each coverage, by its code. A rider attaches to its main product, is paid for
    as long as it and covers no longer; a health rider without guaranteed renewal covers as long as it (健康险办法 §43,
    N-21), a waiver for as much a year as the premiums it waives.
    """
    main = terms.main
    riders = [each for each in terms.coverages[1:] if not each.is_layer]
    if products[main.code].is_rider:
        yield Refusal("rider_without_main", {"coverage": main.code})
    for rider in riders:
        product = products[rider.code]
        if rider.product != main.product and main.product not in product.attachable_to:
            yield Refusal("rider_not_attachable", {"coverage": rider.code, "main": main.product})
            continue
        yield from _rider_dates(main, rider, product)
        yield from _waived(terms, rider, product)


def _rider_dates(main: Coverage, rider: Coverage, product: ProductTerms) -> Iterator[Refusal]:
    where = {"coverage": rider.code}
    if rider.effective_on < main.effective_on:
        yield Refusal("rider_begins_before_main", where)
    if main.ends_on and (rider.ends_on is None or rider.ends_on > main.ends_on):
        yield Refusal("rider_outlasts_main", where)
    if rider.premium_ends_on != main.premium_ends_on:
        yield Refusal("rider_premium_term_differs", where)
    part = product.coverage(rider.code)
    guaranteed = part is not None and part.guaranteed_renewal_years is not None
    if product.line in HEALTH and not guaranteed and rider.ends_on != main.ends_on:
        yield Refusal("rider_ends_before_main", where)


def _waived(terms: Terms, rider: Coverage, product: ProductTerms) -> Iterator[Refusal]:
    part = product.coverage(rider.code)
    if part is None or part.waiver is None:
        return
    expected = waived_premium(terms, rider.code, part.waiver)
    if rider.sum_assured != expected:
        yield Refusal("waiver_sum_assured_differs", {"coverage": rider.code, "expected": expected})


def waived_premium(terms: Terms, code: str, waiver: Waiver) -> Decimal:
    """豁免保险费保额: what the premiums that this rider waives come to in a year; its own is never among them."""
    months = MONTHS_BETWEEN_INSTALMENTS.get(Frequency(terms.frequency))
    main = terms.main.part
    others = [each for each in terms.coverages if waiver.premiums != WaivedPremiums.MAIN or each.part == main]
    premium = sum((each.premium for each in others if each.code != code), Decimal("0.00"))
    return premium * (MONTHS_IN_A_YEAR // months) if months else premium


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
