"""Recording what happened. The event is written inside the effect's transaction; only the wake-up ping comes after."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

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
    """A batch of events as handlers receive it: one type, one context, many facts with their event ids."""

    ctx: Context
    type: EventType
    facts: tuple[Fact, ...]
    event_ids: tuple[int, ...]


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
    """Record a batch of facts of one kind with one INSERT, put them in the outbox and tell the inline handlers.

    Must run inside the transaction of the effect; refuses to run outside one.
    """
    batch = tuple(facts)
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("an event is recorded in the transaction of its effect")
    recorded = Recorded(ctx, event, batch, _insert(ctx, event, batch))
    if batch:
        outbox.enqueue(recorded)
        for handler in INLINE.get(event.name, ()):
            handler(recorded)
    return recorded


def _insert(ctx: Context, event: EventType, batch: tuple[Fact, ...]) -> tuple[int, ...]:
    if not batch:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO audit_event (name, subject_type, business_date, actor, person, on_behalf_of, request_id,
                                     subject_id, policy_id, payload, reason)
            SELECT %s, %s, %s, %s, %s, %s, %s, f.subject_id, f.policy_id, f.payload, f.reason
            FROM ROWS FROM (
                     json_to_recordset(%s::json) AS (subject_id bigint, policy_id bigint, payload jsonb, reason text)
                 ) WITH ORDINALITY AS f(subject_id, policy_id, payload, reason, position)
            ORDER BY f.position
            RETURNING id
            """,
            [
                event.name,
                event.subject,
                ctx.business_date,
                ctx.actor,
                ctx.person,
                ctx.on_behalf_of,
                ctx.request_id,
                dumps([vars(fact) for fact in batch]),
            ],
        )
        return tuple(row[0] for row in cursor.fetchall())


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
