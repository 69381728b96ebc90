"""The close of business 日终: one day, step by step, each chunk of due entries in one short transaction (P29–P33).

A chunk's effects, the agenda entries it finishes and the counters are one commit, so a run killed anywhere goes on
where it stopped. The dry run is the same code inside one transaction that is taken back.
"""

import os
import socket
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.functional import Promise

from apps.audit import services as audit
from apps.audit.anchors import anchor
from apps.audit.effects import Effect, events_of
from apps.audit.models import Event
from apps.core.context import Context, job
from apps.core.errors import Conflict, Refusal
from apps.core.failure import describe, has_lost_the_database
from apps.core.locks import only_one

from . import events, registry
from .digest import digest_of
from .models import BusinessDay, Run, StepRun
from .selectors import CLOSE_LOCK, business_date, is_paused
from .states import DayStatus, RunStatus
from .stepping import ONE_DAY, OnProgress, Paused, Stepping
from .subjects import event_id

EXAMPLES = 50
"""How many of each kind of effect a dry run names."""


@dataclass(frozen=True)
class StepResult:
    """What one step did: entries due when it began, done, skipped because locked, failed and set aside.

    ``effects`` are its events counted and summed; ``examples`` are some of those a dry run would have written.
    """

    step: str
    label: str | Promise
    due: int
    done: int
    skipped: int
    failed: int
    effects: tuple[Effect, ...] = ()
    examples: tuple[Event, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class DayResult:
    """One closed day. The digest stands for everything the night decided: equal digests, equal effects (P33)."""

    day: date
    digest: str
    steps: tuple[StepResult, ...]
    dry_run: bool = False


def close_days(
    ctx: Context, *, through: date, dry_run: bool = False, on_progress: OnProgress | None = None
) -> list[DayResult]:
    """Close the open day, which must be ``ctx.business_date``, and every following day up to ``through``.

    Refuses ``day_already_closed``, ``day_out_of_order``, while another process is at it ``day_is_closing``, and while
    somebody wants it to wait ``close_is_paused``.
    """
    with only_one(CLOSE_LOCK) as alone:
        if not alone:
            raise Conflict(Refusal("day_is_closing", {"day": business_date()}))
        first = _first_day(ctx.business_date, through)
        days = [first + timedelta(days=n) for n in range((through - first).days + 1)]
        with transaction.atomic() if dry_run else nullcontext():
            results = [_close(ctx.on(day), dry_run, on_progress or _silent) for day in days]
            if dry_run:
                transaction.set_rollback(True)
        return results


def night_context(ctx: Context) -> Context:
    """Who acts at night: the job, on behalf of whoever started it. One request id a day ties its events together."""
    night = job("close_of_business", ctx.business_date)
    return replace(night, on_behalf_of=ctx.actor, request_id=request_id(ctx.business_date))


def request_id(day: date) -> str:
    return f"close-{day}"


def _silent(step_run: StepRun) -> None:
    """Nobody watches."""


def _first_day(day: date, through: date) -> date:
    """Days close in order, each once (P31)."""
    open_day = business_date()
    for asked in (day, through):
        if asked < open_day:
            raise Conflict(Refusal("day_already_closed", {"day": asked}))
    if day > open_day:
        raise Conflict(Refusal("day_out_of_order", {"day": day, "open": open_day}))
    return open_day


def _close(ctx: Context, dry_run: bool, on_progress: OnProgress) -> DayResult:
    """A worker out of time leaves its run as it is, and the sweep goes on with it; so does one told to wait.

    So does one that lost the database: somebody else may be at it already. Any other error ends the run.
    """
    if is_paused(ctx.business_date):
        raise Paused(Refusal("close_is_paused", {"day": ctx.business_date}))
    run = _take_over_or_start(ctx)
    try:
        for position, step in enumerate(registry.in_order(), start=1):
            Stepping(night_context(ctx), run, step, position, on_progress).go()
    except (SoftTimeLimitExceeded, Paused):
        Run.objects.filter(pk=run.pk).update(worker="")
        raise
    except Exception as error:
        if not dry_run and not has_lost_the_database(error):
            _give_up(run, error)
        raise
    return DayResult(ctx.business_date, _finish(ctx, run), _steps_of(run, examples=dry_run), dry_run)


def _take_over_or_start(ctx: Context) -> Run:
    """A run still marked as running belongs to a process that died or laid it down: we hold the lock."""
    worker = f"{socket.gethostname()}/{os.getpid()}"[:80]
    run = Run.objects.filter(day=ctx.business_date, status=RunStatus.RUNNING).first()
    if run is None:
        return Run.objects.create(day=ctx.business_date, started_by=ctx.actor, worker=worker)
    died = 1 if run.worker else 0
    Run.objects.filter(pk=run.pk).update(worker=worker, taken_over=F("taken_over") + died)
    return run


def _give_up(run: Run, error: Exception) -> None:
    """What was done stays done; the next close, when somebody asks again, starts another run over what is left."""
    ours = Run.objects.filter(pk=run.pk, status=RunStatus.RUNNING)
    if ours.update(status=RunStatus.FAILED, error=describe(error)):
        BusinessDay.objects.filter(date=run.day).update(close_through=None)


@transaction.atomic
def _finish(ctx: Context, run: Run) -> str:
    """Close the day, open the next, keep the digest: one commit."""
    day, following = ctx.business_date, ctx.business_date + ONE_DAY
    digest = digest_of(day, request_id(day))
    BusinessDay.objects.filter(date=day).update(status=DayStatus.CLOSED, closed_at=Now(), closed_by=ctx.actor)
    BusinessDay.objects.create(date=following, **_wish_for(following, after=day))
    Run.objects.filter(pk=run.pk).update(status=RunStatus.DONE, ended_at=Now(), digest=digest)
    audit.record(ctx, events.DAY_CLOSED, event_id(day), day=day, digest=digest)
    audit.record(ctx.on(following), events.DAY_OPENED, event_id(following), day=following)
    transaction.on_commit(anchor, robust=True)
    return digest


def _wish_for(following: date, *, after: date) -> dict[str, Any]:
    """What is asked of the day that opens: whether it, too, is to be closed."""
    closed = BusinessDay.objects.get(date=after)
    if closed.close_through is None or closed.close_through < following:
        return {}
    return {name: getattr(closed, name) for name in ("close_through", "asked_by", "asked_person")}


def _steps_of(run: Run, *, examples: bool) -> tuple[StepResult, ...]:
    return tuple(_result(row, examples) for row in StepRun.objects.filter(run=run).order_by("position"))


def _result(row: StepRun, examples: bool) -> StepResult:
    effects = tuple(Effect(**effect) for effect in row.effects)
    counts = (row.due, row.done, row.skipped, row.failed)
    return StepResult(
        row.step,
        registry.STEPS[row.step].label,
        *counts,
        effects=effects,
        examples=_examples(row, effects) if examples else (),
    )


def _examples(row: StepRun, effects: Sequence[Effect]) -> tuple[Event, ...]:
    night = events_of(request_id(row.run.day), row.first_event_id, row.last_event_id)
    names = dict.fromkeys(effect.name for effect in effects)
    return tuple(event for name in names for event in night.filter(name=name)[:EXAMPLES])
