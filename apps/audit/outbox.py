"""The outbox: which subscriber wants which event, and the delivery rows that make sure it gets it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction

from .events import EventType

if TYPE_CHECKING:
    from .models import Event

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


QUEUE = """
    INSERT INTO audit_delivery (event_id, subscriber, status, attempts, error)
    SELECT id, subscriber, 'pending', 0, '' FROM happened, unnest(%s::text[]) AS subscriber ORDER BY subscriber, id
"""
"""One delivery for each event in ``happened`` and each interested subscriber, in the statement that records them."""


def subscribers_of(event: EventType) -> list[str]:
    """Who wants to hear of these events."""
    return [subscriber.name for subscriber in SUBSCRIBERS.values() if event.name in subscriber.events]


def wake_after_commit(subscribers: Iterable[str]) -> None:
    """Ping their dispatchers once the events are there to be seen."""
    for subscriber in subscribers:
        for ping in _ping:
            transaction.on_commit(partial(ping, subscriber), robust=True)
