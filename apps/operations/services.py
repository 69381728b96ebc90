"""Business days open, agenda entries are written and withdrawn; the close itself is in ``close.py``."""

from collections.abc import Iterable
from datetime import date

from django.db import connection, transaction

from apps.audit import services as audit
from apps.core.context import Context
from apps.core.errors import Conflict, NotFound, Refusal, Refused
from apps.core.failure import describe

from . import events, registry, work
from .close import DayResult, close_days
from .models import Agenda, BusinessDay, Quarantine
from .states import DayStatus
from .stepping import OnProgress
from .subjects import event_id

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
    audit.record(ctx.on(day), events.DAY_OPENED, event_id(day), day=day)
    return BusinessDay.objects.create(date=day)


@transaction.atomic
def ask_to_close(ctx: Context, *, through: date) -> None:
    """Leave the wish that the open day and those after it be closed up to ``through``; a worker acts on it."""
    day = BusinessDay.objects.select_for_update().get(status=DayStatus.OPEN)
    day.close_through, day.asked_by, day.asked_person = through, ctx.actor, ctx.person
    day.save(update_fields=["close_through", "asked_by", "asked_person"])
    audit.record(ctx, events.CLOSE_ASKED, event_id(day.date), through=through)


def close_day(
    ctx: Context, *, through: date | None = None, dry_run: bool = False, on_progress: OnProgress | None = None
) -> list[DayResult]:
    """Close the business day ``ctx.business_date``, and with ``through`` the following ones up to that date.

    Refuses ``day_already_closed``, ``day_out_of_order``, ``day_is_closing``. A dry run changes nothing and gives the
    digest the real run would give. Call it outside a transaction: each chunk commits.
    """
    return close_days(ctx, through=through or ctx.business_date, dry_run=dry_run, on_progress=on_progress)


def retry_quarantined(ctx: Context, quarantine_id: int) -> None:
    """Try one record that was set aside again, on the open day.

    Refuses ``already_resolved``, ``busy`` if it is locked even now, and ``still_failing``, counting the attempt.
    """
    with transaction.atomic():
        failures = _try_again(ctx, _still_set_aside(quarantine_id))
    if failures:
        raise Refused(Refusal("still_failing", {"error": describe(failures[0])}))


def _still_set_aside(quarantine_id: int) -> Quarantine:
    record = Quarantine.objects.select_for_update().filter(pk=quarantine_id).first()
    if record is None:
        raise NotFound(Refusal("not_found"))
    if record.resolved_at is not None:
        raise Conflict(Refusal("already_resolved"))
    return record


def _try_again(ctx: Context, record: Quarantine) -> list[Exception]:
    step = registry.STEPS[record.step]
    entries = work.claim(step, ctx.business_date, "a.id = %(id)s", id=record.agenda_id)
    if not entries and not Agenda.objects.filter(pk=record.agenda_id).exists():
        raise Conflict(Refusal("already_resolved"))
    result = work.perform(ctx, step, entries)
    if not entries or work.locked_ids(result):
        raise Conflict(Refusal("busy"))
    work.resolve(step)
    audit.record(ctx, events.RECORD_RETRIED, record.pk, policy_id=record.policy_id, step=record.step)
    return [error for _, error in result.failures]
