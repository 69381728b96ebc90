"""What Terms must be, and the windows that follow from a contract's dates."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from apps.core.calendar import WorkCalendar, published_calendar
from apps.core.errors import SENTENCES
from apps.policies import rules
from apps.policies.terms import Beneficiary, Coverage, Life, Terms

BEGINS = date(2024, 3, 15)
COVERAGE = Coverage(
    code="C1",
    product="WHOLE01",
    version=1,
    policy_term="30Y",
    payment_term="20Y",
    sum_assured=Decimal("100000.00"),
    premium=Decimal("1200.00"),
    effective_on=BEGINS,
    ends_on=date(2054, 3, 15),
    premium_ends_on=date(2044, 3, 15),
)
TERMS = Terms(
    holder=1,
    lives=(Life(1, date(1986, 5, 17), "2"),),
    coverages=(COVERAGE,),
    frequency="annual",
    currency="CNY",
    effective_on=BEGINS,
)


def codes(terms: Terms) -> list[str]:
    return [refusal.code for refusal in rules.check_terms(terms)]


def heirs(*shares: str, order: int = 1) -> tuple[Beneficiary, ...]:
    return tuple(Beneficiary(party, Decimal(share), order) for party, share in enumerate(shares, 10))


def test_a_whole_contract_has_no_fault():
    assert codes(TERMS) == []
    assert codes(replace(TERMS, beneficiaries=heirs("0.5", "0.5") + heirs("1", order=2))) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lives": ()}, "terms_without_life"),
        ({"lives": TERMS.lives * 2}, "terms_life_repeated"),
        ({"coverages": ()}, "terms_without_coverage"),
        ({"coverages": (COVERAGE, COVERAGE)}, "terms_coverage_repeated"),
        ({"frequency": "weekly"}, "terms_frequency_unknown"),
        ({"currency": "DEM"}, "terms_currency_unknown"),
    ],
)
def test_each_fault_of_a_contract_is_named(change, code):
    assert codes(replace(TERMS, **change)) == [code]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sum_assured": Decimal(0)}, "coverage_sum_assured_not_positive"),
        ({"premium": Decimal("-1")}, "coverage_premium_not_an_amount"),
        ({"premium": Decimal("0.005")}, "coverage_premium_not_an_amount"),
        ({"ends_on": BEGINS, "premium_ends_on": BEGINS}, "coverage_ends_before_it_begins"),
        ({"premium_ends_on": date(2054, 3, 16)}, "coverage_premium_outlasts_cover"),
    ],
)
def test_each_fault_of_a_coverage_is_named(change, code):
    assert codes(replace(TERMS, coverages=(replace(COVERAGE, **change),))) == [code]


@pytest.mark.parametrize(
    ("beneficiaries", "code"),
    [
        (heirs("0.5", "0.4"), "beneficiary_shares_not_whole"),
        (heirs("0.333333", "0.333333", "0.333333"), "beneficiary_shares_not_whole"),
        (heirs("1") + heirs("0.9", order=2), "beneficiary_shares_not_whole"),
        (heirs("1", "0"), "beneficiary_share_not_positive"),
        (heirs("0.5") + heirs("0.5"), "beneficiary_repeated"),
    ],
)
def test_each_fault_of_the_beneficiaries_is_named(beneficiaries, code):
    assert codes(replace(TERMS, beneficiaries=beneficiaries)) == [code]


def test_all_faults_are_told_at_once():
    assert codes(replace(TERMS, lives=(), currency="DEM", beneficiaries=heirs("0.5"))) == [
        "terms_without_life",
        "terms_currency_unknown",
        "beneficiary_shares_not_whole",
    ]


def test_the_premium_is_the_sum_over_the_coverages():
    rider = replace(COVERAGE, code="C2", premium=Decimal("80.50"))
    assert replace(TERMS, coverages=(COVERAGE, rider)).premium == Decimal("1280.50")


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (rules.reinstatement_deadline(date(2024, 2, 29), 2), date(2026, 2, 28)),
        (rules.contestable_until(date(2024, 2, 29)), date(2026, 2, 28)),
        (rules.suicide_excluded_until(BEGINS), date(2026, 3, 15)),
        (rules.waiting_ends(BEGINS, 90), date(2024, 6, 13)),
        (rules.cooling_off_ends(date(2026, 9, 18), 15, WorkCalendar()), date(2026, 10, 5)),
        (rules.cooling_off_ends(date(2026, 9, 18), 15, published_calendar()), date(2026, 10, 8)),
    ],
)
def test_legal_windows_end_on_the_corresponding_day(window, expected):
    assert window == expected


def test_every_refusal_of_the_rules_has_a_sentence():
    broken = replace(TERMS, lives=(), coverages=(), frequency="x", currency="x", beneficiaries=heirs("0", "2"))
    assert all(refusal.code in SENTENCES for refusal in rules.check_terms(broken))
