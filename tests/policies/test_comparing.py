"""Differences of contracts: complete, stable, and the same read backwards."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.policies.comparing import Difference, Kind, differences, overlap, paths
from apps.policies.terms import Beneficiary, Coverage, Life, Terms
from tests.policies.test_terms_json import amounts, days, shares

parties = st.integers(1, 5)
codes = st.sampled_from(["C1", "C1+2", "C1+3", "R1"])
lives = st.builds(Life, parties, days, st.sampled_from("012"), st.none() | st.integers(1, 6))
coverages = st.builds(
    Coverage,
    codes,
    st.sampled_from(["TERM01", "MED01"]),
    st.integers(1, 2),
    st.just("20Y"),
    st.just("20Y"),
    amounts,
    amounts,
    days,
    st.none() | days,
    st.none() | days,
    st.sampled_from([Decimal(0), Decimal(25)]),
    st.sampled_from([Decimal(0), Decimal(2)]),
)
beneficiaries = st.builds(Beneficiary, parties, shares, st.integers(1, 2), st.sampled_from(["01", "99"]))
contracts = st.builds(
    Terms,
    parties,
    st.lists(lives, max_size=3, unique_by=lambda life: life.party).map(tuple),
    st.lists(coverages, min_size=1, max_size=4, unique_by=lambda coverage: coverage.code).map(tuple),
    st.sampled_from(["annual", "monthly"]),
    st.just("CNY"),
    days,
    st.lists(beneficiaries, max_size=4, unique_by=lambda each: (each.party, each.benefit_order)).map(tuple),
    st.none() | parties,
)
BORN = date(1986, 5, 17)
MAIN = Coverage("C1", "WHOLE01", 1, "O", "20Y", Decimal(100_000), Decimal(1200), date(2024, 3, 15), None, None)
CONTRACT = Terms(12, (Life(12, BORN, "2", 1),), (MAIN,), "annual", "CNY", date(2024, 3, 15))


@given(contracts)
def test_a_contract_does_not_differ_from_itself(terms):
    assert differences(terms, terms) == ()


@given(contracts, contracts)
def test_contracts_differ_if_and_only_if_they_are_not_equal(before, after):
    assert (differences(before, after) == ()) == (before == after)


@given(contracts, contracts)
def test_what_came_one_way_went_the_other_way(before, after):
    turned = {Kind.ADDED: Kind.REMOVED, Kind.REMOVED: Kind.ADDED, Kind.CHANGED: Kind.CHANGED}
    back = {Difference(each.path, turned[each.kind], each.after, each.before) for each in differences(before, after)}
    assert set(differences(after, before)) == back


@given(contracts, contracts)
def test_every_path_is_told_once_and_always_the_same(before, after):
    found = differences(before, after)
    assert len(paths(found)) == len(found)
    assert differences(before, after) == found


@given(contracts, contracts, contracts)
def test_whether_changes_overlap_does_not_depend_on_who_is_asked_first(base, one, other):
    mine, yours = paths(differences(base, one)), paths(differences(base, other))
    assert overlap(mine, yours) == overlap(yours, mine)
    assert overlap(mine, mine) == bool(mine)


def test_a_new_premium_lies_on_its_coverage():
    [found] = differences(CONTRACT, replace(CONTRACT, coverages=(replace(MAIN, premium=Decimal(1500)),)))
    assert found == Difference("coverages[C1].premium", Kind.CHANGED, Decimal(1200), Decimal(1500))
    assert (found.thing, found.group, found.key, found.field) == ("coverages[C1]", "coverages", "C1", "premium")


def test_a_layer_comes_whole_and_leaves_the_cover_below_alone():
    layer = replace(MAIN, code="C1+2", sum_assured=Decimal(50_000), effective_on=date(2026, 3, 15))
    found = differences(CONTRACT, replace(CONTRACT, coverages=(MAIN, layer)))
    assert {each.thing for each in found} == {"coverages[C1+2]"}
    assert {each.kind for each in found} == {Kind.ADDED}
    assert {each.field: each.after for each in found}["sum_assured"] == Decimal(50_000)


def test_a_corrected_birth_date_and_a_new_beneficiary_have_their_places():
    after = replace(
        CONTRACT, lives=(Life(12, date(1985, 5, 17), "2", 1),), beneficiaries=(Beneficiary(7, Decimal(1), 1, "01"),)
    )
    assert [each.path for each in differences(CONTRACT, after)] == [
        "lives[12].born_on",
        "beneficiaries[party=7,order=1].share",
        "beneficiaries[party=7,order=1].relationship",
    ]


def test_another_main_cover_is_a_difference_though_the_covers_are_the_same():
    rider = replace(MAIN, code="R1")
    one, other = (replace(CONTRACT, coverages=each) for each in ((MAIN, rider), (rider, MAIN)))
    assert differences(one, other) == (Difference("coverages.order", Kind.CHANGED, "C1; R1", "R1; C1"),)


@pytest.mark.parametrize(
    ("one", "other", "touch"),
    [
        ("frequency", "frequency", True),
        ("frequency", "holder", False),
        ("coverages[C1].premium", "coverages[C1].sum_assured", True),
        ("coverages[C1].premium", "coverages[C1+2].premium", False),
        ("coverages.order", "coverages[C1+2].premium", True),
        ("lives[12].born_on", "lives[13].born_on", False),
        ("beneficiaries[party=7,order=1].share", "beneficiaries[party=8,order=2].share", True),
        ("beneficiaries[party=7,order=1].share", "lives[7].born_on", False),
    ],
)
def test_changes_overlap_where_they_touch_the_same_thing(one, other, touch):
    assert overlap({one}, {other}) is touch


def test_no_change_overlaps_with_nothing():
    assert not overlap(frozenset(), {"frequency"})
