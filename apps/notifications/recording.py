"""Saving what became of messages, and what a policy's history says about it. No event holds an address or a text."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from apps.audit import services as audit
from apps.audit.events import EventType
from apps.audit.services import Fact
from apps.core import bulk
from apps.core.context import Context

from . import events
from .messages import MESSAGES
from .models import Attempt, Message
from .states import ChannelKind, Happening, MessageStatus

TOLD = {
    MessageStatus.SKIPPED: events.SKIPPED,
    MessageStatus.FAILED: events.FAILED,
    MessageStatus.UNKNOWN: events.UNKNOWN,
    MessageStatus.DEAD: events.DEAD,
}
CHANGING = (
    *("status", "due_at", "attempts", "asked", "handed_at", "params", "rendered_digest"),
    *("provider_ref", "reason", "accepted_at", "delivered_at"),
)


@contextmanager
def changing(ctx: Context, messages: Collection[Message]) -> Iterator[None]:
    """Save what happens to these locked messages inside the block, and tell of each that reached another end.

    The first we hear of a provider having a message is told too: by it, what the law asked for is done (B-05). What is
    in somebody's inbox stands there, and is no news for the policy's history.
    """
    before = {message.pk: (message.status, message.accepted_at) for message in messages}
    yield
    bulk.save(list(messages), CHANGING)
    for status, event in TOLD.items():
        tell(ctx, event, [each for each in messages if each.status == status != before[each.pk][0]])
    accepted = [each for each in messages if each.accepted_at and not before[each.pk][1]]
    tell(ctx, events.ACCEPTED, [each for each in accepted if each.channel != ChannelKind.INBOX])
    for kind in MESSAGES:
        if kind.when_accepted:
            done = [Fact(each.policy_id or 0, each.policy_id) for each in accepted if each.code == kind.code]
            audit.record_many(ctx, kind.when_accepted, done)


def remember(happened: Iterable[tuple[Message, Happening, datetime, str, str]]) -> None:
    """Keep what happened to messages: when, the provider's number and its reason. What is known already stays as is."""
    rows = [
        Attempt(message=message, happening=what, at=at, provider_ref=ref, reason=reason)
        for message, what, at, ref, reason in happened
    ]
    Attempt.objects.bulk_create(rows, ignore_conflicts=True)


def tell(ctx: Context, event: EventType, messages: Collection[Message], reason: str = "") -> None:
    """Record one event about each message."""
    audit.record_many(ctx, event, [Fact(each.pk, each.policy_id, _story(each), reason) for each in messages])


def _story(message: Message) -> dict[str, Any]:
    return {
        "code": message.code,
        "channel": message.channel,
        "caused_by": message.event_id,
        "why": message.reason,
    }
