"""Counting periods 期间计算: T-01 the first day is not counted, T-02 months end on the corresponding day, T-03 a
customer's period ending on a day off ends on the next working day, T-04 a duty of ours never does."""

from datetime import date, timedelta

from apps.core.calendar import CountedDay, WorkCalendar
from apps.core.dates import add_months, add_years

from .clocks import Clock, Unit

WARN_SHARE = 5
"""A duty is warned of when a fifth of its length is left, one day at least."""


def last_day(clock: Clock, started_on: date, calendar: WorkCalendar, paused: int = 0) -> CountedDay:
    """期限届满日: the last day of the period, ``paused`` days of its own unit not counted."""
    end = _count(clock.unit, clock.n, started_on, calendar)
    if paused:
        end = _count(_day_unit(clock.unit), paused, end.day, calendar, provisional=end.provisional)
    if clock.customers:
        rolled = calendar.roll(end.day)
        return CountedDay(rolled.day, rolled.provisional or end.provisional)
    return end


def warn_day(clock: Clock, due_on: date, calendar: WorkCalendar) -> date:
    """预警日: by when somebody should have been told that the period is running out."""
    left = max(1, clock.n // WARN_SHARE) if clock.unit in (Unit.WORKING, Unit.NATURAL) else 1
    day = due_on
    while left:
        day -= timedelta(days=1)
        left -= clock.unit is not Unit.WORKING or calendar.is_working_day(day)
    return day


def pause_length(clock: Clock, paused_on: date, resumed_on: date, calendar: WorkCalendar) -> int:
    """How many days of the clock's unit a pause takes out: those after ``paused_on``, up to ``resumed_on`` (T-01)."""
    days = (paused_on + timedelta(days=n) for n in range(1, (resumed_on - paused_on).days + 1))
    return sum(clock.unit is not Unit.WORKING or calendar.is_working_day(day) for day in days)


def _day_unit(unit: Unit) -> Unit:
    return Unit.WORKING if unit is Unit.WORKING else Unit.NATURAL


def _count(unit: Unit, n: int, start: date, calendar: WorkCalendar, provisional: bool = False) -> CountedDay:
    match unit:
        case Unit.WORKING:
            counted = calendar.add_working_days(start, n)
            return CountedDay(counted.day, counted.provisional or provisional)
        case Unit.NATURAL:
            return CountedDay(start + timedelta(days=n), provisional)
        case Unit.MONTH:
            return CountedDay(add_months(start, n), provisional)
        case Unit.YEAR:
            return CountedDay(add_years(start, n), provisional)
