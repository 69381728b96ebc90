"""Riders stand beside the main cover: what attaches to what, for how long, and for how much."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.audit.models import Event
from apps.core.dates import MONTHS_BETWEEN_INSTALMENTS, Frequency, add_years
from apps.core.errors import SENTENCES, Refused
from apps.policies import rules, selectors, services
from apps.policies.models import Policy, PolicyCoverage
from apps.policies.terms import Coverage, Terms
from apps.products.features import Waiver
from apps.products.states import WaivedPremiums
from tests.factories import a_branch, some_terms
from tests.products.samples import shipped_terms

SHIPPED = shipped_terms()
BEGINS = date(2024, 3, 15)


def cover(product: str, years: int | None, paid: int, premium: str, sum_assured: str) -> Coverage:
    return Coverage(
        code=SHIPPED[product].coverages[0].code,
        product=product,
        version=1,
        policy_term="O" if years is None else f"{years}Y",
        payment_term=f"{paid}Y",
        sum_assured=Decimal(sum_assured),
        premium=Decimal(premium),
        effective_on=BEGINS,
        ends_on=None if years is None else add_years(BEGINS, years),
        premium_ends_on=add_years(BEGINS, paid),
    )


ENDOWMENT = cover("ENDOW01", 20, 10, "5000.00", "50000")
HOSPITAL = cover("HOSP01", 20, 10, "60.00", "100")
WAIVER = cover("WAIVER01", 10, 10, "80.00", "5000.00")


def refused(main: Coverage, *riders: Coverage, frequency: str = "annual") -> list[tuple[str, str]]:
    terms = Terms(1, (), (main, *riders), frequency, "CNY", BEGINS)
    found = list(rules.check_riders(terms, {each.code: SHIPPED[each.product] for each in terms.coverages}))
    assert all(refusal.code in SENTENCES and str(refusal) for refusal in found)
    return [(refusal.code, refusal.params["coverage"]) for refusal in found]


def test_riders_that_go_with_their_main_cover_are_taken():
    assert refused(ENDOWMENT) == []
    assert refused(ENDOWMENT, HOSPITAL, WAIVER) == []


@pytest.mark.parametrize(
    ("main", "rider", "expected"),
    [
        (HOSPITAL, None, "rider_without_main"),
        (cover("WHOLE01", None, 10, "1", "1"), HOSPITAL, "rider_not_attachable"),
        (ENDOWMENT, cover("TERM01", 10, 10, "1", "1"), None),
        (ENDOWMENT, replace(HOSPITAL, effective_on=date(2024, 3, 14)), "rider_begins_before_main"),
        (ENDOWMENT, replace(HOSPITAL, premium_ends_on=date(2033, 3, 15)), "rider_premium_term_differs"),
        (ENDOWMENT, replace(HOSPITAL, ends_on=date(2040, 3, 15)), "rider_ends_before_main"),
        (ENDOWMENT, replace(WAIVER, sum_assured=Decimal("4999.99")), "waiver_sum_assured_differs"),
    ],
)
def test_what_does_not_go_together_is_refused_by_name(main, rider, expected):
    if expected is None:  # both are called C1: refused as a repetition before anything else is asked
        terms = Terms(1, (), (main, rider), "annual", "CNY", BEGINS)
        assert "terms_coverage_repeated" in [refusal.code for refusal in rules.check_terms(terms)]
        return
    found = refused(main, rider) if rider else refused(main)
    assert expected in [code for code, _coverage in found]


@pytest.mark.parametrize("ends_on", [date(2044, 3, 16), None])
def test_a_rider_never_covers_longer_than_its_main(ends_on):
    assert ("rider_outlasts_main", "HOSP") in refused(ENDOWMENT, replace(HOSPITAL, ends_on=ends_on))


@given(st.sampled_from(list(MONTHS_BETWEEN_INSTALMENTS)), st.decimals(1, 100_000, places=2))
def test_a_waiver_is_for_the_premiums_of_a_year_and_never_for_its_own(frequency: Frequency, premium: Decimal):
    covers = (replace(ENDOWMENT, premium=premium), HOSPITAL, WAIVER)
    terms = Terms(1, (), covers, frequency, "CNY", BEGINS)
    times = 12 // MONTHS_BETWEEN_INSTALMENTS[frequency]
    main = rules.waived_premium(terms, "WAIVER", Waiver(WaivedPremiums.MAIN))
    everything = rules.waived_premium(terms, "WAIVER", Waiver(WaivedPremiums.POLICY))
    assert main == premium * times
    assert everything == (premium + HOSPITAL.premium) * times


@pytest.mark.django_db
class TestIssue:
    @pytest.fixture
    def terms(self, ctx) -> Terms:
        usual = some_terms(product="WHOLE01", effective_on=BEGINS)
        main = replace(usual.main, premium=Decimal("3000.00"), sum_assured=Decimal("100000.00"))
        waiver = replace(cover("WAIVER01", 20, 20, "45.00", "3000.00"), premium_ends_on=main.premium_ends_on)
        return replace(usual, coverages=(main, waiver))

    def test_a_policy_costs_what_its_covers_cost_together(self, ctx, terms):
        policy = services.issue(ctx, number="P-R1", terms=terms, branch_id=a_branch().pk)
        assert policy.premium == Decimal("3045.00")
        assert policy.sum_assured == Decimal("100000.00")
        rows = PolicyCoverage.objects.filter(policy=policy).order_by("code")
        assert [(row.code, row.product, row.premium) for row in rows] == [
            ("C1", "WHOLE01", Decimal("3000.00")),
            ("WAIVER", "WAIVER01", Decimal("45.00")),
        ]
        assert selectors.terms_on(policy.pk, BEGINS) == terms

    def test_a_rider_that_does_not_fit_leaves_no_policy_behind(self, ctx, terms):
        wrong = replace(terms.coverages[1], sum_assured=Decimal("1.00"))
        before = Policy.objects.count(), Event.objects.count()
        with pytest.raises(Refused) as refusal:
            services.issue(
                ctx,
                number="P-R2",
                terms=replace(terms, coverages=(terms.main, wrong)),
                branch_id=a_branch().pk,
            )
        assert refusal.value.code == "waiver_sum_assured_differs"
        assert (Policy.objects.count(), Event.objects.count()) == before
