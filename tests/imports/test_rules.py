"""Where a policy stands on the cut-over day."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.dates import Frequency, due_date
from apps.imports.rows import Beneficiary, Grace, ProductVersion, Row
from apps.imports.rules import disagreements, standing
from apps.parties.values import NewParty
from apps.policies.states import PolicyStatus, PremiumStatus
from apps.products.terms import Period
from tests.products.samples import shipped_terms

S, M = PolicyStatus, PremiumStatus
CUTOVER = date(2026, 11, 22)
HOLDER = NewParty("张三", branch_id=1, born_on=date(1980, 1, 1))
PRODUCT = ProductVersion(
    1,
    "WHOLE01",
    1,
    "C1",
    date(1995, 1, 1),
    Grace(60, rolls=False),
    frozenset(Frequency),
    shipped_terms()["WHOLE01"],
)
ROW = Row(
    number=2,
    key="P1",
    policy_number="P1",
    product=PRODUCT,
    branch=1,
    agent=None,
    currency="CNY",
    frequency=Frequency.ANNUAL,
    premium=Decimal("1000.00"),
    sum_assured=Decimal("100000.00"),
    effective_on=date(2020, 3, 15),
    policy_term=Period.parse("O"),
    payment_term=Period.parse("20Y"),
    ends_on=None,
    premium_ends_on=date(2040, 3, 15),
    paid_to=date(2027, 3, 15),
    status="",
    suspended_on=None,
    terminated_on=None,
    termination_code="",
    holder=HOLDER,
    insured=None,
    insured_relationship="",
    beneficiaries=(),
)


def stand(row: Row, *, assume_paid: bool = False):
    assert list(disagreements(row, CUTOVER, assume_paid=assume_paid)) == []
    return standing(row, CUTOVER, assume_paid=assume_paid)


def faults(row: Row, *, assume_paid: bool = False) -> list[tuple[str, str]]:
    return [(name, code) for name, code, _params in disagreements(row, CUTOVER, assume_paid=assume_paid)]


def test_a_policy_paid_beyond_the_cutover_is_paying():
    now = stand(ROW)
    assert (now.status, now.premium_status, now.owed) == (S.IN_FORCE, M.PAYING, ())


def test_a_policy_due_on_the_cutover_itself_is_paying():
    assert stand(ROW._replace(effective_on=date(2020, 11, 22), paid_to=CUTOVER)).premium_status == M.PAYING


def test_an_unpaid_policy_is_in_grace_and_owes_what_fell_due():
    row = ROW._replace(frequency=Frequency.MONTHLY, paid_to=date(2026, 10, 15))
    now = stand(row)
    assert (now.status, now.premium_status) == (S.IN_FORCE, M.GRACE)
    assert [(due.number, due.due_on) for due in now.owed] == [(80, date(2026, 10, 15)), (81, date(2026, 11, 15))]


@pytest.mark.parametrize(("days_ago", "status"), [(60, S.IN_FORCE), (61, S.SUSPENDED)])
def test_suspension_begins_the_day_after_grace(days_ago, status):
    due = CUTOVER - timedelta(days=days_ago)
    now = stand(ROW._replace(effective_on=due.replace(year=2020), paid_to=due))
    assert now.status == status
    assert now.suspended_on == (CUTOVER if status == S.SUSPENDED else None)


def test_grace_that_ends_on_a_day_off_rolls_to_a_working_day():
    due = CUTOVER - timedelta(days=61)  # its sixtieth day is a Saturday
    rolling = replace(PRODUCT, grace=Grace(60, rolls=True))
    row = ROW._replace(effective_on=due.replace(year=2020), paid_to=due, product=rolling)
    assert stand(row).status == S.IN_FORCE


def test_a_status_the_file_states_is_kept():
    due = date(2026, 3, 15)
    assert stand(ROW._replace(paid_to=due)).status == S.SUSPENDED
    assert stand(ROW._replace(paid_to=due, status=S.IN_FORCE)).premium_status == M.GRACE


def test_a_policy_that_begins_later_is_pending():
    later = ROW._replace(effective_on=date(2026, 12, 1), premium_ends_on=None)
    paid, unpaid = later._replace(paid_to=date(2027, 12, 1)), later._replace(paid_to=date(2026, 12, 1))
    assert (stand(paid).status, stand(paid).premium_status) == (S.PENDING_EFFECT, M.PAYING)
    assert stand(unpaid).premium_status == M.FIRST_DUE


def test_a_policy_paid_to_the_end_of_its_premium_term_is_paid_up():
    row = ROW._replace(effective_on=date(2000, 3, 15), premium_ends_on=date(2020, 3, 15), paid_to=date(2020, 3, 15))
    assert stand(row).premium_status == M.PAID_UP


def test_a_single_premium_owes_nothing():
    row = ROW._replace(frequency=Frequency.SINGLE, paid_to=None, premium_ends_on=ROW.effective_on)
    assert (stand(row).premium_status, stand(row).owed) == (M.SINGLE, ())


def test_an_ended_policy_keeps_its_end_and_owes_nothing():
    row = ROW._replace(status=S.TERMINATED, terminated_on=date(2024, 1, 1), termination_code="03", paid_to=None)
    assert (stand(row).status, stand(row).owed) == (S.TERMINATED, ())


@given(
    start=st.dates(date(1996, 1, 1), date(2026, 11, 1)),
    frequency=st.sampled_from([each for each in Frequency if each is not Frequency.SINGLE]),
)
def test_a_policy_assumed_paid_owes_nothing_and_is_next_due_on_or_after_the_cutover(start, frequency):
    row = ROW._replace(effective_on=start, frequency=frequency, paid_to=None, premium_ends_on=None)
    now = stand(row, assume_paid=True)
    assert now.owed == ()
    assert now.paid_to >= CUTOVER
    assert (
        now.paid_to == start
        or min(due_date(start, frequency, k) for k in range(500) if due_date(start, frequency, k) >= CUTOVER)
        == now.paid_to
    )


@given(
    start=st.dates(date(2016, 1, 1), date(2026, 8, 1)),
    frequency=st.sampled_from([each for each in Frequency if each is not Frequency.SINGLE]),
    paid=st.integers(0, 130),
)
def test_nothing_due_on_or_after_the_cutover_is_owed(start, frequency, paid):
    paid_to = due_date(start, frequency, paid)
    now = stand(ROW._replace(effective_on=start, frequency=frequency, paid_to=paid_to, premium_ends_on=None))
    assert all(paid_to <= due.due_on < CUTOVER for due in now.owed)
    assert bool(now.owed) == (paid_to < CUTOVER)
    assert (now.status == S.SUSPENDED) == (paid_to + timedelta(days=60) < CUTOVER)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"ends_on": date(2020, 3, 15), "premium_ends_on": None}, ("ends_on", "import_before_start")),
        ({"paid_to": date(2019, 3, 15)}, ("paid_to", "import_before_start")),
        ({"paid_to": date(2026, 3, 16)}, ("paid_to", "import_not_a_due_date")),
        ({"paid_to": date(2041, 3, 15)}, ("paid_to", "import_paid_beyond_end")),
        ({"paid_to": None}, ("paid_to", "import_value_missing")),
        (
            {"premium_ends_on": date(2040, 3, 15), "ends_on": date(2030, 3, 15)},
            ("premium_ends_on", "import_premium_outlasts_cover"),
        ),
        ({"status": S.TERMINATED, "termination_code": "03"}, ("terminated_on", "import_end_unexplained")),
        ({"status": S.TERMINATED, "terminated_on": date(2024, 1, 1)}, ("termination_code", "import_end_unexplained")),
        ({"terminated_on": date(2024, 1, 1)}, ("terminated_on", "import_not_ended")),
        (
            {"status": S.TERMINATED, "terminated_on": date(2026, 11, 23), "termination_code": "03"},
            ("terminated_on", "import_after_cutover"),
        ),
        ({"status": S.PENDING_EFFECT}, ("status", "import_in_effect_already")),
        ({"suspended_on": date(2026, 5, 15)}, ("suspended_on", "import_not_suspended")),
        ({"status": S.SUSPENDED}, ("suspended_on", "import_value_missing")),
        (
            {"status": S.SUSPENDED, "paid_to": date(2026, 3, 15), "suspended_on": date(2026, 3, 15)},
            ("suspended_on", "import_suspended_before_due"),
        ),
        (
            {"ends_on": date(2026, 11, 22), "premium_ends_on": None, "paid_to": date(2026, 3, 15)},
            ("ends_on", "import_past_its_end"),
        ),
        (
            {
                "beneficiaries": (
                    Beneficiary(HOLDER, "01", Decimal("0.6"), 1),
                    Beneficiary(HOLDER, "03", Decimal("0.5"), 1),
                )
            },
            ("beneficiary1_share", "beneficiary_shares_not_whole"),
        ),
    ],
)
def test_a_row_that_contradicts_itself_is_named_by_its_field(changes, fault):
    assert faults(ROW._replace(**changes)) == [fault]
