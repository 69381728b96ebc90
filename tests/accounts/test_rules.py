"""Rules of accounts and roles."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.rules import (
    SEPARATE_ADMINISTRATORS,
    check_branch_code,
    check_persons_apart,
    check_role,
    check_username,
)

ENABLED = {"policy_clerk", *SEPARATE_ADMINISTRATORS}
PEOPLE = st.sampled_from(["li", "wang", "zhao"])
MONDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 27)


def code_of(refusal):
    return refusal and refusal.code


@pytest.mark.parametrize("code", ["86", "864401", "HQ"])
def test_a_branch_code_has_digits_and_capitals(code):
    assert check_branch_code(code) is None


@pytest.mark.parametrize("code", ["", "8", "86/44", "hq", "1234567890123"])
def test_a_branch_code_never_breaks_the_path(code):
    assert code_of(check_branch_code(code)) == "branch_code_malformed"


@pytest.mark.parametrize("username", ["Li", "l", "li na", "李娜", "-li", "li/na"])
def test_a_user_name_has_one_spelling(username):
    assert code_of(check_username(username)) == "username_malformed"


def test_a_role_not_in_use_is_refused():
    refusal = check_role("cashier", enabled=ENABLED, held=(), from_date=MONDAY, to_date=None)
    assert code_of(refusal) == "role_unknown"


def test_a_role_ends_after_it_begins():
    refusal = check_role("policy_clerk", enabled=ENABLED, held=(), from_date=FRIDAY, to_date=MONDAY)
    assert code_of(refusal) == "role_dates_reversed"


@pytest.mark.parametrize("first", sorted(SEPARATE_ADMINISTRATORS))
@pytest.mark.parametrize("second", sorted(SEPARATE_ADMINISTRATORS))
def test_the_three_administrators_are_three_persons(first, second):
    refusal = check_role(second, enabled=ENABLED, held=[first], from_date=MONDAY, to_date=None)
    assert code_of(refusal) == (None if first == second else "roles_conflict")


@pytest.mark.promise("P47")
@given(st.frozensets(PEOPLE), st.frozensets(PEOPLE))
def test_two_acts_need_two_persons_and_nobody_judges_nothing(acting, involved):
    assert (check_persons_apart(acting, involved) is None) == bool(acting and acting.isdisjoint(involved))
