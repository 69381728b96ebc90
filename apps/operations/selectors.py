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


def abandoned_close() -> date | None:
    """The day whose close was begun by a process that is no longer there."""
    day = Run.objects.filter(status=RunStatus.RUNNING).values_list("day", flat=True).first()
    return None if day is None or is_closing() else day


def is_closing() -> bool:
    """Whether a process is closing a day at this moment."""
    with only_one(CLOSE_LOCK) as alone:
        return not alone


def current_run() -> Run | None:
    """The latest close of business, running or ended, with its steps: for the monitor."""
    return Run.objects.prefetch_related("steps").first()
