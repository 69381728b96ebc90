"""What one act did 业务影响: the events of a request, counted and summed, for previews and for the monitor.

A request is found by where its events lie: behind the last event there was when it began.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from .models import Event


@dataclass(frozen=True)
class Effect:
    """All events of one name: how many, and the sum of their amounts in one currency; "" where there are none."""

    name: str
    count: int
    currency: str = ""
    total: str = ""


def last_event_id() -> int:
    """The newest event there is."""
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def events_of(request_id: str, after: int, through: int | None = None) -> QuerySet[Event]:
    """The events of a request behind one event and up to another, in order."""
    events = Event.objects.filter(pk__gt=after, request_id=request_id).order_by("pk")
    return events if through is None else events.filter(pk__lte=through)


def effects_of(request_id: str, after: int) -> list[Effect]:
    """The events of a request since ``after`` by name and currency, the most frequent first."""
    with connection.cursor() as cursor:
        cursor.execute(
            r"""
            SELECT name, count(*), coalesce(payload ->> 'currency', ''),
                   coalesce(sum(CASE WHEN payload ->> 'amount' ~ '^-?[0-9]+(\.[0-9]+)?$'
                                     THEN (payload ->> 'amount')::numeric END)::text, '')
            FROM audit_event WHERE id > %s AND request_id = %s
            GROUP BY 1, 3 ORDER BY 2 DESC, 1, 3
            """,
            [after, request_id],
        )
        return [Effect(*row) for row in cursor.fetchall()]


def as_rows(effects: list[Effect]) -> list[dict[str, Any]]:
    """The effects as JSON keeps them."""
    return [vars(effect) for effect in effects]
