"""Questions about the business day 营业日 and the close of business."""

from datetime import date

from apps.core.context import Context, job
from apps.core.errors import refuse
from apps.core.locks import only_one

from .models import BusinessDay, Run
from .states import DayStatus, RunStatus

CLOSE_LOCK = "close of business"


def business_date() -> date:
    """The open business day: the domain's only today (P30). Refuses ``no_open_day``."""
    day = BusinessDay.objects.filter(status=DayStatus.OPEN).values_list("date", flat=True).first()
    if day is None:
        raise refuse("no_open_day")
    return day


def has_begun() -> bool:
    """Whether a first business day was ever opened: the installation is in use."""
    return BusinessDay.objects.exists()


def job_context(name: str) -> Context:
    """The context of a task or command, on the open business day."""
    return job(name, business_date())


def unfinished_close() -> tuple[date, str, str] | None:
    """Through which day there is still to be closed, and which account and person asked for it, while nobody is at it.

    A process died on its way, or the message for the next day was lost.
    """
    day = BusinessDay.objects.filter(status=DayStatus.OPEN).first()
    if day is None:
        return None
    begun = Run.objects.filter(day=day.date, status=RunStatus.RUNNING).first()
    through = day.close_through or (day.date if begun else None)
    if through is None or is_closing():
        return None
    return through, day.asked_by or (begun.started_by if begun else ""), day.asked_person


def is_closing() -> bool:
    """Whether a process is closing a day at this moment."""
    with only_one(CLOSE_LOCK) as alone:
        return not alone


def current_run() -> Run | None:
    """The latest close of business, running or ended, with its steps: for the monitor."""
    return Run.objects.prefetch_related("steps").first()
