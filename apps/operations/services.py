"""Business days open, agenda entries are written and withdrawn; the close itself is in ``close.py``."""

from collections.abc import Iterable
from datetime import date

from django.db import connection, transaction

from apps.audit import services as audit
from apps.core.context import Context
from apps.core.errors import Conflict, Refusal

from . import events
from .models import Agenda, BusinessDay

AgendaRow = tuple[date, int, int]


def schedule(kind: str, rows: Iterable[AgendaRow]) -> None:
    """Put ``(due_on, policy_id, subject_id)`` on the agenda, in the transaction of the fact that makes them due.

    One entry per kind and subject: scheduling again moves it.
    """
    batch = list(rows)
    if not batch:
        return
    due_on, policy_ids, subject_ids = (list(column) for column in zip(*batch, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO operations_agenda (kind, due_on, policy_id, subject_id)
               SELECT %s, * FROM unnest(%s::date[], %s::bigint[], %s::bigint[])
               ON CONFLICT (kind, subject_id) DO UPDATE SET due_on = EXCLUDED.due_on""",
            [kind, due_on, policy_ids, subject_ids],
        )


def unschedule(kind: str, subject_ids: Iterable[int]) -> None:
    """Take entries off the agenda; those not on it are passed over."""
    Agenda.objects.filter(kind=kind, subject_id__in=list(subject_ids)).delete()


@transaction.atomic
def open_first_day(ctx: Context, day: date) -> BusinessDay:
    """Open the very first business day. Refuses ``day_already_open``: later days open when the one before closes."""
    if latest := BusinessDay.objects.first():
        raise Conflict(Refusal("day_already_open", {"day": latest.date}))
    return open_day(ctx, day)


def open_day(ctx: Context, day: date) -> BusinessDay:
    opened = BusinessDay.objects.create(date=day)
    audit.record(ctx.on(day), events.DAY_OPENED, event_id(day), day=day)
    return opened


def event_id(day: date) -> int:
    """A business day's number as the subject of its events: 2026-11-22 → 20261122."""
    return int(f"{day:%Y%m%d}")
