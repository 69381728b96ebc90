"""The only place that reads the wall clock. The domain's "today" is the business date of a Context (P30)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

OFFICE_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """This moment, aware, in UTC."""
    return timezone.now()


def office_now() -> datetime:
    """This moment on the office's wall: for quiet hours (P07) and screens."""
    return now().astimezone(OFFICE_ZONE)
