"""When instalments fall due, how long grace lasts, and what money covers."""

import csv
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.billing import rules
from apps.billing.rules import Due, Money, Owed, Schedule
from apps.core.calendar import WorkCalendar, published_calendar
from apps.core.dates import Frequency, due_date, grace_end

ORACLE = Path(__file__).parent.parent / "data" / "due_grace_lapse_oracle.csv"
ANNUAL = Schedule(date(2024, 2, 29), Frequency.ANNUAL, date(2034, 2, 28))
days = st.dates(date(1990, 1, 1), date(2060, 12, 31))
regular = st.sampled_from([each for each in Frequency if each is not Frequency.SINGLE])


def test_due_dates_and_grace_agree_with_the_reference_vectors():
    with ORACLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            anchor, k = date.fromisoformat(row["effective_date"]), int(row["instalment_index_k"])
            schedule, due_on = Schedule(anchor, Frequency(row["frequency"]), None), date.fromisoformat(row["due_date"])
            assert rules.next_due(schedule, due_on) == Due(k + 1, due_on)
            last = rules.grace_ends_on(due_on, 60, False)
            assert (last, last + timedelta(days=1)) == (
                date.fromisoformat(row["grace_last_day_60d"]),
                date.fromisoformat(row["suspension_effective_0h"]),
            )


@given(days, regular, days)
def test_the_next_instalment_is_the_first_on_or_after_the_day(anchor, frequency, day):
    due = rules.next_due(Schedule(anchor, frequency, None), day)
    assert due.due_on >= day
    assert due.due_on == due_date(anchor, frequency, due.number - 1)
    assert due.number == 1 or due_date(anchor, frequency, due.number - 2) < day


def test_no_instalment_falls_due_when_premiums_have_ended():
    assert rules.next_due(ANNUAL, date(2033, 2, 28)) == Due(10, date(2033, 2, 28))
    assert rules.next_due(ANNUAL, date(2033, 3, 1)) is None


def test_a_single_premium_has_no_instalment_to_come():
    assert rules.next_due(replace(ANNUAL, frequency=Frequency.SINGLE), ANNUAL.anchor) is None


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, Due(1, date(2024, 2, 29))),
        ({"paid_to": date(2026, 2, 28)}, Due(3, date(2026, 2, 28))),
        ({"paid_to": date(2026, 2, 28), "cutover_on": date(2028, 6, 1)}, Due(6, date(2029, 2, 28))),
        ({"last_number": 3, "last_due": date(2026, 2, 28)}, Due(4, date(2027, 2, 28))),
        ({"last_number": 30, "last_due": date(2026, 2, 28)}, Due(31, date(2027, 2, 28))),
        ({"last_number": 4, "last_due": None, "paid_to": date(2027, 2, 28)}, Due(5, date(2027, 2, 28))),
        ({"paid_to": date(2034, 2, 28)}, None),
    ],
)
def test_the_next_instalment_follows_what_is_paid_taken_over_or_planned(known, expected):
    assert rules.following(ANNUAL, **{"paid_to": None, "cutover_on": None, **known}) == expected


def test_grace_that_ends_on_a_day_off_rolls_to_the_next_working_day_if_the_product_says_so():
    assert rules.grace_ends_on(date(2026, 8, 3), 60, False) == date(2026, 10, 2)
    assert rules.grace_ends_on(date(2026, 8, 3), 60, True) == date(2026, 10, 8)
    assert rules.grace_ends_on(date(2026, 8, 3), 60, True, WorkCalendar()) == date(2026, 10, 2)


@given(days, st.integers(0, 90))
def test_grace_by_the_product_is_grace_by_the_calendar(due_on, length):
    assert rules.grace_ends_on(due_on, length, True) == grace_end(due_on, length, published_calendar()).day


@pytest.mark.parametrize(
    ("demanded_on", "expected"),
    [(date(2026, 3, 1), date(2026, 4, 30)), (date(2026, 4, 20), date(2026, 5, 20))],
)
def test_a_demand_leaves_thirty_days_and_never_less_than_before(demanded_on, expected):
    assert rules.grace_after_demand(date(2026, 4, 30), demanded_on, False) == expected


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ((-30, -15, 0), date(2026, 1, 29)),
        ((-60, -45), date(2026, 1, 14)),
        ((), None),
    ],
)
def test_premium_owed_again_has_the_next_reminder_to_come_or_the_last_if_all_have_passed(stages, expected):
    assert rules.next_reminder(stages, date(2026, 3, 1), date(2026, 1, 25)) == expected


@pytest.mark.parametrize(("stages", "expected"), [((-30, -15, 0), date(2026, 1, 29)), ((), None)])
def test_the_reminders_of_a_bill_begin_with_the_first_stage_however_late_it_is(stages, expected):
    assert rules.first_reminder(stages, date(2026, 3, 1)) == expected


def owed(number: int, amount: str = "100.00") -> Owed:
    due_on = date(2026, number, 1)
    return Owed(number, Decimal(amount), due_on, due_on + timedelta(days=60))


def money(number: int, amount: str, value_on: date = date(2026, 1, 15)) -> Money:
    return Money(number, Decimal(amount), value_on)


def parts(uses: list[rules.Use]) -> list[tuple[int, int, str]]:
    return [(use.receipt_id, use.debt_id, str(use.amount)) for use in uses]


def test_money_pays_the_oldest_instalment_first_and_only_in_whole():
    assert parts(rules.cover([owed(2), owed(1)], [money(7, "150.00")])) == [(7, 1, "100.00")]


def test_an_instalment_may_be_paid_by_several_receipts():
    uses = rules.cover([owed(1), owed(2)], [money(8, "120.00", date(2026, 1, 20)), money(7, "90.00")])
    assert parts(uses) == [(7, 1, "90.00"), (8, 1, "10.00"), (8, 2, "100.00")]


def test_too_little_money_pays_nothing_even_if_a_younger_instalment_were_smaller():
    assert rules.cover([owed(1), owed(2, "40.00")], [money(7, "50.00")]) == []


def test_money_paid_after_grace_does_not_pay():
    last_day = owed(1).grace_ends_on
    assert parts(rules.cover([owed(1)], [money(7, "100.00", last_day)])) == [(7, 1, "100.00")]
    assert rules.cover([owed(1)], [money(7, "100.00", last_day + timedelta(days=1))]) == []


debts = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 500)), max_size=6, unique_by=lambda each: each[0])
purses = st.lists(st.tuples(st.integers(1, 900), st.integers(0, 200)), max_size=6)


@given(debts, purses)
def test_money_is_used_once_and_instalments_are_paid_whole_in_order(debt_list, purse_list):
    due = [replace(owed(month), amount=Decimal(fen) / 100) for month, fen in debt_list]
    purse = [
        Money(key, Decimal(fen) / 100, date(2026, 1, 1) + timedelta(days=after))
        for key, (fen, after) in enumerate(purse_list)
    ]
    uses = rules.cover(due, purse)
    for each in purse:
        assert sum(use.amount for use in uses if use.receipt_id == each.receipt_id) <= each.amount
    paid = {use.debt_id for use in uses}
    for debt in due:
        used = [use for use in uses if use.debt_id == debt.debt_id]
        assert sum(use.amount for use in used) in (Decimal(0), debt.amount)
        assert all(use.amount > 0 and rules.in_time(use.value_on, debt.grace_ends_on) for use in used)
    oldest_first = sorted(due, key=lambda each: each.due_on)
    assert paid == {debt.debt_id for debt in oldest_first[: len(paid)]}


def asked(number: int, amount: str) -> Owed:
    return Owed(number, Decimal(amount), date(2026, 1, number), date.max)


def test_a_receipt_of_exactly_an_extra_premium_is_for_that_one():
    extra = [asked(2, "70.00"), asked(1, "70.00"), asked(3, "30.00")]
    purse = [money(8, "70.00"), money(7, "30.00"), money(9, "71.00")]
    assert parts(rules.exactly(extra, purse)) == [(8, 1, "70.00"), (7, 3, "30.00")]


TODAY = date(2026, 3, 1)


def test_cover_is_paid_before_changes_and_changes_before_what_is_due_later():
    premium, extra = rules.share_out([owed(2), owed(4)], [asked(9, "50.00")], [money(7, "160.00")], TODAY)
    assert (parts(premium), parts(extra)) == ([(7, 2, "100.00")], [(7, 9, "50.00")])


def test_no_change_is_paid_while_what_is_due_cannot_be():
    assert rules.share_out([owed(2)], [asked(9, "50.00")], [money(7, "99.00")], TODAY) == ([], [])


def test_a_change_too_dear_keeps_no_money_from_what_is_due_later():
    premium, extra = rules.share_out([owed(4)], [asked(8, "500.00"), asked(9, "50.00")], [money(7, "160.00")], TODAY)
    assert (parts(premium), parts(extra)) == ([(7, 4, "100.00")], [(7, 9, "50.00")])


@given(debts, debts, purses)
def test_no_money_is_shared_out_twice_and_every_debt_is_met_whole_or_not_at_all(debt_list, extra_list, purse_list):
    due = [replace(owed(month), amount=Decimal(fen) / 100) for month, fen in debt_list]
    extra = [asked(day, str(Decimal(fen) / 100)) for day, fen in extra_list]
    purse = [Money(key, Decimal(fen) / 100, date(2026, 1, 1)) for key, (fen, _) in enumerate(purse_list)]
    meant = rules.exactly(extra, purse)
    open_extra = [debt for debt in extra if debt.debt_id not in {use.debt_id for use in meant}]
    premium, changes = rules.share_out(due, open_extra, rules.left_of(purse, meant), TODAY)
    used = [*meant, *premium, *changes]
    for each in purse:
        assert sum(use.amount for use in used if use.receipt_id == each.receipt_id) <= each.amount
    for owed_ones, uses in ((due, premium), (extra, [*meant, *changes])):
        for debt in owed_ones:
            assert sum(use.amount for use in uses if use.debt_id == debt.debt_id) in (Decimal(0), debt.amount)
    assert sum(each.amount for each in rules.left_of(purse, used)) == sum(each.amount for each in purse) - sum(
        use.amount for use in used
    )


@pytest.mark.parametrize(
    ("put_off", "day"),
    [
        ([], date(2026, 2, 1)),
        ([date(2026, 3, 3)], date(2026, 3, 3)),
        ([date(2026, 2, 20), date(2026, 3, 1)], date(2026, 3, 1)),
        ([date(2026, 3, 4), date(2026, 1, 1)], date(2026, 2, 1)),
    ],
)
def test_a_bill_waits_for_the_change_that_takes_effect_by_its_due_date(put_off, day):
    assert rules.billing_day(date(2026, 3, 3), 30, put_off) == day


@pytest.mark.parametrize(
    ("frequency", "due_on", "until"),
    [
        (Frequency.MONTHLY, date(2026, 2, 28), date(2026, 3, 31)),
        (Frequency.QUARTERLY, date(2026, 1, 31), date(2026, 4, 30)),
        (Frequency.ANNUAL, date(2027, 1, 31), date(2028, 1, 31)),
    ],
)
def test_a_period_ends_with_the_next_due_date_even_if_it_is_the_last(frequency, due_on, until):
    schedule = Schedule(date(2026, 1, 31), frequency, date(2027, 2, 1))
    assert rules.period_end(schedule, due_on) == until


@pytest.mark.parametrize(
    ("situation", "code"),
    [
        ({}, "money_waits_too_little"),
        ({"owed": []}, "money_waits_next_bill"),
        ({"owed": [], "extra": [owed(1)]}, "money_waits_for_change"),
        ({"extra": [owed(1)]}, "money_waits_too_little"),
        ({"value_on": date(2026, 3, 3)}, "money_waits_paid_late"),
        ({"suspended": True}, "money_waits_policy_suspended"),
        ({"barred": True, "suspended": True}, "money_waits_premium_barred"),
        ({"ended": True, "barred": True}, "money_waits_policy_ended"),
    ],
)
def test_money_that_waits_says_why(situation, code):
    plain = {
        "owed": [owed(1)],
        "extra": [],
        "value_on": date(2026, 1, 1),
        "ended": False,
        "suspended": False,
        "barred": False,
        **situation,
    }
    assert rules.why_waiting(Decimal("5.00"), **plain).code == code
    assert rules.why_waiting(Decimal("0.00"), **plain) is None


@pytest.mark.parametrize(
    ("value_on", "code"),
    [
        (date(2026, 11, 23), "value_date_in_future"),
        (date(2025, 11, 20), "value_date_too_old"),
        (date(2026, 11, 22), None),
        (date(2025, 11, 21), None),
    ],
)
def test_money_is_paid_neither_in_the_future_nor_long_ago(value_on, code):
    refusal = rules.check_value_date(value_on, date(2026, 11, 22))
    assert (refusal and refusal.code) == code
