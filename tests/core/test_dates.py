import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.calendar import CountedDay, published_calendar
from apps.core.dates import (
    Frequency,
    add_months,
    add_years,
    age_last_birthday,
    due_date,
    grace_end,
    reinstatement_deadline,
    suspension_date,
)

DATA = Path(__file__).parent.parent / "data"
DUE = list(csv.DictReader((DATA / "due_grace_lapse_oracle.csv").open(encoding="utf-8")))
AGES = list(csv.DictReader((DATA / "age_oracle.csv").open(encoding="utf-8")))
days = st.dates(date(1900, 1, 1), date(2200, 12, 31))
recurring = st.sampled_from([frequency for frequency in Frequency if frequency is not Frequency.SINGLE])


@pytest.mark.parametrize("row", DUE, ids=lambda row: f"{row['effective_date']}-{row['due_date']}")
def test_due_date_grace_suspension_and_reinstatement_follow_the_worked_rows(row):
    due_on = due_date(
        date.fromisoformat(row["effective_date"]),
        Frequency(row["frequency"]),
        int(row["instalment_index_k"]),
    )
    grace = grace_end(due_on, 60)
    suspended_on = suspension_date(grace.day)
    rolled = published_calendar().roll(due_on)  # the rows leave it blank where the year is not announced
    assert {
        "due_date": due_on.isoformat(),
        "grace_first_day": (due_on + timedelta(days=1)).isoformat(),
        "grace_last_day_60d": grace.day.isoformat(),
        "suspension_effective_0h": suspended_on.isoformat(),
        "reinstatement_deadline_2y": reinstatement_deadline(suspended_on).isoformat(),
        "due_date_rolled_to_next_cn_workday": "" if rolled.provisional else rolled.day.isoformat(),
    }.items() <= row.items()


@pytest.mark.parametrize("row", AGES, ids=lambda row: f"{row['birth_date']}-{row['as_of']}")
def test_age_last_birthday_follows_the_worked_rows(row):
    born_on, on = date.fromisoformat(row["birth_date"]), date.fromisoformat(row["as_of"])
    assert age_last_birthday(born_on, on) == int(row["age_last_birthday_周岁"])


@given(days, recurring, st.integers(0, 600))
def test_anchored_due_dates_never_drift(anchor, frequency, k):
    due_on = due_date(anchor, frequency, k)
    month_end = (due_on + timedelta(days=1)).day == 1
    assert due_on.day == anchor.day or (month_end and due_on.day < anchor.day)


@given(days, recurring, st.integers(0, 600))
def test_each_instalment_falls_due_after_the_one_before(anchor, frequency, k):
    assert due_date(anchor, frequency, k) < due_date(anchor, frequency, k + 1)


def test_a_short_month_does_not_pull_later_instalments_forward():
    assert [due_date(date(2023, 1, 31), Frequency.MONTHLY, k) for k in (1, 2, 3)] == [
        date(2023, 2, 28),
        date(2023, 3, 31),
        date(2023, 4, 30),
    ]


@pytest.mark.parametrize(("frequency", "k"), [(Frequency.SINGLE, 1), (Frequency.MONTHLY, -1)])
def test_an_instalment_that_does_not_exist_has_no_due_date(frequency, k):
    with pytest.raises(ValueError):
        due_date(date(2026, 1, 1), frequency, k)


def test_a_single_premium_is_due_on_the_anchor():
    assert due_date(date(2026, 1, 31), Frequency.SINGLE, 0) == date(2026, 1, 31)


@given(days, st.integers(-600, 600), st.integers(-600, 600))
def test_months_add_up_where_no_month_end_is_cut(day, n, m):
    first = day.replace(day=1)
    assert add_months(add_months(first, n), m) == add_months(first, n + m)


def test_a_leap_day_has_its_anniversary_at_the_end_of_february():
    assert add_years(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert add_years(date(2024, 2, 29), 4) == date(2028, 2, 29)


def test_grace_stays_on_a_day_off_unless_the_product_lets_it_roll():
    due_on = date(2026, 8, 2)  # 60 days on: 1 October, the first day of the National Day week
    assert grace_end(due_on, 60) == CountedDay(date(2026, 10, 1))
    assert grace_end(due_on, 60, rolled_by=published_calendar()) == CountedDay(date(2026, 10, 8))


def test_grace_rolled_in_a_year_not_announced_is_provisional():
    assert grace_end(date(2030, 1, 1), 60, rolled_by=published_calendar()) == CountedDay(date(2030, 3, 4), True)


@given(days, st.integers(0, 150))
def test_one_is_a_year_older_from_the_birthday_on(born_on, years):
    birthday = add_years(born_on, years)
    if (birthday.month, birthday.day) == (born_on.month, born_on.day):
        assert age_last_birthday(born_on, birthday) == years
        if years:
            assert age_last_birthday(born_on, birthday - timedelta(days=1)) == years - 1


def test_there_is_no_age_before_birth():
    with pytest.raises(ValueError):
        age_last_birthday(date(2026, 1, 2), date(2026, 1, 1))
