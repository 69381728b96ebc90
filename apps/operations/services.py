"""Business days open, agenda entries are written and withdrawn; the close itself is in ``close.py``."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime

from django.db import connection, transaction

from apps.audit import services as audit
from apps.core import clock
from apps.core.context import Context
from apps.core.errors import Conflict, NotFound, Refusal, Refused, refuse, stated
from apps.core.failure import describe

from . import banners, events, registry, work
from .close import DayResult, close_days
from .models import Agenda, Banner, BusinessDay, Quarantine, Run
from .states import DayStatus, RunStatus
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
    Agenda.objects.filter(kind=kind, subject_id__in=set(subject_ids)).delete()


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
    day = _locked_open_day()
    day.close_through, day.asked_by, day.asked_person = through, ctx.actor, ctx.person
    day.save(update_fields=["close_through", "asked_by", "asked_person"])
    audit.record(ctx, events.CLOSE_ASKED, event_id(day.date), through=through)


@transaction.atomic
def pause_close(ctx: Context, reason: str) -> None:
    """暂停日终: the process at it lays the close down after the chunk in hand; nobody goes on until it is resumed.

    Needs a reason; refuses ``nothing_is_closing`` when no close was asked for, and ``close_is_paused``.
    """
    day = _locked_open_day()
    if day.paused_at:
        raise Conflict(Refusal("close_is_paused", {"day": day.date}))
    if not (day.close_through or Run.objects.filter(day=day.date, status=RunStatus.RUNNING).exists()):
        raise refuse("nothing_is_closing")
    day.paused_at, day.paused_by = clock.now(), ctx.actor
    day.save(update_fields=["paused_at", "paused_by"])
    audit.record(ctx, events.CLOSE_PAUSED, event_id(day.date), reason=stated(reason), day=day.date)


@transaction.atomic
def resume_close(ctx: Context) -> None:
    """继续日终: let a worker, on whatever host, go on where the close was laid down. Refuses ``close_not_paused``."""
    day = _locked_open_day()
    if not day.paused_at:
        raise Conflict(Refusal("close_not_paused"))
    day.paused_at, day.paused_by = None, ""
    day.save(update_fields=["paused_at", "paused_by"])
    audit.record(ctx, events.CLOSE_RESUMED, event_id(day.date), day=day.date)


def _locked_open_day() -> BusinessDay:
    day = BusinessDay.objects.select_for_update().filter(status=DayStatus.OPEN).first()
    if day is None:
        raise refuse("no_open_day")
    return day


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


@dataclass(frozen=True)
class Retried:
    """What became of records tried again: handled, failed again, held by somebody else."""

    handled: int = 0
    failing: int = 0
    locked: int = 0


def retry_many(ctx: Context, like: int | None = None) -> Retried:
    """Try again what is set aside, on the open day: all of it, or what failed like record ``like`` at the same step.

    At most one chunk of records, the oldest first. Refuses ``nothing_set_aside``.
    """
    records = Quarantine.objects.filter(resolved_at=None).order_by("pk")
    if like is not None:
        example = Quarantine.objects.filter(pk=like).first()
        if example is None:
            raise NotFound(Refusal("not_found"))
        records = records.filter(step=example.step, error=example.error)
    by_step: dict[str, list[Quarantine]] = {}
    for record in records[: work.CHUNK]:
        by_step.setdefault(record.step, []).append(record)
    if not by_step:
        raise Conflict(Refusal("nothing_set_aside"))
    results = [_retry_step(ctx, step, set_aside) for step, set_aside in by_step.items()]
    return Retried(*(sum(numbers) for numbers in zip(*map(astuple, results), strict=True)))


@transaction.atomic
def _retry_step(ctx: Context, name: str, records: Sequence[Quarantine]) -> Retried:
    """One step's records as one chunk. What left the agenda meanwhile counts as handled."""
    step, wanted = registry.STEPS[name], [record.agenda_id for record in records]
    entries = work.claim(step, ctx.business_date, "a.id = ANY(%(ids)s)", ids=wanted)
    result = work.perform(ctx, step, entries)
    work.resolve(step)
    facts = [audit.Fact(record.pk, record.policy_id, {"step": name}) for record in records]
    audit.record_many(ctx, events.RECORD_RETRIED, facts)
    failing = len(result.failures)
    open_still = Quarantine.objects.filter(pk__in=[record.pk for record in records], resolved_at=None).count()
    return Retried(len(records) - open_still, failing, open_still - failing)


@transaction.atomic
def put_up_banner(ctx: Context, *, text_zh: str, text_en: str, from_at: datetime, to_at: datetime) -> Banner:
    """发布公告: show a sentence on every page for a time. Refuses a missing language and reversed times."""
    if not (text_zh.strip() and text_en.strip()):
        raise refuse("banner_text_missing")
    if to_at <= from_at:
        raise refuse("banner_times_reversed")
    banner = Banner.objects.create(
        text_zh=text_zh.strip(), text_en=text_en.strip(), from_at=from_at, to_at=to_at, made_by=ctx.actor
    )
    audit.record(ctx, events.BANNER_PUT_UP, banner.pk, until=to_at)
    banners.forget()
    return banner


@transaction.atomic
def take_down_banner(ctx: Context, banner_id: int) -> None:
    """撤下公告: at once. Refuses ``banner_over``."""
    banner = Banner.objects.select_for_update().filter(pk=banner_id).first()
    if banner is None:
        raise NotFound(Refusal("not_found"))
    now = clock.now()
    if banner.to_at <= now:
        raise Conflict(Refusal("banner_over"))
    banner.to_at = max(now, banner.from_at)
    banner.save(update_fields=["to_at"])
    audit.record(ctx, events.BANNER_TAKEN_DOWN, banner.pk)
    banners.forget()


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
