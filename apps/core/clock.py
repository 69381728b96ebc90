"""The only place that reads the wall clock. The domain's "today" is the business date of a Context (P30)."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

OFFICE_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """This moment, aware, in UTC."""
    return timezone.now()


def office_now() -> datetime:
    """This moment on the office's wall: for quiet hours (P07) and screens."""
    return now().astimezone(OFFICE_ZONE)


def office_day(moment: datetime) -> date:
    """The day a moment lies in, on the office's wall."""
    return moment.astimezone(OFFICE_ZONE).date()


def end_of_day(day: date) -> datetime:
    """The last moment of a day on the office's wall: what was known on that day was recorded by then."""
    return datetime.combine(day, time.min, OFFICE_ZONE) + timedelta(days=1, microseconds=-1)
