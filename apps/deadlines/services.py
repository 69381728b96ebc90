"""Starting, stopping, pausing and sweeping duties 时限: batch verbs, called by the handlers of events."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from apps.audit import services as audit
from apps.audit.effects import events_of, last_event_id
from apps.audit.events import EventType
from apps.core.calendar import SATURDAY, WorkCalendar
from apps.core.context import Context
from apps.core.errors import refuse
from apps.core.statemachine import sources

from . import events, rules
from .clocks import CLOCKS, Clock
from .models import CalendarYear, Deadline
from .selectors import work_calendar
from .states import DeadlineStatus as S


@dataclass(frozen=True)
class Subjects:
    """The objects of one batch of events: their type, ids and the policies they belong to."""

    type: str
    ids: Sequence[int]
    policy_ids: Sequence[int | None]


def start(ctx: Context, clock: Clock, subjects: Subjects) -> None:
    """Start a duty for each subject that has none open; its last day is counted once for all (T-01, T-04)."""
    calendar = work_calendar()
    due = rules.last_day(clock, ctx.business_date, calendar)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO deadlines_deadline (clock, subject_type, subject_id, policy_id, status, started_on, due_on,
                                               warn_on, provisional, paused_days)
               SELECT %s, %s, subject_id, policy_id, 'running', %s, %s, %s, %s, 0
               FROM unnest(%s::bigint[], %s::bigint[]) AS subject (subject_id, policy_id)
               ON CONFLICT (clock, subject_type, subject_id) WHERE status IN ('running', 'paused', 'breached')
               DO NOTHING""",
            [
                *(clock.code, subjects.type, ctx.business_date, due.day),
                *(rules.warn_day(clock, due.day, calendar), due.provisional),
                *(list(subjects.ids), list(subjects.policy_ids)),
            ],
        )


def stop(ctx: Context, clock: Clock, subjects: Subjects) -> None:
    """The duty is done: met, or met late if its last day had passed."""
    _of(clock, subjects, S.MET).update(status=S.MET, ended_on=ctx.business_date)
    _of(clock, subjects, S.MET_LATE).update(status=S.MET_LATE, ended_on=ctx.business_date)


def cancel(ctx: Context, clock: Clock, subjects: Subjects) -> None:
    """The duty no longer exists."""
    _of(clock, subjects, S.CANCELLED).update(status=S.CANCELLED, ended_on=ctx.business_date)


def restart(ctx: Context, clock: Clock, subjects: Subjects) -> None:
    """Counting begins anew for those whose duty is open: the old deadline is cancelled, another one starts."""
    open_now = dict(_of(clock, subjects, S.CANCELLED).values_list("subject_id", "policy_id"))
    cancel(ctx, clock, subjects)
    start(ctx, clock, Subjects(subjects.type, list(open_now), list(open_now.values())))


def pause(ctx: Context, clock: Clock, subjects: Subjects) -> None:
    """Days after this one are not counted. One that is paused already stays so."""
    _of(clock, subjects, S.PAUSED).update(status=S.PAUSED, paused_on=ctx.business_date)


def resume(ctx: Context, clock: Clock, subjects: Subjects) -> None:
    """Go on counting; the days since the pause are added at the end."""
    calendar = work_calendar()

    def paused_days(deadline: Deadline) -> int:
        assert deadline.paused_on is not None
        more = rules.pause_length(clock, deadline.paused_on, ctx.business_date, calendar)
        return deadline.paused_days + more

    paused = _of(clock, subjects, S.RUNNING).select_for_update(no_key=True).order_by("id")
    _recount(list(paused), calendar, paused_days, status=S.RUNNING, paused_on=None)


def warn(ctx: Context) -> int:
    """Warn of every duty whose warning day is tomorrow or past: people read it in the morning."""
    return _sweep(
        ctx,
        events.WARNED,
        """UPDATE deadlines_deadline SET warned_on = %s
           WHERE status = 'running' AND warned_on IS NULL AND due_on > %s AND warn_on <= %s::date + 1
           RETURNING id, clock, policy_id, due_on""",
        [ctx.business_date, ctx.business_date, ctx.business_date],
    )


def breach(ctx: Context) -> int:
    """Mark every duty whose last day ends undone with this business day."""
    return _sweep(
        ctx,
        events.BREACHED,
        """UPDATE deadlines_deadline SET status = 'breached'
           WHERE status = ANY(%s) AND due_on <= %s RETURNING id, clock, policy_id, due_on""",
        [sources(Deadline, S.BREACHED), ctx.business_date],
    )


@transaction.atomic
def announce_year(ctx: Context, year: int, holidays: Collection[date], makeup_days: Collection[date]) -> int:
    """Enter a year as the State Council announced it, and count every provisional duty again (T-06).

    Returns how many were counted again. Refuses days outside the year, make-up days on weekdays, and contradictions.
    """
    _check_year(year, holidays, makeup_days)
    CalendarYear.objects.update_or_create(
        year=year,
        defaults={
            "announced": True,
            "holidays": sorted(day.isoformat() for day in holidays),
            "makeup_days": sorted(day.isoformat() for day in makeup_days),
            "changed_at": Now(),
        },
    )
    provisional = Deadline.objects.filter(provisional=True, status__in=[S.RUNNING, S.PAUSED])
    counted_again = list(provisional.select_for_update(no_key=True).order_by("id"))
    _recount(counted_again, work_calendar(), lambda deadline: deadline.paused_days)
    audit.record(ctx, events.YEAR_ANNOUNCED, year, year=year, holidays=len(holidays), makeup_days=len(makeup_days))
    return len(counted_again)


@dataclass(frozen=True)
class Move:
    """So many deadlines of one clock whose last day moves from one date to another."""

    clock: str
    before: date
    after: date
    count: int


@dataclass(frozen=True)
class YearEffect:
    """What the announcement of a year would do: deadlines counted again, those that move, and what else follows."""

    counted: int
    moves: tuple[Move, ...]
    events: int


def preview_year(ctx: Context, year: int, holidays: Collection[date], makeup_days: Collection[date]) -> YearEffect:
    """What ``announce_year`` would do, by doing it in a transaction that is taken back."""
    provisional = Deadline.objects.filter(provisional=True, status__in=[S.RUNNING, S.PAUSED])
    with transaction.atomic():
        before = dict(provisional.values_list("pk", "due_on"))
        last = last_event_id()
        counted = announce_year(ctx, year, holidays, makeup_days)
        after = Deadline.objects.filter(pk__in=before).values_list("pk", "clock", "due_on")
        moved = Counter((clock, before[pk], due_on) for pk, clock, due_on in after if before[pk] != due_on)
        follow = events_of(ctx.request_id, last).exclude(name=events.YEAR_ANNOUNCED.name).count()
        transaction.set_rollback(True)
    return YearEffect(counted, tuple(Move(*key, count) for key, count in sorted(moved.items())), follow)


def _check_year(year: int, holidays: Collection[date], makeup_days: Collection[date]) -> None:
    for day in (*holidays, *makeup_days):
        if day.year != year:
            raise refuse("calendar_day_outside_year", day=day, year=year)
    for day in makeup_days:
        if day.weekday() < SATURDAY:
            raise refuse("makeup_day_not_on_weekend", day=day)
        if day in holidays:
            raise refuse("calendar_day_twice", day=day)


def _of(clock: Clock, subjects: Subjects, target: str) -> QuerySet[Deadline]:
    """The deadlines of these subjects that may move to a state."""
    return Deadline.objects.filter(
        clock=clock.code,
        subject_type=subjects.type,
        subject_id__in=subjects.ids,
        status__in=sources(Deadline, target),
    )


def _recount(
    deadlines: Iterable[Deadline], calendar: WorkCalendar, paused_days: Callable[[Deadline], int], **also: Any
) -> None:
    """Count again, once for all that share clock, start and pause."""
    groups: dict[tuple[str, date, int], list[int]] = {}
    for deadline in deadlines:
        groups.setdefault((deadline.clock, deadline.started_on, paused_days(deadline)), []).append(deadline.pk)
    for (code, started_on, paused), ids in groups.items():
        due = rules.last_day(CLOCKS[code], started_on, calendar, paused)
        Deadline.objects.filter(pk__in=ids).update(
            due_on=due.day,
            warn_on=rules.warn_day(CLOCKS[code], due.day, calendar),
            provisional=due.provisional,
            paused_days=paused,
            **also,
        )


def _sweep(ctx: Context, event: EventType, update: str, parameters: Sequence[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(update, parameters)
        rows = sorted(cursor.fetchall())
    audit.record_many(
        ctx,
        event,
        [
            audit.Fact(id, policy_id, {"clock": CLOCKS[code].zh, "code": code, "due_on": due_on})
            for id, code, policy_id, due_on in rows
        ],
    )
    return len(rows)
