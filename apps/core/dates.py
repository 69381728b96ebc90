"""Periods of days, months and years, as the Civil Code counts them (T-01 … T-04, 民法典 §201–204).

Dates are whole days of the business calendar; what takes effect on a day does so at its first instant, 00:00.
"""

from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum

from apps.core.calendar import CountedDay, WorkCalendar


class Frequency(StrEnum):
    """缴费频率: how often a premium falls due."""

    SINGLE = "single"
    ANNUAL = "annual"
    SEMI_ANNUAL = "semi_annual"
    QUARTERLY = "quarterly"
    MONTHLY = "monthly"


MONTHS_BETWEEN_INSTALMENTS = {
    Frequency.ANNUAL: 12,
    Frequency.SEMI_ANNUAL: 6,
    Frequency.QUARTERLY: 3,
    Frequency.MONTHLY: 1,
}


def add_months(day: date, n: int) -> date:
    """The corresponding day n months on, or the last of that month if it has none (T-02, 民法典 §202)."""
    years, month = divmod(day.month - 1 + n, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def add_years(day: date, n: int) -> date:
    """The corresponding day n years on; 29 February becomes 28 in a common year (T-02)."""
    return add_months(day, 12 * n)


def due_date(anchor: date, frequency: Frequency, k: int) -> date:
    """缴费对应日: when instalment k falls due; k = 0 is the first premium, due on the anchor itself.

    Always counted from the anchor and never from the instalment before, so that a short month does not pull
    the following ones forward (T-02). A single premium has only instalment 0.
    """
    if k < 0 or (k and frequency is Frequency.SINGLE):
        raise ValueError(f"a {frequency} premium has no instalment {k}")
    return add_months(anchor, MONTHS_BETWEEN_INSTALMENTS[frequency] * k) if k else anchor


def grace_end(due_on: date, days: int, rolled_by: WorkCalendar | None = None) -> CountedDay:
    """宽限期届满日: the last day of grace, natural days counted from the day after the due date (B-03, T-01).

    With a calendar, a last day that is a day off moves to the next working day (T-03, T-04); without one it
    stays.
    """
    last = due_on + timedelta(days=days)
    return rolled_by.roll(last) if rolled_by else CountedDay(last)


def suspension_date(last_grace_day: date) -> date:
    """效力中止日: cover is suspended from 00:00 of the day after grace (B-03)."""
    return last_grace_day + timedelta(days=1)


def reinstatement_deadline(suspended_on: date, years: int = 2) -> date:
    """复效期届满日: the last day on which the policy can be reinstated (B-06, 保险法 §37)."""
    return add_years(suspended_on, years)


def age_last_birthday(born_on: date, on: date) -> int:
    """周岁: full years lived. A person born on 29 February is a year older on 1 March of a common year.

    Refuses a day before the birth.
    """
    if on < born_on:
        raise ValueError("there is no age before birth")
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))
