"""What a contract gives the product's rules to reckon with."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from apps.core.dates import Frequency
from apps.core.errors import Refused
from apps.core.money import ZERO
from apps.policies.rating import cash_values, facts_of
from apps.policies.terms import Coverage, Life, Terms
from apps.products.rules import premium
from tests.products.samples import shipped_terms, small_terms

START, PRODUCTS = date(2020, 3, 15), shipped_terms()


def a_cover(product: str, **changed: object) -> Coverage:
    usual = Coverage("C1", product, 1, "O", "20Y", Decimal(100_000), Decimal(1200), START, None, date(2040, 3, 15))
    return replace(usual, **changed)


def a_contract(*coverages: Coverage, frequency: str = "annual", occupation_class: int | None = None) -> Terms:
    return Terms(1, (Life(1, date(1985, 3, 15), "1", occupation_class),), coverages, frequency, "CNY", START)


def values(terms: Terms, on: date, paid_to: date | None = None) -> dict[str, Decimal]:
    products = {each.code: PRODUCTS[each.product] for each in terms.coverages}
    return {code: priced.amount for code, priced in cash_values(terms, products, on, paid_to=paid_to).items()}


def test_a_cover_is_rated_by_the_first_life_as_old_as_he_was_when_it_began():
    cover = a_cover("WHOLE01")
    facts = facts_of(a_contract(cover), cover, PRODUCTS["WHOLE01"])
    assert (facts.coverage, facts.sex, facts.age, facts.occupation_class) == ("C1", "1", 35, 1)
    assert (str(facts.policy_term), str(facts.payment_term), facts.frequency) == ("O", "20Y", Frequency.ANNUAL)
    assert (facts.sum_assured, facts.annual_premium) == (Decimal(100_000), ZERO)


def test_loadings_are_part_of_the_price():
    cover = a_cover("WHOLE01", extra_percent=Decimal(25), extra_per_mille=Decimal(2))
    facts = facts_of(a_contract(cover), cover, PRODUCTS["WHOLE01"])
    assert (facts.extra_percent, facts.extra_per_mille) == (Decimal(25), Decimal(2))


def test_a_layer_is_rated_as_the_cover_it_raises_at_the_age_of_its_own_day():
    layer = a_cover("WHOLE01", code="C1+2", effective_on=date(2026, 3, 14))
    facts = facts_of(a_contract(a_cover("WHOLE01"), layer), layer, PRODUCTS["WHOLE01"])
    assert (facts.coverage, facts.age) == ("C1", 40)


@pytest.mark.parametrize("frequency", ["annual", "semi_annual", "quarterly", "monthly"])
def test_the_premium_chosen_is_the_one_that_makes_the_instalments(frequency):
    sold_by_premium = [each for each in PRODUCTS.values() if each.coverages[0].premium_limits]
    offered = [each for each in sold_by_premium if Frequency(frequency) in each.modal_factors]
    assert offered
    for product in offered:
        chosen = Decimal(10_000)
        instalment = chosen * product.modal_factors[Frequency(frequency)]
        cover = a_cover(product.code, premium=instalment)
        facts = facts_of(a_contract(cover, frequency=frequency), cover, product)
        assert facts.annual_premium == chosen
        assert premium(product, facts).amount == instalment


def test_a_frequency_the_product_does_not_know_is_refused():
    cover = a_cover("UL01")
    with pytest.raises(Refused) as refused:
        facts_of(a_contract(cover, frequency="quarterly"), cover, PRODUCTS["UL01"])
    assert refused.value.code == "product_frequency_not_offered"


def test_the_value_of_a_contract_is_that_of_vector_3():
    started, ends = date(2024, 3, 15), date(2026, 3, 15)
    cover = Coverage("C1", "SMALL01", 1, "2Y", "2Y", Decimal(1_000_000), Decimal(86_000), started, ends, ends)
    terms = Terms(1, (Life(1, date(1994, 3, 15), "1"),), (cover,), "annual", "CNY", started)
    [priced] = cash_values(terms, {"C1": small_terms()}, date(2025, 9, 1)).values()
    assert priced.amount == Decimal("23571.64")


def test_each_cover_that_stands_has_its_value_and_says_how_it_came_about():
    main, layer = a_cover("WHOLE01"), a_cover("WHOLE01", code="C1+2", effective_on=date(2024, 3, 15))
    terms, on = a_contract(main, layer), date(2026, 9, 1)
    assert values(terms, on)["C1"] > values(terms, on)["C1+2"] > 0
    assert set(values(terms, date(2023, 1, 1))) == {"C1"}
    priced = cash_values(terms, {"C1": PRODUCTS["WHOLE01"], "C1+2": PRODUCTS["WHOLE01"]}, on)["C1"]
    inputs = priced.trace.inputs
    step = (inputs["value_after"] - inputs["value_before"]) * inputs["days_passed"] / inputs["days_in_year"]
    assert round((inputs["value_before"] + step) * 100, 2) == priced.amount
    assert (inputs["days_passed"], inputs["days_in_year"]) == (170, 365)


def test_the_value_grows_by_the_day_and_stays_where_premium_is_owed():
    terms = a_contract(a_cover("WHOLE01"))
    anniversary, later = date(2026, 3, 15), date(2026, 9, 1)
    assert values(terms, later)["C1"] > values(terms, anniversary)["C1"]
    assert values(terms, later, paid_to=anniversary) == values(terms, anniversary)


def test_a_cover_that_is_over_has_no_value_any_more():
    terms = a_contract(a_cover("TERM01", policy_term="20Y", ends_on=date(2040, 3, 15)))
    assert set(values(terms, date(2040, 3, 14))) == {"C1"}
    assert values(terms, date(2040, 3, 15)) == {}
