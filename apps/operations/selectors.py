"""Questions about the business day 营业日 and the close of business."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Min

from apps.core.context import Context, job
from apps.core.errors import refuse
from apps.core.locks import is_held

from .models import Agenda, BusinessDay, Quarantine, Run
from .states import DayStatus, RunStatus

CLOSE_LOCK = "close of business"


def business_date() -> date:
    """The open business day: the domain's only today (P30). Refuses ``no_open_day``."""
    day = BusinessDay.objects.filter(status=DayStatus.OPEN).values_list("date", flat=True).first()
    if day is None:
        raise refuse("no_open_day")
    return day


def open_day() -> BusinessDay | None:
    """The open business day with what is asked of it; None before the first."""
    return BusinessDay.objects.filter(status=DayStatus.OPEN).first()


def is_paused(day: date) -> bool:
    """Whether somebody asked that the close of this day wait."""
    return BusinessDay.objects.filter(date=day, paused_at__isnull=False).exists()


def has_begun() -> bool:
    """Whether a first business day was ever opened: the installation is in use."""
    return BusinessDay.objects.exists()


def job_context(name: str) -> Context:
    """The context of a task or command, on the open business day."""
    return job(name, business_date())


def unfinished_close() -> tuple[date, str, str] | None:
    """Through which day there is still to be closed, and which account and person asked for it, while nobody is at it.

    A process died on its way, or the message for the next day was lost. A close that is paused waits.
    """
    day = open_day()
    if day is None or day.paused_at:
        return None
    begun = Run.objects.filter(day=day.date, status=RunStatus.RUNNING).first()
    through = day.close_through or (day.date if begun else None)
    if through is None or is_closing():
        return None
    return through, day.asked_by or (begun.started_by if begun else ""), day.asked_person


def is_closing() -> bool:
    """Whether a process is closing a day at this moment."""
    return is_held(CLOSE_LOCK)


def due_by_kind(day: date) -> dict[str, int]:
    """How many entries of each kind are due on or before a day."""
    due = Agenda.objects.filter(due_on__lte=day).order_by().values_list("kind")
    return dict(due.annotate(n=Count("pk")))


def current_run() -> Run | None:
    """The latest close of business, running or ended, with its steps: for the monitor."""
    return Run.objects.prefetch_related("steps").first()


@dataclass(frozen=True)
class FaultGroup:
    """错误分组: what is set aside at one step for one cause; ``example`` is one of the records."""

    step: str
    reason: str
    error: str
    count: int
    first_day: date
    last_day: date
    example: int


def fault_groups() -> list[FaultGroup]:
    """What is set aside, by step and cause, the most frequent first. An error names a class and a place, no person."""
    rows = (
        Quarantine.objects.filter(resolved_at=None)
        .values("step", "reason", "error")
        .annotate(count=Count("pk"), first=Min("first_day"), last=Max("last_day"), example=Min("pk"))
        .order_by("-count", "step", "error")
        .values_list("step", "reason", "error", "count", "first", "last", "example")
    )
    return [FaultGroup(*row) for row in rows]
