"""Work calendar 工作日历 (T-06): weekends, statutory holidays and make-up working days 调休.

The State Council announces one year at a time, late in the year before. A year not announced is counted by
weekends alone, and whatever was counted through it says so: it is *provisional* and may move when the year
is announced.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path

PUBLISHED = Path(__file__).parent / "data" / "calendar_cn.csv"
ONE_DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class AnnouncedYear:
    """One year as announced: days off with their names, and weekend days that are worked instead."""

    holidays: Mapping[date, str] = field(default_factory=dict)
    makeup_days: Mapping[date, str] = field(default_factory=dict)


WEEKENDS_ONLY = AnnouncedYear()


@dataclass(frozen=True)
class CountedDay:
    """A day found by counting. ``provisional`` if a year on the way is not announced yet."""

    day: date
    provisional: bool = False


@dataclass(frozen=True)
class WorkCalendar:
    """What is a working day. A value: another calendar is ``WorkCalendar({**this.years, 2027: year})``."""

    years: Mapping[int, AnnouncedYear] = field(default_factory=dict)

    def is_announced(self, year: int) -> bool:
        return year in self.years

    def is_working_day(self, day: date) -> bool:
        year = self.years.get(day.year, WEEKENDS_ONLY)
        if day.weekday() < SATURDAY:
            return day not in year.holidays
        return day in year.makeup_days

    def add_working_days(self, start: date, n: int) -> CountedDay:
        """The n-th working day after ``start``, which is not counted itself (T-01); for n = 0 the start."""
        if n < 0:
            raise ValueError("working days are counted forward")
        day = start
        while n:
            day += ONE_DAY
            n -= self.is_working_day(day)
        return self._counted(start, day)

    def next_working_day(self, day: date) -> CountedDay:
        """The first working day after ``day``."""
        return self.add_working_days(day, 1)

    def roll(self, day: date) -> CountedDay:
        """``day`` itself if it is worked, else the next working day (T-03, 民法典 §203).

        For a customer's periods only; an insurer's duty is never extended by it (T-04).
        """
        return self._counted(day, day) if self.is_working_day(day) else self.next_working_day(day)

    def _counted(self, start: date, end: date) -> CountedDay:
        first = (start + ONE_DAY if start < end else start).year
        return CountedDay(end, not all(self.is_announced(year) for year in range(first, end.year + 1)))


@cache
def published_calendar() -> WorkCalendar:
    """The announcements shipped with the product, for China, 2004–2026."""
    years: dict[int, tuple[dict[date, str], dict[date, str]]] = {}
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["date"])
            holidays, makeup_days = years.setdefault(day.year, ({}, {}))
            days = {"holiday": holidays, "makeup_workday": makeup_days}[row["kind"]]
            days[day] = row["name"]
    return WorkCalendar({year: AnnouncedYear(*days) for year, days in years.items()})
