"""What becomes of a message after it left us: receipts, and questions to the provider."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from apps.core import bulk
from apps.core.context import Context
from apps.core.errors import NotFound, Refusal
from apps.core.statemachine import sources
from apps.notifications import channels, rules, texts
from apps.notifications.channels.base import Answer, Channel, NeverSeen, Receipt
from apps.notifications.models import Message, ReceiptCount
from apps.notifications.recording import changing, remember
from apps.notifications.states import ChannelKind, Happening, MessageStatus
from apps.parties import reaching

S = MessageStatus
FAILURE_OUTRANKS = (S.FAILED, S.ACCEPTED)
"""Only a letter on paper leads from the one to the other, never a provider's late word."""
HAPPENINGS = {S.ACCEPTED: Happening.ACCEPTED, S.DELIVERED: Happening.DELIVERED, S.FAILED: Happening.FAILED}
NEVER_ARRIVED = "never reached the provider"


@transaction.atomic
def note_receipt(ctx: Context, public_id: UUID, receipt: Receipt, *, channel: ChannelKind | None = None) -> Message:
    """回执: a provider says that a message was accepted, delivered or failed.

    However late, doubled or out of order receipts come, they end alike: delivered over failed over accepted,
    each at the earliest moment heard of (P10). Not found for a key that is none of ours, or not of the ``channel`` that
    the provider may speak for.
    """
    message = Message.objects.select_for_update(no_key=True).filter(public_id=public_id).first()
    if message is None or channel not in (None, message.channel):
        raise NotFound(Refusal("not_found"))
    with changing(ctx, [message]):
        heard(message, receipt.status, receipt.at, reason=receipt.reason)
    _follow(ctx, message, receipt)
    return message


def note_receipts(
    ctx: Context, channel: ChannelKind, receipts: Sequence[tuple[UUID, Receipt]], *, day: date
) -> ReceiptCount:
    """Note what a provider pushed, each receipt on its own; what is about no message of ours is counted (P10)."""
    noted = sum(_is_ours(ctx, public_id, receipt, channel) for public_id, receipt in receipts)
    count = ReceiptCount(source=channel, day=day, noted=noted, unknown=len(receipts) - noted)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO notifications_receiptcount AS kept (source, day, noted, unknown) VALUES (%s, %s, %s, %s)
               ON CONFLICT (day, source) DO UPDATE
               SET noted = kept.noted + excluded.noted, unknown = kept.unknown + excluded.unknown""",
            [count.source, count.day, count.noted, count.unknown],
        )
    return count


def _is_ours(ctx: Context, public_id: UUID, receipt: Receipt, channel: ChannelKind) -> bool:
    try:
        note_receipt(ctx, public_id, receipt, channel=channel)
    except NotFound:
        return False
    return True


def _follow(ctx: Context, message: Message, receipt: Receipt) -> None:
    """Keep the receipt, and what it says about the address: once, however often it comes."""
    known = message.history.filter(at=receipt.at, happening=HAPPENINGS[receipt.status]).exists()
    if known:
        return
    remember([(message, HAPPENINGS[receipt.status], receipt.at, "", receipt.reason)])
    if receipt.status == S.FAILED:
        doubt(ctx, message, lasting=receipt.bad_address)
    if receipt.status == S.DELIVERED and (address := _address(message)):
        reaching.note_arrival(**address)


def doubt(ctx: Context, message: Message, *, lasting: bool) -> None:
    """A message did not get through to the address it was sent to."""
    if address := _address(message):
        reaching.note_failure(ctx, **address, lasting=lasting)


def _address(message: Message) -> dict[str, Any] | None:
    """The contact a message to a customer was sent to, as ``reaching`` asks for it."""
    kind = channels.CONTACTS.get(ChannelKind(message.channel)) if message.channel and message.party_id else None
    if not (kind and message.params):
        return None
    return {"party_id": message.party_id, "kind": kind, "value": texts.opened(message)["to"]}


def heard(
    message: Message, status: MessageStatus, at: datetime, *, reason: str = "", ask_at: datetime | None = None
) -> None:
    """Fold one piece of news into a locked message; news that it outranks changes no state."""
    if message.status == S.SKIPPED:
        return
    if status in (S.ACCEPTED, S.DELIVERED):
        message.accepted_at = min(at, message.accepted_at or at)
    if status == S.DELIVERED:
        message.delivered_at = min(at, message.delivered_at or at)
    if message.status not in sources(Message, status) or (message.status, status) == FAILURE_OUTRANKS:
        return
    if status == S.ACCEPTED:
        message.accept(ask_at)
    elif status == S.DELIVERED:
        message.deliver()
    else:
        message.fail(reason)


def next_question(channel: Channel, asked: int, now: datetime) -> datetime | None:
    """When to ask the provider about a message, having asked so often (R3); never where it does not answer."""
    schedule = [timedelta(seconds=seconds) for seconds in settings.MESSAGE_ASK_SECONDS]
    wait = rules.ask_after(asked, schedule) if channel.answers else None
    return now + wait if wait is not None else None


@transaction.atomic
def take_questions(channel: Channel, now: datetime, most: int = 10) -> list[UUID]:
    """The messages of a channel to ask its provider about now, each noted as asked: unknown, or not delivered yet."""
    waiting = Message.objects.filter(channel=channel.kind, status__in=[S.UNKNOWN, S.ACCEPTED], due_at__lte=now)
    batch = list(waiting.select_for_update(no_key=True, skip_locked=True).order_by("due_at", "pk")[:most])
    for message in batch:
        message.asked += 1
        message.due_at = next_question(channel, message.asked, now)
    bulk.save(batch, ["asked", "due_at"])
    return [message.public_id for message in batch]


@transaction.atomic
def answer(ctx: Context, public_id: UUID, said: Answer, now: datetime) -> None:
    """Act on a provider's answer: what it never saw may be sent again, if it is still wanted (R3)."""
    message = Message.objects.select_for_update(no_key=True).get(public_id=public_id)
    with changing(ctx, [message]):
        match said:
            case Receipt(status, at, reason):
                heard(message, status, at, reason=reason, ask_at=message.due_at)
                _follow(ctx, message, said)
            case NeverSeen() if message.status == S.UNKNOWN and rules.exhausted(message.attempts):
                message.give_up(NEVER_ARRIVED)
            case NeverSeen() if message.status == S.UNKNOWN:
                message.put_back(now, NEVER_ARRIVED)
                remember([(message, Happening.NEVER_SEEN, now, "", "")])
