import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.calendar import AnnouncedYear, CountedDay, WorkCalendar, published_calendar

DATA = Path(__file__).parent.parent / "data"
DEADLINES = list(csv.DictReader((DATA / "working_day_deadline_oracle.csv").open(encoding="utf-8")))
WORKING_DAYS = {2004: 252, 2008: 251, 2012: 249, 2019: 250, 2020: 249, 2024: 251, 2025: 248, 2026: 248}
CALENDAR = published_calendar()
days = st.dates(date(2004, 1, 1), date(2028, 12, 31))


def test_working_day_deadlines_follow_the_worked_rows():
    wrong = [
        row
        for row in DEADLINES
        if CALENDAR.add_working_days(date.fromisoformat(row["start_date"]), int(row["n"])).day
        != date.fromisoformat(row["deadline_n_working_days_excl_start"])
    ]
    assert wrong == []


@pytest.mark.parametrize(("year", "working_days"), WORKING_DAYS.items())
def test_the_published_years_have_their_number_of_working_days(year, working_days):
    every_day = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    assert sum(CALENDAR.is_working_day(day) for day in every_day if day.year == year) == working_days


def test_the_product_ships_every_announcement_from_2004_to_2026():
    assert set(CALENDAR.years) == set(range(2004, 2027))


def test_a_make_up_saturday_is_worked_and_a_holiday_monday_is_not():
    assert CALENDAR.is_working_day(date(2026, 2, 14))
    assert not CALENDAR.is_working_day(date(2026, 2, 23))


def test_counting_over_the_spring_festival_uses_the_make_up_days():
    assert CALENDAR.add_working_days(date(2026, 2, 13), 2) == CountedDay(date(2026, 2, 24))


@given(days, st.integers(1, 40))
def test_a_deadline_is_a_working_day_with_n_of_them_since_the_start(start, n):
    end = CALENDAR.add_working_days(start, n).day
    between = (start + timedelta(days=k) for k in range(1, (end - start).days + 1))
    assert CALENDAR.is_working_day(end)
    assert sum(map(CALENDAR.is_working_day, between)) == n


@given(days)
def test_rolling_moves_only_days_off(day):
    assert (CALENDAR.roll(day).day == day) is CALENDAR.is_working_day(day)


def test_a_year_not_announced_counts_weekends_and_says_so():
    assert not CALENDAR.is_announced(2027)
    assert CALENDAR.next_working_day(date(2027, 9, 30)) == CountedDay(date(2027, 10, 1), provisional=True)


def test_a_count_that_crosses_into_a_year_not_announced_is_provisional():
    assert CALENDAR.add_working_days(date(2026, 12, 30), 1) == CountedDay(date(2026, 12, 31))
    assert CALENDAR.add_working_days(date(2026, 12, 30), 2) == CountedDay(date(2027, 1, 1), provisional=True)


def test_an_announcement_replaces_the_fallback():
    announced = WorkCalendar({**CALENDAR.years, 2027: AnnouncedYear(holidays={date(2027, 1, 1): "元旦"})})
    assert announced.next_working_day(date(2026, 12, 31)) == CountedDay(date(2027, 1, 4))


def test_working_days_are_not_counted_backward():
    with pytest.raises(ValueError):
        CALENDAR.add_working_days(date(2026, 1, 5), -1)
