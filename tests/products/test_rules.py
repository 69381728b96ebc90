from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.dates import MONTHS_BETWEEN_INSTALMENTS, Frequency, add_years, due_date
from apps.core.errors import Refused
from apps.core.money import round_fen
from apps.products import rules
from apps.products.terms import Period, ProductTerms

from .samples import START, facts, shipped_terms, small_terms

SMALL = small_terms()
SHIPPED = shipped_terms()
WHOLE = SHIPPED["WHOLE01"]
DAYS = st.dates(date(1995, 1, 1), date(2040, 12, 31))
REGULAR = [frequency for frequency in Frequency if frequency is not Frequency.SINGLE]


@st.composite
def sold(draw, codes=tuple(SHIPPED)):
    """Terms of a shipped product, and facts it may be sold on."""
    terms: ProductTerms = SHIPPED[draw(st.sampled_from(codes))]
    coverage = terms.coverages[0]
    plan = draw(st.sampled_from(coverage.plans))
    single = plan.payment_term.unit == "S"
    frequencies = [f for f in terms.modal_factors if (f is Frequency.SINGLE) == single]
    units = draw(st.integers(1, int(coverage.max_sum_assured // coverage.sum_assured_unit)))
    asked = facts(
        coverage=coverage.code,
        sex=draw(st.sampled_from(["1", "2"])),
        age=draw(st.integers(plan.min_age, plan.max_age)),
        sum_assured=max(units * coverage.sum_assured_unit, coverage.min_sum_assured),
        policy_term=plan.policy_term,
        payment_term=plan.payment_term,
        frequency=draw(st.sampled_from(frequencies)),
    )
    if (limits := coverage.premium_limits) is None:
        return terms, asked
    asked = replace(
        asked,
        annual_premium=limits.lowest
        + limits.unit * draw(st.integers(0, int((limits.highest - limits.lowest) // limits.unit))),
    )
    return terms, replace(asked, sum_assured=rules.sum_assured(terms, asked).amount)


VALUED = tuple(code for code, terms in SHIPPED.items() if terms.coverages[0].cash_values)


def test_a_monthly_premium_is_the_annual_one_times_the_factor_vector_1():
    priced = rules.premium(SMALL, facts(frequency=Frequency.MONTHLY))
    assert priced.amount == Decimal("774.00")


@pytest.mark.promise("P23")
def test_a_premium_explains_itself():
    trace = rules.premium(SMALL, facts(frequency=Frequency.MONTHLY)).trace.as_json()
    assert trace["table_row"] == "rates row 3 (1/30)"
    assert trace["table_version"] == "SMALL01 v0"
    assert trace["inputs"]["rate"] == "86"
    assert trace["inputs"]["annual_premium"] == "8600.00"
    assert trace["inputs"]["modal_factor"] == "0.09"
    assert trace["result"] == "774.00"


def test_loadings_raise_the_annual_premium_before_it_is_split():
    loaded = facts(extra_percent=Decimal(50), extra_per_mille=Decimal(2))
    assert rules.premium(SMALL, loaded).amount == Decimal("13100.00")
    assert rules.premium(SMALL, replace(loaded, frequency=Frequency.MONTHLY)).amount == Decimal("1179.00")


def test_a_rate_per_life_ignores_the_sum_assured():
    annual = Period.parse("1Y")
    one, two = (
        rules.premium(
            SHIPPED["MED01"], facts(policy_term=annual, payment_term=annual, sum_assured=Decimal(sum_assured))
        )
        for sum_assured in (1_000_000, 2_000_000)
    )
    assert one.amount == two.amount == Decimal("260.00")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"coverage": "C9"}, "product_coverage_unknown"),
        ({"frequency": Frequency.QUARTERLY}, "product_frequency_not_offered"),
        ({"age": 33}, "product_row_not_found"),
        ({"sex": "0"}, "product_row_not_found"),
    ],
)
def test_a_premium_that_the_tables_cannot_give_is_refused(changed, code):
    with pytest.raises(Refused) as refused:
        rules.premium(SMALL, facts(**changed))
    assert refused.value.code == code
    assert code not in str(refused.value)


@given(sold())
def test_every_premium_on_offer_is_positive_and_the_modal_part_of_the_annual_one(case):
    terms, asked = case
    priced = rules.premium(terms, asked)
    annual = priced.trace.inputs["annual_premium"]
    assert priced.amount > 0
    assert priced.amount == round_fen(annual * terms.modal_factors[asked.frequency])


@given(sold())
def test_paying_in_parts_never_costs_less_than_paying_once_a_year(case):
    terms, asked = case
    if asked.frequency is Frequency.SINGLE:
        return
    priced = rules.premium(terms, asked)
    a_year = priced.amount * (12 // MONTHS_BETWEEN_INSTALMENTS[asked.frequency])
    assert a_year >= priced.trace.inputs["annual_premium"]


@given(sold(), st.integers(1, 10))
def test_more_cover_never_costs_less(case, more):
    terms, asked = case
    bigger = replace(asked, sum_assured=asked.sum_assured + 1000 * more)
    assert rules.premium(terms, bigger).amount >= rules.premium(terms, asked).amount


def test_cash_value_is_interpolated_to_the_day_vector_3():
    priced = rules.cash_value(SMALL, facts(sum_assured=Decimal(1_000_000)), date(2025, 9, 1), start_on=START)
    assert priced.amount == Decimal("23571.64")
    assert (priced.trace.inputs["days_passed"], priced.trace.inputs["days_in_year"]) == (170, 365)


def test_cash_value_begins_at_nothing_and_stays_at_the_end():
    values = [
        rules.cash_value(SMALL, facts(), on, start_on=START).amount
        for on in (START, date(2025, 3, 15), date(2026, 3, 15), date(2040, 1, 1))
    ]
    assert values == [Decimal("0.00"), Decimal("2135.00"), Decimal("2612.00"), Decimal("2612.00")]


def test_cash_value_waits_where_premiums_were_last_paid_to():
    owed = date(2025, 3, 15)
    in_grace = rules.cash_value(SMALL, facts(), date(2025, 5, 1), start_on=START, paid_to=owed)
    assert in_grace.amount == Decimal("2135.00")
    assert in_grace.trace.inputs["valued_at"] == owed


def test_cash_value_runs_on_when_nothing_more_is_owed():
    paid_up = rules.cash_value(SMALL, facts(), date(2027, 1, 1), start_on=START, paid_to=date(2026, 3, 15))
    assert paid_up.amount == Decimal("2612.00")


def test_there_is_no_cash_value_before_the_coverage_begins():
    with pytest.raises(Refused) as refused:
        rules.cash_value(SMALL, facts(), date(2024, 3, 14), start_on=START)
    assert refused.value.code == "product_value_before_start"


def test_medical_cover_has_no_cash_value():
    annual = Period.parse("1Y")
    asked = facts(policy_term=annual, payment_term=annual)
    assert rules.cash_value(SHIPPED["MED01"], asked, START + timedelta(days=100), start_on=START).amount == 0


@given(sold(("WHOLE01", "TERM01")), DAYS, st.integers(0, 25), st.integers(0, 365), st.integers(0, 30))
def test_cash_value_moves_one_way_between_two_anniversaries(case, start, year, day, later):
    terms, asked = case
    began, ends = add_years(start, year), add_years(start, year + 1)
    first = min(began + timedelta(days=day), ends)
    points = [began, first, min(first + timedelta(days=later), ends), ends]
    values = [rules.cash_value(terms, asked, on, start_on=start).amount for on in points]
    assert values in (sorted(values), sorted(values, reverse=True))


@given(sold(("WHOLE01",)), DAYS, st.integers(0, 20_000))
def test_whole_life_value_never_falls_and_never_passes_the_sum_assured(case, start, days):
    terms, asked = case
    on = start + timedelta(days=days)
    today, tomorrow = (rules.cash_value(terms, asked, day, start_on=start).amount for day in (on, on + timedelta(1)))
    assert 0 <= today <= tomorrow <= asked.sum_assured


@given(sold(VALUED), DAYS, DAYS)
def test_cash_value_with_premiums_owed_is_the_value_of_the_day_paid_to(case, start, on):
    terms, asked = case
    paid_to = min(max(start, on), add_years(start, 1))
    later = paid_to + timedelta(days=40)
    if (ends := rules.premium_term_ends_on(asked, start)) is not None and paid_to >= ends:
        return
    owing = rules.cash_value(terms, asked, later, start_on=start, paid_to=paid_to)
    assert owing.amount == rules.cash_value(terms, asked, paid_to, start_on=start).amount


@given(DAYS, st.integers(0, 40_000))
def test_full_years_count_the_anniversaries_passed(start, days):
    on = start + timedelta(days=days)
    years = rules.full_years(start, on)
    assert add_years(start, years) <= on < add_years(start, years + 1)


@pytest.mark.parametrize(
    ("payment_term", "frequency", "count"),
    [
        ("20Y", "annual", 20),
        ("20Y", "monthly", 240),
        ("S", "single", 1),
        ("60A", "quarterly", 120),
        ("O", "annual", None),
    ],
)
def test_instalments_fill_the_premium_term(payment_term, frequency, count):
    asked = facts(payment_term=Period.parse(payment_term), frequency=Frequency(frequency))
    assert rules.instalment_count(asked) == count


@given(DAYS, st.integers(1, 30), st.sampled_from(REGULAR))
def test_the_last_instalment_falls_due_before_the_premium_term_ends(start, years, frequency):
    asked = facts(payment_term=Period("Y", years), frequency=frequency)
    count, ends = rules.instalment_count(asked), rules.premium_term_ends_on(asked, start)
    assert due_date(start, frequency, count - 1) < ends == due_date(start, frequency, count)


def test_terms_to_an_age_end_on_the_anniversary_after_that_birthday():
    asked = facts(age=30, policy_term=Period.parse("70A"), payment_term=Period.parse("20Y"))
    assert rules.policy_term_ends_on(asked, START) == date(2064, 3, 15)
    assert rules.premium_term_ends_on(asked, START) == date(2044, 3, 15)


def test_whole_of_life_never_ends_and_a_single_payment_ends_at_once():
    asked = facts(policy_term=Period.parse("O"), payment_term=Period.parse("S"))
    assert rules.policy_term_ends_on(asked, START) is None
    assert rules.premium_term_ends_on(asked, START) == START


def test_a_term_begun_on_a_leap_day_ends_on_the_last_of_february():
    assert rules.policy_term_ends_on(facts(), date(2024, 2, 29)) == date(2026, 2, 28)


@given(sold())
def test_what_is_on_offer_breaks_no_limit(case):
    assert list(rules.limit_refusals(*case)) == []


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({"coverage": "C9"}, ["product_coverage_unknown"]),
        ({"age": 29}, ["product_age_out_of_range"]),
        ({"age": 33}, ["product_age_out_of_range"]),
        ({"policy_term": Period.parse("3Y")}, ["product_plan_not_offered"]),
        ({"sum_assured": Decimal(9_999)}, ["product_sum_assured_out_of_range"]),
        ({"sum_assured": Decimal(1_010_000)}, ["product_sum_assured_out_of_range"]),
        ({"sum_assured": Decimal(15_000)}, ["product_sum_assured_not_in_units"]),
        ({"frequency": Frequency.QUARTERLY}, ["product_frequency_not_offered"]),
        ({"frequency": Frequency.SINGLE}, ["product_frequency_not_offered"]),
        ({"occupation_class": 5}, ["product_occupation_not_accepted"]),
        ({"age": 40, "occupation_class": 6}, ["product_age_out_of_range", "product_occupation_not_accepted"]),
    ],
)
def test_every_limit_broken_is_named_in_a_sentence(changed, codes):
    refusals = list(rules.limit_refusals(SMALL, facts(**changed)))
    assert [refusal.code for refusal in refusals] == codes
    assert all(str(refusal) != refusal.code for refusal in refusals)


def test_a_renewal_may_be_older_than_a_new_customer():
    annual = Period.parse("1Y")
    asked = facts(age=75, policy_term=annual, payment_term=annual, sum_assured=Decimal(1_000_000))
    sold_new = [refusal.code for refusal in rules.limit_refusals(SHIPPED["MED01"], asked)]
    assert sold_new == ["product_age_out_of_range"]
    assert list(rules.limit_refusals(SHIPPED["MED01"], asked, renewal=True)) == []
    assert rules.premium(SHIPPED["MED01"], asked).amount > 0


def test_only_listed_items_are_permitted_with_their_overrides():
    items = rules.permitted_items(SMALL)
    assert set(items) == {"SURRENDER", "REINSTATEMENT"}
    assert items["SURRENDER"].documents is None
    assert items["REINSTATEMENT"].documents == ("health_declaration",)
    assert items["REINSTATEMENT"].limits == {"max_age": Decimal(60)}
    assert items["REINSTATEMENT"].window.to_day == 900
