"""Working off the agenda: claim what is due, run the step, strike off what it finished, set aside what fails."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection

from apps.core.context import Context
from apps.core.failure import LOCK_NOT_AVAILABLE, describe, sqlstate
from apps.core.isolation import Attempt, attempt

from .agenda import Entry, Outcome
from .models import Agenda
from .registry import Step
from .states import QuarantineReason

logger = logging.getLogger(__name__)

CHUNK = 2000

_SET_ASIDE = (
    "SELECT FROM operations_quarantine q WHERE q.step = %(step)s AND q.agenda_id = a.id AND q.resolved_at IS NULL"
)
FRESH = f"NOT EXISTS ({_SET_ASIDE})"
"""Entries never set aside."""
TRIED_BEFORE = f"EXISTS ({_SET_ASIDE} AND q.last_day < %(day)s)"
"""Entries an earlier night set aside."""
UNTRIED_TONIGHT = f"NOT EXISTS ({_SET_ASIDE} AND q.last_day >= %(day)s)"


def claim(step: Step, day: date, condition: str, **values: Any) -> list[Entry]:
    """Lock a chunk of what is due, in the order of the agenda; what others hold is passed over."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT a.id, a.due_on, a.policy_id, a.subject_id FROM operations_agenda a
                WHERE a.kind = %(kind)s AND a.due_on <= %(day)s AND {condition}
                ORDER BY a.due_on, a.policy_id, a.subject_id LIMIT {CHUNK} FOR UPDATE OF a SKIP LOCKED""",
            {"kind": step.kind, "step": step.name, "day": day, **values},
        )
        return [Entry(*row) for row in cursor.fetchall()]


def perform(
    ctx: Context,
    step: Step,
    entries: Sequence[Entry],
    let_through: Callable[[Exception], bool] = lambda error: False,
) -> Attempt[Entry, Outcome]:
    """Run the step on claimed entries in the caller's transaction; what fails is set aside, the others are done."""

    def run(part: Sequence[Entry]) -> Outcome:
        outcome = step.run(ctx, part)
        _strike_off(step, ctx.business_date, part, outcome)
        return outcome

    result = attempt(entries, run, let_through=let_through)
    for entry, error in result.failures:
        logger.warning("step %s set policy %s aside: %s", step.name, entry.policy_id, describe(error))
        _set_aside(step, ctx.business_date, entry, error)
    return result


def list_locked(step: Step, day: date) -> int:
    """Set aside what is due and was not reached tonight: somebody else holds it. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO operations_quarantine AS q
                       (step, agenda_id, policy_id, subject_id, reason, error, attempts, first_day, last_day)
                SELECT %(step)s, a.id, a.policy_id, a.subject_id, %(reason)s, '', 1, %(day)s, %(day)s
                FROM operations_agenda a
                WHERE a.kind = %(kind)s AND a.due_on <= %(day)s AND {UNTRIED_TONIGHT}
                ON CONFLICT (step, agenda_id) WHERE resolved_at IS NULL DO UPDATE
                SET reason = EXCLUDED.reason, error = '', attempts = q.attempts + 1, last_day = EXCLUDED.last_day""",
            {"step": step.name, "kind": step.kind, "day": day, "reason": QuarantineReason.LOCKED},
        )
        return cursor.rowcount


def resolve(step: Step) -> None:
    """What was set aside is resolved once its entry has left the agenda or moved on: handled, or settled otherwise."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE operations_quarantine q SET resolved_at = now()
               WHERE q.step = %s AND q.resolved_at IS NULL AND NOT EXISTS (
                   SELECT FROM operations_agenda a WHERE a.id = q.agenda_id AND a.due_on <= q.last_day)""",
            [step.name],
        )


def due(step: Step, day: date) -> int:
    """How many entries of the step are due."""
    return Agenda.objects.filter(kind=step.kind, due_on__lte=day).count()


def _strike_off(step: Step, day: date, entries: Sequence[Entry], outcome: Outcome) -> None:
    """Take finished entries off the agenda, unless the step itself put them on it again for a later day."""
    _demand_answers(step, entries, outcome)
    Agenda.objects.filter(pk__in=set(outcome.done), due_on__lte=day).delete()
    _move(outcome.moved)


def _demand_answers(step: Step, entries: Sequence[Entry], outcome: Outcome) -> None:
    answered = {*outcome.done, *outcome.moved, *outcome.locked}
    if answered != {entry.id for entry in entries}:
        raise ValueError(f"step {step.name} did not answer for exactly the entries it was given")
    if any(outcome.moved.get(entry.id, date.max) <= entry.due_on for entry in entries):
        raise ValueError(f"step {step.name} moved an entry to a date that is not later")


def _move(moved: Mapping[int, date]) -> None:
    if not moved:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE operations_agenda a SET due_on = moved.due_on
               FROM unnest(%s::bigint[], %s::date[]) AS moved(id, due_on) WHERE a.id = moved.id""",
            [list(moved), list(moved.values())],
        )


def _set_aside(step: Step, day: date, entry: Entry, error: Exception) -> None:
    locked = sqlstate(error) == LOCK_NOT_AVAILABLE
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO operations_quarantine AS q
                      (step, agenda_id, policy_id, subject_id, reason, error, attempts, first_day, last_day)
               VALUES (%s, %s, %s, %s, %s, %s, 1, %s, %s)
               ON CONFLICT (step, agenda_id) WHERE resolved_at IS NULL DO UPDATE
               SET reason = EXCLUDED.reason, error = EXCLUDED.error, attempts = q.attempts + 1,
                   last_day = EXCLUDED.last_day""",
            [
                *(step.name, entry.id, entry.policy_id, entry.subject_id),
                *(QuarantineReason.LOCKED if locked else QuarantineReason.FAILING, describe(error), day, day),
            ],
        )


def locked_ids(result: Attempt[Entry, Outcome]) -> Collection[int]:
    """The entries a step could not get hold of."""
    return [id for outcome in result.results for id in outcome.locked]
