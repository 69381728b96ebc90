"""Delivering the outbox: each event at least once to each subscriber, a poison record to the dead letters (P08).

An attempt is counted, and the next one scheduled, in a transaction of its own before the handler runs. So a handler
that takes its whole process down is counted like one that raises. What has failed before is tried alone.
"""

import logging
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction

from apps.core.context import Context
from apps.core.errors import Conflict, NotFound, Refusal
from apps.core.failure import describe
from apps.core.isolation import attempt

from . import events
from . import services as audit
from .models import Delivery, Event
from .outbox import SUBSCRIBERS, BatchHandler
from .states import DeliveryStatus

logger = logging.getLogger(__name__)

BATCH = 1000
PROCESS_DIED = "The process died while handling it."


@dataclass(frozen=True)
class Claim:
    """Deliveries taken for one attempt. The number of the attempt is the token: a later claim makes this one void."""

    attempt: int
    delivery_ids: list[int]


def dispatch(subscriber: str, limit: int = BATCH) -> int:
    """Hand one batch of due events, in order of id, to a subscriber; returns how many were taken."""
    claim = _claim(subscriber, limit)
    if claim is None:
        return 0
    _deliver(SUBSCRIBERS[subscriber].handle, claim)
    return len(claim.delivery_ids)


def drain(subscriber: str, batches: int = 100) -> bool:
    """Dispatch until nothing is due; false if there was more than so many batches."""
    return any(dispatch(subscriber) == 0 for _ in range(batches))


def due_subscribers() -> list[str]:
    """The subscribers for whom something is due."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT name FROM unnest(%s::text[]) AS name
               WHERE EXISTS (SELECT FROM audit_delivery d
                             WHERE d.subscriber = name AND d.status = 'pending' AND d.next_attempt_at <= now())""",
            [sorted(SUBSCRIBERS)],
        )
        return [row[0] for row in cursor.fetchall()]


def bury() -> int:
    """Declare dead what used up its attempts without an answer: its process died each time."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE audit_delivery SET status = 'dead', error = %s
               WHERE status = 'pending' AND next_attempt_at <= now() AND attempts >= %s""",
            [PROCESS_DIED, settings.DELIVERY_ATTEMPTS],
        )
        return cursor.rowcount


@transaction.atomic
def retry_all_dead(ctx: Context, most: int = 1000) -> int:
    """Give the oldest dead letters a new set of attempts each; returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE audit_delivery d SET status = 'pending', attempts = 0, next_attempt_at = now()
               FROM (SELECT id FROM audit_delivery WHERE status = 'dead'
                     ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED) AS dead
               WHERE d.id = dead.id RETURNING d.id, d.subscriber""",
            [most],
        )
        rows = cursor.fetchall()
    audit.record_many(ctx, events.DELIVERY_RETRIED, [audit.Fact(id, None, {"subscriber": name}) for id, name in rows])
    return len(rows)


@transaction.atomic
def retry_dead(ctx: Context, delivery_id: int) -> None:
    """Give a dead letter a new set of attempts. Refuses ``delivery_not_dead``."""
    delivery = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound(Refusal("not_found"))
    if delivery.status != DeliveryStatus.DEAD:
        raise Conflict(Refusal("delivery_not_dead"))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_delivery SET status = 'pending', attempts = 0, next_attempt_at = now() WHERE id = %s",
            [delivery_id],
        )
    policy_id = Event.objects.values_list("policy_id", flat=True).get(pk=delivery.event_id)
    audit.record(ctx, events.DELIVERY_RETRIED, delivery_id, policy_id=policy_id, subscriber=delivery.subscriber)


def _claim(subscriber: str, limit: int) -> Claim | None:
    """Count the attempt and schedule the next: doubling waits, spread by a quarter so that retries do not march."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH due AS (
                SELECT id, attempts FROM audit_delivery
                WHERE subscriber = %s AND status = 'pending' AND next_attempt_at <= now() AND attempts < %s
                ORDER BY next_attempt_at, id LIMIT %s FOR UPDATE SKIP LOCKED
            ),
            fresh AS (SELECT id FROM due WHERE attempts = 0),
            batch AS (SELECT id FROM fresh
                      UNION ALL (SELECT id FROM due WHERE NOT EXISTS (SELECT FROM fresh) ORDER BY id LIMIT 1))
            UPDATE audit_delivery d
            SET attempts = d.attempts + 1,
                next_attempt_at = now() + %s * power(2, d.attempts) * (0.75 + random() / 2) * interval '1 second'
            FROM batch WHERE d.id = batch.id
            RETURNING d.attempts, d.id
            """,
            [subscriber, settings.DELIVERY_ATTEMPTS, limit, settings.DELIVERY_BACKOFF_SECONDS],
        )
        rows = cursor.fetchall()
    return Claim(attempt=rows[0][0], delivery_ids=[id for _, id in rows]) if rows else None


@transaction.atomic
def _deliver(handle: BatchHandler, claim: Claim) -> None:
    """Run the handler on what is still ours, in one transaction with marking it done."""
    deliveries = _hold(claim)
    batch = list(Event.objects.filter(pk__in=deliveries).order_by("pk"))
    failures = {event.pk: describe(error) for event, error in attempt(batch, lambda part: handle(list(part))).failures}
    for event_id, error in failures.items():
        logger.warning("delivery %s of event %s failed: %s", deliveries[event_id], event_id, error)
    _mark_done([deliveries[event.pk] for event in batch if event.pk not in failures])
    _mark_failed({deliveries[event_id]: error for event_id, error in failures.items()})


def _hold(claim: Claim) -> dict[int, int]:
    """Lock the deliveries nobody claimed after us; event id → delivery id."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT event_id, id FROM audit_delivery
               WHERE id = ANY(%s) AND attempts = %s AND status = 'pending' FOR UPDATE SKIP LOCKED""",
            [claim.delivery_ids, claim.attempt],
        )
        return dict(cursor.fetchall())


def _mark_done(delivery_ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_delivery SET status = 'done', error = '' WHERE id = ANY(%s)", [delivery_ids])


def _mark_failed(errors: dict[int, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE audit_delivery d
               SET error = failed.error, status = CASE WHEN d.attempts >= %s THEN 'dead' ELSE d.status END
               FROM unnest(%s::bigint[], %s::text[]) AS failed(id, error) WHERE d.id = failed.id""",
            [settings.DELIVERY_ATTEMPTS, list(errors), list(errors.values())],
        )
