"""Recording what happened. The event is written inside the effect's transaction; only the wake-up ping comes after."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from apps.core.bulk import Statement
from apps.core.context import Context
from apps.core.errors import refuse
from apps.core.json import dumps

from . import outbox
from .events import EventType
from .models import Access
from .states import AccessKind


@dataclass(frozen=True)
class Fact:
    """One row of a batch: what the event is about, the policy whose timeline shows it, and the before/after values."""

    subject_id: int
    policy_id: int | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Recorded:
    """A batch of events as handlers receive it: one type, one context, and of each event its id and whom it is about.

    ``payloads`` are kept, as JSON, only for events that have handlers.
    """

    ctx: Context
    type: EventType
    event_ids: Sequence[int] = ()
    subject_ids: Sequence[int] = ()
    policy_ids: Sequence[int | None] = ()
    payloads: Sequence[str] = ()

    @property
    def facts(self) -> list[Fact]:
        """The events as what they say; for handlers."""
        rows = zip(self.subject_ids, self.policy_ids, self.payloads, strict=True)
        return [Fact(subject_id, policy_id, json.loads(payload)) for subject_id, policy_id, payload in rows]


def record(
    ctx: Context,
    event: EventType,
    subject_id: int,
    *,
    policy_id: int | None = None,
    reason: str = "",
    **payload: Any,
) -> int:
    """Record one fact and return its event id."""
    return record_many(ctx, event, [Fact(subject_id, policy_id, payload, reason)]).event_ids[0]


def record_many(ctx: Context, event: EventType, facts: Iterable[Fact]) -> Recorded:
    """Record a batch of facts of one kind, in their order. Must run inside the transaction of the effect."""
    batch = [vars(fact) for fact in facts]
    return record_rows(ctx, event, Statement(FACTS, [dumps(batch)])) if batch else Recorded(ctx, event)


FACTS = """
    SELECT subject_id, policy_id, payload, reason
    FROM ROWS FROM (
        json_to_recordset(%s::json) AS (subject_id bigint, policy_id bigint, payload jsonb, reason text)
    ) WITH ORDINALITY AS fact (subject_id, policy_id, payload, reason, position)
    ORDER BY position
"""


def record_rows(ctx: Context, event: EventType, facts: Statement) -> Recorded:
    """Record an event for each row of a statement, put them in the outbox and tell the inline handlers.

    The rows are ``subject_id, policy_id, payload, reason``. The statement may be the change itself with a RETURNING:
    then exactly what changed has its event. Must run inside the transaction of the effect; refuses to run outside one.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("an event is recorded in the transaction of its effect")
    subscribers = outbox.subscribers_of(event)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH {facts.given}{"," if facts.given else ""}
            fact AS ({facts.sql}),
            happened AS (
                INSERT INTO audit_event (name, subject_type, business_date, actor, person, on_behalf_of, request_id,
                                         subject_id, policy_id, payload, reason)
                SELECT %s, %s, %s, %s, %s, %s, %s, subject_id, policy_id, payload, reason FROM fact
                RETURNING id, subject_id, policy_id, payload
            ),
            queued AS ({outbox.QUEUE})
            SELECT array_agg(id), array_agg(subject_id), array_agg(policy_id),
                   array_agg(payload::text) FILTER (WHERE %s)
            FROM happened
            """,
            [
                *facts.params,
                *(event.name, event.subject),
                *(ctx.business_date, ctx.actor, ctx.person, ctx.on_behalf_of, ctx.request_id),
                *(subscribers, event.name in INLINE),
            ],
        )
        recorded = Recorded(ctx, event, *(column or () for column in cursor.fetchone()))
    if recorded.event_ids:
        outbox.wake_after_commit(subscribers)
        for handler in INLINE.get(event.name, ()):
            handler(recorded)
    return recorded


Handler = Callable[[Recorded], None]
INLINE: dict[str, list[Handler]] = {}


def on(*events: EventType) -> Callable[[Handler], Handler]:
    """Decorator: run this handler inside the recording transaction, once per batch."""

    def register(handler: Handler) -> Handler:
        for event in events:
            INLINE.setdefault(event.name, []).append(handler)
        return handler

    return register


def note_access(
    ctx: Context,
    kind: AccessKind,
    action: str,
    *,
    object_type: str = "",
    object_id: int | None = None,
    purpose: str = "",
    **detail: Any,
) -> Access:
    """Remember a denial, reveal, export or purpose-bound opening (P36). Reveals and openings need a purpose."""
    if kind in (AccessKind.REVEALED, AccessKind.OPENED) and not purpose.strip():
        raise refuse("reason_required")
    return Access.objects.create(
        business_date=ctx.business_date,
        actor=ctx.actor,
        person=ctx.person,
        on_behalf_of=ctx.on_behalf_of,
        request_id=ctx.request_id,
        ip=ctx.ip,
        kind=kind,
        action=action,
        object_type=object_type,
        object_id=object_id,
        purpose=purpose,
        detail=detail,
    )
