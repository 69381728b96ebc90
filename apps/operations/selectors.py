"""Questions about the business day 营业日 and the close of business."""

from datetime import date

from apps.core.context import Context, job
from apps.core.errors import refuse

from .models import BusinessDay
from .states import DayStatus


def business_date() -> date:
    """The open business day: the domain's only today (P30). Refuses ``no_open_day``."""
    day = BusinessDay.objects.filter(status=DayStatus.OPEN).values_list("date", flat=True).first()
    if day is None:
        raise refuse("no_open_day")
    return day


def job_context(name: str) -> Context:
    """The context of a task or command, on the open business day."""
    return job(name, business_date())
