"""Questions about the work calendar and about running duties 时限."""

from datetime import date

from django.db.models import QuerySet

from apps.core.calendar import AnnouncedYear, WorkCalendar, published_calendar

from .models import CalendarYear, Deadline
from .states import DeadlineStatus as S

OPEN = (S.RUNNING, S.PAUSED, S.BREACHED)


def work_calendar() -> WorkCalendar:
    """工作日历: the years shipped with the product, and over them those announced here (T-06)."""
    announced = {
        row.year: AnnouncedYear(_days(row.holidays), _days(row.makeup_days))
        for row in CalendarYear.objects.filter(announced=True)
    }
    return WorkCalendar({**published_calendar().years, **announced})


def open_deadlines() -> QuerySet[Deadline]:
    """Duties not yet done, the most urgent first."""
    return Deadline.objects.filter(status__in=OPEN).order_by("due_on", "id")


def of_policy(policy_id: int) -> QuerySet[Deadline]:
    """All duties that ever concerned a policy, the open ones first."""
    return Deadline.objects.filter(policy_id=policy_id).order_by("-ended_on", "due_on", "id")


def _days(days: list[str]) -> dict[date, str]:
    return {date.fromisoformat(day): "" for day in days}
