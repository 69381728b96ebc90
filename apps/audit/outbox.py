"""The outbox: which subscriber wants which event, and the delivery rows that make sure it gets it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from django.db import connection, transaction

from .events import EventType

if TYPE_CHECKING:
    from .models import Event
    from .services import Recorded

BatchHandler = Callable[["list[Event]"], None]


@dataclass(frozen=True)
class Subscriber:
    """A reader of the outbox: gets batches of committed events, each event at least once, in order of id."""

    name: str
    events: frozenset[str]
    handle: BatchHandler


SUBSCRIBERS: dict[str, Subscriber] = {}
_ping: list[Callable[[str], None]] = []


def subscribe(name: str, *events: EventType) -> Callable[[BatchHandler], BatchHandler]:
    """Decorator: deliver these events to ``handle`` after commit, batch by batch, retried until done or dead."""

    def register(handle: BatchHandler) -> BatchHandler:
        if name in SUBSCRIBERS:
            raise ValueError(f"subscriber {name} is declared twice")
        SUBSCRIBERS[name] = Subscriber(name, frozenset(event.name for event in events), handle)
        return handle

    return register


def wake_with(ping: Callable[[str], None]) -> None:
    """Tell the outbox how to wake a dispatcher after commit: a hint only, a sweep finds what a lost ping leaves."""
    _ping.append(ping)


def enqueue(recorded: "Recorded") -> None:
    """Write one delivery per event and interested subscriber, in the recording transaction."""
    for subscriber in SUBSCRIBERS.values():
        if recorded.type.name not in subscriber.events:
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO audit_delivery (event_id, subscriber, status, attempts, error)
                   SELECT id, %s, 'pending', 0, '' FROM unnest(%s::bigint[]) AS id ORDER BY id""",
                [subscriber.name, list(recorded.event_ids)],
            )
        _wake_after_commit(subscriber.name)


def _wake_after_commit(subscriber: str) -> None:
    for ping in _ping:
        transaction.on_commit(partial(ping, subscriber), robust=True)
