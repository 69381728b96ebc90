"""One step of one run: chunk after chunk until nothing due is left, its progress committed with each chunk."""

import logging
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import F
from django.db.models.functions import Now

from apps.audit import effects
from apps.core.context import Context
from apps.core.errors import Conflict, Refusal
from apps.core.failure import describe, is_transient

from . import selectors, work
from .agenda import Entry
from .models import Run, StepRun
from .registry import Step
from .states import RunStatus

logger = logging.getLogger(__name__)

TRIES = 3
ONE_DAY = timedelta(days=1)
AGENDA_START = Entry(id=0, due_on=date.min, policy_id=0, subject_id=0)
BEHIND = "(a.due_on, a.policy_id, a.subject_id) > (%(due_on)s, %(policy_id)s, %(subject_id)s)"
OnProgress = Callable[[StepRun], None]


class Paused(Conflict):
    """Somebody asked that the close wait: its process lays it down between two chunks."""


class Stepping:
    """A step at work in a run. After a crash or a pause another process goes on with the same progress row."""

    def __init__(self, ctx: Context, run: Run, step: Step, position: int, on_progress: OnProgress) -> None:
        self.ctx, self.step, self.on_progress = ctx, step, on_progress
        self.day = ctx.business_date
        self.locked: list[int] = []
        self.since = time.monotonic()
        self.progress, _ = StepRun.objects.get_or_create(
            run=run,
            step=step.name,
            defaults={
                "position": position,
                "due": work.due(step, self.day),
                "late": work.due(step, self.day - ONE_DAY),
                "first_event_id": effects.last_event_id(),
            },
        )

    def go(self) -> None:
        """Do all that is due: what is fresh, then what earlier nights set aside, then list what stayed locked."""
        if self.progress.status == RunStatus.DONE:
            return
        if self.step.kind:
            self._work_off(work.FRESH)
            self._work_off(work.TRIED_BEFORE)
        self._look_up()
        with transaction.atomic():
            self._close()
        self.on_progress(self.progress)

    def _look_up(self) -> None:
        """Lay the work down if somebody asked for it. Refuses ``close_is_paused``."""
        if selectors.is_paused(self.day):
            raise Paused(Refusal("close_is_paused", {"day": self.day}))

    def _work_off(self, which: str) -> None:
        """Pass over the agenda until a pass from its beginning finds nothing; then once more over what was locked.

        A pass goes on behind the last entry it saw, and ends with a chunk that is not full: what a step puts on the
        agenda for tonight in front of that place is found by the next pass.
        """
        condition = f"{which} AND a.id <> ALL(%(locked)s) AND {BEHIND}"
        self.locked, last = [], AGENDA_START
        while (entries := self._chunk(condition, locked=self.locked, **vars(last))) or last is not AGENDA_START:
            last = entries[-1] if len(entries) == work.CHUNK else AGENDA_START
        again, self.locked = self.locked, []
        for start in range(0, len(again), work.CHUNK):
            self._chunk("a.id = ANY(%(again)s)", again=again[start : start + work.CHUNK])

    def _chunk(self, condition: str, tries: int = TRIES, **values: Any) -> list[Entry]:
        """One chunk; done again when the database was caught in a deadlock (P20)."""
        self._look_up()
        try:
            entries = self._transaction(condition, values, last=tries == 1)
        except OperationalError as error:
            if tries == 1 or not is_transient(error):
                raise
            logger.warning("step %s begins a chunk again: %s", self.step.name, describe(error))
            return self._chunk(condition, tries - 1, **values)
        if entries:
            self.on_progress(self.progress)
        return entries

    @transaction.atomic
    def _transaction(self, condition: str, values: dict[str, Any], last: bool) -> list[Entry]:
        """Claim, run, strike off and count: one commit."""
        entries = work.claim(self.step, self.day, condition, **values)
        if entries:
            result = work.perform(self.ctx, self.step, entries, (lambda error: not last and is_transient(error)))
            held = work.locked_ids(result)
            self.locked += held
            self._count(done=len(entries) - len(held) - len(result.failures), failed=len(result.failures))
        return entries

    def _close(self) -> None:
        if self.step.kind:
            self._count(skipped=work.list_locked(self.step, self.day))
            work.resolve(self.step)
        else:
            self.step.run(self.ctx, ())
        self._count()
        self.progress.status = RunStatus.DONE
        done = effects.effects_of(self.ctx.request_id, self.progress.first_event_id)
        StepRun.objects.filter(pk=self.progress.pk).update(
            status=RunStatus.DONE,
            ended_at=Now(),
            last_event_id=effects.last_event_id(),
            effects=effects.as_rows(done),
        )

    def _count(self, **more: int) -> None:
        """Add to the counters, and to the time at work; the row says that its process lives."""
        for name, n in more.items():
            setattr(self.progress, name, getattr(self.progress, name) + n)
        now = time.monotonic()
        seconds, self.since = now - self.since, now
        counted = {name: getattr(self.progress, name) for name in more}
        StepRun.objects.filter(pk=self.progress.pk).update(seconds=F("seconds") + seconds, worked_at=Now(), **counted)
