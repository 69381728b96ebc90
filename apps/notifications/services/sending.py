"""Before and after a message is handed to its provider.

A claim is one short transaction: what is known is read again under the locks of policy and customer (P06), the text is
fixed, and the lease says until when nobody else touches the message. Then the sender sends, outside any transaction,
and reports the outcomes. A sender that dies leaves messages whose lease runs out.
"""

import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q

from apps.core.clock import OFFICE_ZONE
from apps.core.context import Context
from apps.core.failure import describe
from apps.notifications import facts, rules, texts
from apps.notifications.channels.base import Channel, OutgoingMessage, Refused, SendOutcome, Sent, Unknown
from apps.notifications.messages import MESSAGES
from apps.notifications.models import Message
from apps.notifications.recording import changing
from apps.notifications.states import MessageStatus, NotSentReason
from apps.parties import selectors as parties

from .receipts import heard, next_question

S = MessageStatus
SENDER_DIED = "sender died"
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours to send until its lease ends."""

    message_id: int
    outgoing: OutgoingMessage


@transaction.atomic
def claim(ctx: Context, channel: Channel, now: datetime) -> list[Claimed] | None:
    """Take due messages of a channel for sending; None when nothing is due, or outside its hours (P07).

    The list is empty when none of those that were due is to be sent. Messages not tried yet are taken together; one
    whose sender died is taken alone, so that a poison message takes no neighbours with it (P08).
    """
    if not channel.hours.allow(now.astimezone(OFFICE_ZONE)):
        return None
    batch = _due(ctx, channel, now, S.PLANNED, channel.batch) or _due(ctx, channel, now, S.SENDING, 1)
    if not batch:
        return None
    desk = _Desk.about(ctx, channel, now, batch)
    with changing(ctx, batch):
        return [claimed for claimed in map(desk.take, batch) if claimed]


def _due(ctx: Context, channel: Channel, now: datetime, status: MessageStatus, most: int) -> list[Message]:
    """Lock due messages with their policies and customers, passing over what others hold; only then read them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT m.id FROM notifications_message m
               JOIN policies_policy p ON p.id = m.policy_id
               JOIN parties_party c ON c.id = m.party_id
               WHERE m.channel = %s AND m.status = %s AND m.due_at <= %s AND m.send_on <= %s
               ORDER BY m.due_at, m.id LIMIT %s
               FOR NO KEY UPDATE SKIP LOCKED""",
            [channel.kind, status, now, ctx.business_date, most],
        )
        ids = [row[0] for row in cursor.fetchall()]
    return list(Message.objects.filter(pk__in=ids).order_by("due_at", "pk"))


@dataclass(frozen=True)
class _Desk:
    """What is known about a batch at the moment it is claimed, and what follows for each message."""

    channel: Channel
    now: datetime
    reasons: Mapping[int, str]
    addresses: Mapping[int, str]
    facts: Mapping[int, facts.Row]
    sent_today: Counter[int]

    @classmethod
    def about(cls, ctx: Context, channel: Channel, now: datetime, batch: Sequence[Message]) -> "_Desk":
        people = {message.party_id for message in batch}
        return cls(
            channel=channel,
            now=now,
            reasons=_why_not(ctx, batch),
            addresses=parties.contact_for(people, channel.contact),
            facts=facts.of_messages(message.pk for message in batch if not message.params),
            sent_today=_sent_today(people, now),
        )

    def take(self, message: Message) -> Claimed | None:
        """Lease a message that is to be sent, with its text; move any other to where it belongs."""
        if message.status == S.SENDING:
            return self._take_again(message)
        if reason := self.reasons[message.pk] or self._unreachable(message):
            message.skip(reason)
        elif not self._within_cap(message):
            message.due_at = rules.tomorrow(self.now.astimezone(OFFICE_ZONE), self.channel.hours)
        elif outgoing := self._prepared(message):
            message.start(self._lease_until)
            self.sent_today[message.party_id] += 1
            return Claimed(message.pk, outgoing)
        return None

    def _take_again(self, message: Message) -> Claimed | None:
        """Its sender died, or got no answer. Where the provider dedupes the same key may be sent again; else we ask."""
        if not self.channel.dedupes or self.reasons[message.pk] or rules.exhausted(message.attempts):
            message.lose(next_question(self.channel, 0, self.now), message.reason or SENDER_DIED)
            return None
        message.start_again(self._lease_until)
        return Claimed(message.pk, self._outgoing(message))

    @property
    def _lease_until(self) -> datetime:
        return self.now + timedelta(seconds=settings.MESSAGE_LEASE_SECONDS)

    def _unreachable(self, message: Message) -> str:
        return "" if message.params or message.party_id in self.addresses else NotSentReason.NO_CHANNEL

    def _within_cap(self, message: Message) -> bool:
        legal = MESSAGES[message.code].legal
        return rules.within_cap(self.sent_today[message.party_id], settings.MESSAGES_A_DAY, legal=legal)

    def _prepared(self, message: Message) -> OutgoingMessage | None:
        """The text; a message whose text cannot be made is given up, and holds nobody else up (P08)."""
        try:
            return self._outgoing(message)
        except Exception as error:
            message.give_up(describe(error)[:LONGEST_REASON])
            return None

    def _outgoing(self, message: Message) -> OutgoingMessage:
        """Address and text are fixed at the first attempt: every attempt under one key sends the same bytes (P02)."""
        if not message.params:
            address = self.addresses[message.party_id]
            message.params = texts.seal(message, {"to": address, **facts.params(self.facts[message.pk])})
        params = texts.opened(message)
        text = texts.render(message.template, params)
        message.rendered_digest = text.digest
        return OutgoingMessage(message.public_id, params["to"], text.subject, text.text, text.html, text.short)


def _why_not(ctx: Context, batch: Sequence[Message]) -> dict[int, str]:
    """For each message why it is not to be sent any more, or nothing (P05, P06)."""
    reasons = {}
    for code in {message.code for message in batch}:
        about = [message for message in batch if message.code == code]
        overtaken = MESSAGES[code].recheck([message.subject_id for message in about])
        for message in about:
            late = not rules.still_of_use(message.expires_on, ctx.business_date)
            reasons[message.pk] = overtaken[message.subject_id] or (NotSentReason.SUPERSEDED if late else "")
    return reasons


def _sent_today(people: Collection[int], now: datetime) -> Counter[int]:
    """How many messages each of these customers got since midnight, or is getting just now."""
    midnight = now.astimezone(OFFICE_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    sent = Message.objects.filter(Q(accepted_at__gte=midnight) | Q(status=S.SENDING), party_id__in=people)
    return Counter(dict(sent.values_list("party_id").annotate(Count("pk"))))


@transaction.atomic
def record_outcomes(ctx: Context, channel: Channel, outcomes: Mapping[int, SendOutcome | None], now: datetime) -> None:
    """Note what the provider said to each message; None for one that was claimed and not tried."""
    messages = list(Message.objects.select_for_update(no_key=True).filter(pk__in=outcomes).order_by("pk"))
    with changing(ctx, messages):
        for message in messages:
            _note(channel, message, outcomes[message.pk], now)


def _note(channel: Channel, message: Message, outcome: SendOutcome | None, now: datetime) -> None:
    """A message that was moved on meanwhile keeps its state, unless we know better: that it was accepted."""
    match outcome:
        case Sent(provider_ref):
            message.provider_ref = provider_ref
            heard(message, S.ACCEPTED, now, ask_at=next_question(channel, 0, now))
        case _ if message.status != S.SENDING:
            pass
        case None:
            message.put_back(now, "")
            message.attempts -= 1
        case Refused(reason, retry=False):
            message.fail(reason)
        case Refused(reason) if rules.exhausted(message.attempts):
            message.give_up(reason)
        case Refused(reason):
            message.put_back(_later(message, now), reason)
        case Unknown(reason) if channel.dedupes:
            message.due_at, message.reason = _later(message, now), reason
        case Unknown(reason):
            message.lose(next_question(channel, 0, now), reason)


def _later(message: Message, now: datetime) -> datetime:
    first = timedelta(seconds=settings.MESSAGE_RETRY_SECONDS)
    return now + rules.backoff(message.attempts, first, random.random())
