"""What a person decides about a message: once more, by another channel, or not at all. Each with a reason (S13)."""

from django.db import transaction

from apps.core.clock import now
from apps.core.context import Context
from apps.core.errors import Conflict, NotFound, Refusal, refuse
from apps.notifications import channels, events
from apps.notifications.messages import MESSAGES
from apps.notifications.models import Message
from apps.notifications.recording import changing, tell
from apps.notifications.states import ChannelKind, MessageStatus, NotSentReason

from .planning import again, could_not_be_brought, reaching, write

S = MessageStatus
MAY_GO_ELSEWHERE = (S.ACCEPTED, S.UNKNOWN)


@transaction.atomic
def retry(ctx: Context, message_id: int, *, reason: str) -> Message:
    """重发: send a failed or given-up message again, with the address and the facts of today. Needs a reason.

    Refuses any other: what was accepted is with its reader, and what is unknown may be (R3).
    """
    message = locked(message_id, reason)
    if message.status not in (S.FAILED, S.DEAD) or message.channel == ChannelKind.POST:
        raise Conflict(Refusal("message_not_retriable", {"status": message.get_status_display()}))
    with changing(ctx, [message]):
        message.retry(now())
    tell(ctx, events.RETRIED, [message], reason.strip())
    return message


@transaction.atomic
def resend(ctx: Context, message_id: int, *, channel: ChannelKind, reason: str) -> Message:
    """换渠道重发: the same message by another channel, to a customer who may not have got it. Needs a reason.

    Refuses what arrived, what is still on its way or was never to be sent, a channel it has gone by already, and one
    that does not reach him. Whether it is still true is asked again before it goes (P06).
    """
    message = locked(message_id, reason)
    if not may_go_elsewhere(message):
        raise Conflict(Refusal("message_not_resendable", {"status": message.get_status_display()}))
    if channel in channels_used(message):
        raise Conflict(Refusal("channel_used_already", {"channel": channel.label}))
    way = channels.usable().get(channel)
    if channel != ChannelKind.POST and (way is None or not reaching(way, message)):
        raise Conflict(Refusal("channel_out_of_reach", {"channel": channel.label}))
    [new] = write(ctx, [(again(message), channel)])
    resent = Message.objects.get(pk=new)
    tell(ctx, events.RESENT, [resent], reason.strip())
    return resent


@transaction.atomic
def stop(ctx: Context, message_id: int, *, reason: str) -> Message:
    """停发: a planned message is not to be sent. Needs a reason; refuses what the law orders or is on its way."""
    message = locked(message_id, reason)
    if not may_be_stopped(message):
        raise Conflict(Refusal("message_not_stoppable"))
    with changing(ctx, [message]):
        message.skip(NotSentReason.STOPPED)
    tell(ctx, events.STOPPED, [message], reason.strip())
    return message


def may_go_elsewhere(message: Message) -> bool:
    """Whether another channel may bring it: to a customer whom it did not reach, or not surely."""
    return bool(message.party_id) and (could_not_be_brought(message) or message.status in MAY_GO_ELSEWHERE)


def may_be_stopped(message: Message) -> bool:
    """Planned, and nothing that the law orders."""
    return message.status == S.PLANNED and message.code in MESSAGES and not MESSAGES[message.code].legal


def channels_used(message: Message) -> set[str]:
    """The channels by which this message of this customer has gone, or is to go."""
    same = Message.objects.filter(event_id=message.event_id, code=message.code, party=message.party_id)
    return set(same.values_list("channel", flat=True))


def other_channels(message: Message) -> list[ChannelKind]:
    """By which channels it may be sent as well: set up or on paper, and not used yet."""
    set_up = {*channels.usable(), ChannelKind.POST}
    used = channels_used(message)
    return [kind for kind in (*MESSAGES[message.code].channels, ChannelKind.POST) if kind in set_up - used]


def locked(message_id: int, reason: str) -> Message:
    """The message, locked, for an act that needs a reason."""
    if not reason.strip():
        raise refuse("reason_required")
    message = Message.objects.select_for_update(no_key=True).filter(pk=message_id).first()
    if message is None:
        raise NotFound(Refusal("not_found"))
    return message
