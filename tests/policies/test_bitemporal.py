"""The contract in two times: on any day, as known on any day, the reading is what the versions written by then say."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core import clock
from apps.core.errors import NotFound
from apps.policies import selectors
from apps.policies.bitemporal import cash_values_on, contract_on, products_of, span_of
from apps.policies.models import Policy, PolicyVersion
from apps.policies.terms_json import to_json
from tests.conftest import TODAY
from tests.factories import a_policy, a_product_version

pytestmark = pytest.mark.django_db
FIRST = date(2024, 3, 15)
BEGAN = datetime(2024, 3, 15, 2, tzinfo=UTC)
revisions = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5)), max_size=8)


def recorded(policy: Policy, revised: list[tuple[int, int]]) -> list[PolicyVersion]:
    """Versions as a replay leaves them: each from a day on, written some hours after the one before."""
    terms = selectors.terms_on(policy.pk, TODAY)
    moment, versions = BEGAN, []
    for number, (days, hours) in enumerate([(0, 0), *revised], start=1):
        moment += timedelta(hours=hours * 9)
        main = replace(terms.main, premium=Decimal(1000 + number))
        versions.append(
            PolicyVersion(
                policy=policy,
                number=100 + number,
                effective_on=FIRST + timedelta(days=days),
                recorded_at=moment,
                terms=to_json(replace(terms, coverages=(main,))),
            )
        )
    return PolicyVersion.objects.bulk_create(versions)


@pytest.fixture
def policy() -> Policy:
    return a_policy(effective_on=FIRST)


@pytest.mark.promise("P18")
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(revised=revisions)
def test_at_every_cut_the_reading_is_what_the_versions_written_by_then_say(policy, revised):
    versions = recorded(Policy.objects.get(pk=a_fresh(policy)), revised)
    for cut in {version.effective_on for version in versions}:
        for known in {clock.office_day(version.recorded_at) for version in versions}:
            for on in (cut, cut + timedelta(days=1)):
                told = [
                    each for each in versions if each.effective_on <= on and clock.office_day(each.recorded_at) <= known
                ]
                version, terms = contract_on(versions[0].policy_id, on, known)
                assert version == told[-1]
                assert to_json(terms) == told[-1].terms
                assert (version, terms) == selectors.version_on(version.policy_id, on, known_at=clock.end_of_day(known))


def a_fresh(policy: Policy) -> int:
    """Another policy for each history: versions cannot be taken back."""
    return a_policy(effective_on=FIRST).pk if PolicyVersion.objects.filter(policy=policy).count() > 1 else policy.pk


def test_a_day_is_known_until_midnight_of_the_office():
    assert clock.end_of_day(date(2026, 3, 3)) == datetime(2026, 3, 3, 15, 59, 59, 999999, tzinfo=UTC)
    assert clock.office_day(datetime(2026, 3, 3, 16, tzinfo=UTC)) == date(2026, 3, 4)


def test_nothing_was_known_before_the_first_version_was_written(policy):
    with pytest.raises(NotFound):
        contract_on(policy.pk, TODAY, date(2020, 1, 1))


def test_the_days_one_may_ask_for_reach_from_the_first_day_to_the_end_of_the_contract(policy):
    span = span_of(policy, TODAY)
    assert (span.first, span.last, span.cuts) == (FIRST, TODAY, (FIRST,))
    assert span.since == clock.office_day(policy.versions.get().recorded_at)
    limited = a_policy(effective_on=FIRST, years=30)
    assert span_of(limited, TODAY).last == limited.ends_on


def test_the_products_of_all_coverages_are_found_in_one_query(policy, django_assert_max_num_queries):
    terms = selectors.terms_on(policy.pk, TODAY)
    both = replace(terms, coverages=(terms.main, replace(terms.main, code="C1+2")))
    products_of(both)
    with django_assert_max_num_queries(1):
        assert set(products_of(both)) == {"C1", "C1+2"}


def test_a_coverage_without_a_table_of_values_has_none_and_one_with_a_table_says_how(policy):
    terms = selectors.terms_on(policy.pk, TODAY)
    assert cash_values_on(policy, terms, TODAY) == {}
    a_product_version("WHOLE01")
    whole = a_policy(product="WHOLE01", effective_on=FIRST, premium="3000.00")
    priced = cash_values_on(whole, selectors.terms_on(whole.pk, TODAY), TODAY)["C1"]
    assert priced.amount > 0
    assert priced.trace.table_version.startswith("WHOLE01 v")
