"""Counting periods: T-01 … T-07."""

import csv
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.calendar import WorkCalendar, published_calendar
from apps.deadlines import rules
from apps.deadlines.clocks import CLOCKS, Unit

CALENDAR = published_calendar()
NOTICE = CLOCKS["LAPSE_NOTICE"]
PAYOUT = CLOCKS["SURRENDER_PAY"]
ORACLE = Path(__file__).parent.parent / "data" / "working_day_deadline_oracle.csv"
days = st.dates(date(2020, 1, 1), date(2026, 6, 30))


def last(clock, start, **more):
    return rules.last_day(clock, start, CALENDAR, **more)


def test_the_first_day_is_not_counted():
    """T-01: ten natural days from the 1st end on the 11th."""
    assert last(replace(PAYOUT, n=10), date(2026, 3, 1)).day == date(2026, 3, 11)


def test_working_days_skip_the_spring_festival_and_count_the_saturdays_worked_for_it():
    """T-06."""
    assert last(replace(NOTICE, n=6), date(2026, 2, 13)).day == date(2026, 2, 28)


def test_a_duty_that_ends_on_a_holiday_ends_on_the_holiday():
    """T-04: our own periods are never extended; 2026-10-01 is the National Day."""
    assert last(replace(PAYOUT, n=10), date(2026, 9, 21)).day == date(2026, 10, 1)


def test_a_customers_period_that_ends_on_a_holiday_ends_after_it():
    """T-03: the National Day holiday lasts until 2026-10-07."""
    assert last(replace(CLOCKS["COOLING_OFF"], n=10), date(2026, 9, 21)).day == date(2026, 10, 8)


def test_months_and_years_end_on_the_corresponding_day():
    """T-02."""
    assert last(CLOCKS["RISK_PROFILE_VALID"], date(2024, 2, 29)).day == date(2025, 2, 28)
    assert last(CLOCKS["CONTESTABLE"], date(2024, 2, 29)).day == date(2026, 2, 28)


def test_a_year_not_announced_makes_the_day_provisional():
    assert last(NOTICE, date(2026, 12, 28)).provisional
    assert not last(NOTICE, date(2026, 11, 2)).provisional


def test_natural_days_need_no_calendar():
    assert not rules.last_day(PAYOUT, date(2031, 1, 1), WorkCalendar()).provisional


def test_the_oracle_of_working_days_agrees():
    with ORACLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    counted = [last(replace(NOTICE, n=int(row["n"])), date.fromisoformat(row["start_date"])).day for row in rows]
    expected = [date.fromisoformat(row["deadline_n_working_days_excl_start"]) for row in rows]
    assert rows
    assert counted == expected


@given(start=days, n=st.integers(1, 40), unit=st.sampled_from([Unit.WORKING, Unit.NATURAL]))
def test_the_warning_lies_within_the_period_and_leaves_time(start, n, unit):
    clock = replace(NOTICE, n=n, unit=unit)
    due = last(clock, start).day
    warned = rules.warn_day(clock, due, CALENDAR)
    assert warned < due
    left = due - warned if unit is Unit.NATURAL else timedelta(days=1)
    assert left >= timedelta(days=1)


@given(
    start=days,
    n=st.integers(1, 30),
    pauses=st.lists(st.tuples(st.integers(0, 10), st.integers(0, 20)), max_size=3),
    unit=st.sampled_from([Unit.WORKING, Unit.NATURAL]),
)
def test_paused_days_are_taken_out_exactly(start, n, pauses, unit):
    """Against counting on the fingers: a day counts if it is of the unit and not within a pause."""
    clock = replace(NOTICE, n=n, unit=unit)
    day, paused, taken_out = start, 0, set()
    for gap, length in pauses:
        begin = day + timedelta(days=gap)
        if begin >= last(clock, start, paused=paused).day:
            break
        day = begin + timedelta(days=length)
        paused += rules.pause_length(clock, begin, day, CALENDAR)
        taken_out |= {begin + timedelta(days=i) for i in range(1, length + 1)}
    assert last(clock, start, paused=paused).day == _on_the_fingers(start, n, taken_out, unit)


def _on_the_fingers(start, n, taken_out, unit):
    day = start
    while n:
        day += timedelta(days=1)
        n -= day not in taken_out and (unit is Unit.NATURAL or CALENDAR.is_working_day(day))
    return day


@pytest.mark.parametrize(("unit", "days"), [(Unit.NATURAL, 7), (Unit.WORKING, 5)])
def test_a_pause_of_a_week_is_counted_in_the_unit_of_the_clock(unit, days):
    clock = replace(NOTICE, unit=unit)
    assert rules.pause_length(clock, date(2026, 3, 2), date(2026, 3, 9), CALENDAR) == days
