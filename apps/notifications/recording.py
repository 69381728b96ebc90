"""Saving what became of messages, and what a policy's history says about it. No event holds an address or a text."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from apps.audit import services as audit
from apps.audit.events import EventType
from apps.audit.services import Fact
from apps.core.context import Context

from . import events
from .messages import MESSAGES
from .models import Message
from .states import MessageStatus

TOLD = {
    MessageStatus.SKIPPED: events.SKIPPED,
    MessageStatus.FAILED: events.FAILED,
    MessageStatus.UNKNOWN: events.UNKNOWN,
    MessageStatus.DEAD: events.DEAD,
}
CHANGING = (
    *("status", "due_at", "attempts", "asked", "params", "rendered_digest"),
    *("provider_ref", "reason", "accepted_at", "delivered_at"),
)


@contextmanager
def changing(ctx: Context, messages: Collection[Message]) -> Iterator[None]:
    """Save what happens to these locked messages inside the block, and tell of each that reached another end.

    The first we hear of a provider having a message is told too: by it, what the law asked for is done (B-05).
    """
    before = {message.pk: (message.status, message.accepted_at) for message in messages}
    yield
    Message.objects.bulk_update(messages, CHANGING)
    for status, event in TOLD.items():
        tell(ctx, event, [each for each in messages if each.status == status != before[each.pk][0]])
    accepted = [each for each in messages if each.accepted_at and not before[each.pk][1]]
    tell(ctx, events.ACCEPTED, accepted)
    for kind in MESSAGES:
        if kind.when_accepted:
            done = [Fact(each.policy_id, each.policy_id) for each in accepted if each.code == kind.code]
            audit.record_many(ctx, kind.when_accepted, done)


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
