"""Before and after a message is handed to its provider.

A claim is one short transaction: what is known is read again under the locks of policy and customer (P06), the text is
fixed, and the lease says until when nobody else touches the message. Then the sender sends, outside any transaction,
and reports the outcomes. A sender that dies leaves messages whose lease runs out.

Where the provider does not dedupe, the sender marks each message right before it leaves and, with the same statement,
that the one before it was taken. So of a batch whose sender died one message is unknown, those before it are known to
be taken, and those after it never left.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
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
from apps.notifications.recording import changing, remember
from apps.notifications.states import Happening, MessageStatus, NotSentReason, Purpose, Readers
from apps.parties import selectors as parties
from apps.parties.states import ConsentPurpose
from apps.parties.values import Wishes

from .receipts import doubt, heard, next_question

S = MessageStatus
SENDER_DIED = "sender died"
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours to send until its lease ends."""

    message_id: int
    outgoing: OutgoingMessage
    lease_until: datetime


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


LOCKED_WITH_ITS_POLICY_AND_CUSTOMER = """
    SELECT m.id FROM notifications_message m
    JOIN policies_policy p ON p.id = m.policy_id
    JOIN parties_party c ON c.id = m.party_id
    WHERE m.channel = %s AND m.status = %s AND m.due_at <= %s AND m.send_on <= %s
    ORDER BY m.due_at, m.id LIMIT %s
    FOR NO KEY UPDATE SKIP LOCKED"""
LOCKED_ALONE = """
    SELECT m.id FROM notifications_message m
    WHERE m.channel = %s AND m.status = %s AND m.due_at <= %s AND m.send_on <= %s
    ORDER BY m.due_at, m.id LIMIT %s
    FOR NO KEY UPDATE SKIP LOCKED"""


def _due(ctx: Context, channel: Channel, now: datetime, status: MessageStatus, most: int) -> list[Message]:
    """Lock due messages, those to customers with policy and customer, passing over what others hold; then read them."""
    to_customers = channel.readers == Readers.CUSTOMERS
    with connection.cursor() as cursor:
        cursor.execute(
            LOCKED_WITH_ITS_POLICY_AND_CUSTOMER if to_customers else LOCKED_ALONE,
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
    wishes: Mapping[int, Wishes]

    @classmethod
    def about(cls, ctx: Context, channel: Channel, now: datetime, batch: Sequence[Message]) -> "_Desk":
        people = {message.reader_id for message in batch}
        customers = channel.readers == Readers.CUSTOMERS
        return cls(
            channel=channel,
            now=now,
            reasons=why_not(ctx, batch),
            addresses=channel.addresses(people),
            facts=_facts(message for message in batch if not message.params),
            sent_today=_sent_today(people, now) if customers else Counter(),
            wishes=parties.wishes(people) if customers and channel.disturbs else {},
        )

    def take(self, message: Message) -> Claimed | None:
        """Lease a message that is to be sent, with its text; move any other to where it belongs."""
        if message.status == S.SENDING:
            return self._take_again(message)
        if reason := self.reasons[message.pk] or self._unreachable(message):
            message.skip(reason)
        elif not self._within_cap(message):
            message.due_at = rules.tomorrow(self.office_time, self.channel.hours)
        elif quiet_until := self._quiet_until(message):
            message.due_at = quiet_until
        elif outgoing := self._prepared(message):
            message.start(self._lease_until)
            self.sent_today[message.reader_id] += 1
            return Claimed(message.pk, outgoing, self._lease_until)
        return None

    def _take_again(self, message: Message) -> Claimed | None:
        """Its sender died, or got no answer. Where the provider dedupes, the same key may be sent again; else what
        never left us is put back, what was taken is known, and of the one in between we ask."""
        if self._sent_again_safely(message):
            message.start_again(self._lease_until)
            return Claimed(message.pk, self._outgoing(message), self._lease_until)
        never_left = self.channel.marks and not message.handed_at
        if never_left and not rules.exhausted(message.attempts):
            message.put_back(self.now, SENDER_DIED)
        elif never_left:
            message.give_up(SENDER_DIED)
        elif self.channel.marks and message.provider_ref:
            heard(message, S.ACCEPTED, self.now, ask_at=next_question(self.channel, 0, self.now))
        else:
            message.lose(next_question(self.channel, 0, self.now), message.reason or SENDER_DIED)
        return None

    def _sent_again_safely(self, message: Message) -> bool:
        since = self.now - (message.handed_at or self.now)
        remembered = self.channel.dedupes and since <= self.channel.remembers
        return remembered and not self.reasons[message.pk] and not rules.exhausted(message.attempts)

    @property
    def office_time(self) -> datetime:
        return self.now.astimezone(OFFICE_ZONE)

    def _quiet_until(self, message: Message) -> datetime | None:
        wish = self.wishes.get(message.reader_id)
        return rules.quiet_until(self.office_time, wish.quiet.hours, self.channel.hours) if wish else None

    @property
    def _lease_until(self) -> datetime:
        return self.now + timedelta(seconds=settings.MESSAGE_LEASE_SECONDS)

    def _unreachable(self, message: Message) -> str:
        return "" if message.params or message.reader_id in self.addresses else NotSentReason.NO_CHANNEL

    def _within_cap(self, message: Message) -> bool:
        legal = MESSAGES[message.code].legal
        return rules.within_cap(self.sent_today[message.reader_id], settings.MESSAGES_A_DAY, legal=legal)

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
            said = MESSAGES[message.code].source.say(self.facts[message.pk])
            message.params = texts.seal(message, {"to": self.addresses[message.reader_id], **said})
        params = texts.opened(message)
        text = texts.render(message.template, params)
        message.rendered_digest = text.digest
        return OutgoingMessage(message.public_id, params["to"], text.subject, text.text, text.html, text.short)


def _facts(messages: Iterable[Message]) -> dict[int, facts.Row]:
    """What the texts of these messages will say, each kind from its own source."""
    by_source: dict[facts.Source, list[int]] = defaultdict(list)
    for message in messages:
        by_source[MESSAGES[message.code].source].append(message.pk)
    return {pk: row for source, ids in by_source.items() for pk, row in source.read(ids).items()}


def why_not(ctx: Context, batch: Sequence[Message]) -> dict[int, str]:
    """For each message why it is not to be sent any more, or nothing (P05, P06, P59)."""
    reasons, reached = {}, _reached_elsewhere(batch)
    for code in {message.code for message in batch}:
        about, kind = [message for message in batch if message.code == code], MESSAGES[code]
        overtaken = kind.recheck([message.subject_id for message in about])
        refusing = _without_consent(about) if kind.purpose == Purpose.MARKETING else set()
        for message in about:
            late = not rules.still_of_use(message.expires_on, ctx.business_date)
            reasons[message.pk] = (
                overtaken[message.subject_id]
                or (NotSentReason.NO_CONSENT if message.party_id in refusing else "")
                or (NotSentReason.REACHED if message.pk in reached else "")
                or (NotSentReason.SUPERSEDED if late else "")
            )
    return reasons


def _without_consent(messages: Sequence[Message]) -> set[int]:
    people = {message.party_id for message in messages if message.party_id}
    return people - parties.consents(people, ConsentPurpose.MARKETING)


def _reached_elsewhere(batch: Sequence[Message]) -> set[int]:
    """Those that replace a message which arrived after all."""
    replacing = [message.pk for message in batch if message.instead_of_id]
    arrived = Message.objects.filter(pk__in=replacing, instead_of__status=S.DELIVERED) if replacing else None
    return set(arrived.values_list("pk", flat=True)) if arrived is not None else set()


def _sent_today(people: Collection[int], now: datetime) -> Counter[int]:
    """How many messages each of these customers got since midnight, or is getting just now."""
    midnight = now.astimezone(OFFICE_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    sent = Message.objects.filter(Q(accepted_at__gte=midnight) | Q(status=S.SENDING), party_id__in=people)
    return Counter(dict(sent.values_list("party_id").annotate(Count("pk"))))


def mark(claimed: Claimed, before: tuple[int, str] | None) -> bool:
    """Note that a message is about to leave us, and that the one before it, id and number, was taken.

    False when the lease is no longer ours: somebody else has it, and it is not to be sent.
    """
    taken, ref = before or (0, "")
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE notifications_message
               SET handed_at = CASE WHEN id = %(next)s THEN coalesce(handed_at, now()) ELSE handed_at END,
                   provider_ref = CASE WHEN id = %(taken)s THEN %(ref)s ELSE provider_ref END
               WHERE id IN (%(next)s, %(taken)s) AND status = 'sending' AND due_at = %(lease)s
               RETURNING id""",
            {"next": claimed.message_id, "taken": taken, "ref": ref, "lease": claimed.lease_until},
        )
        return (claimed.message_id,) in cursor.fetchall()


@transaction.atomic
def record_outcomes(ctx: Context, channel: Channel, outcomes: Mapping[int, SendOutcome | None], now: datetime) -> None:
    """Note what the provider said to each message; None for one that was claimed and not tried.

    An address at which nobody can ever be reached makes its contact doubtful.
    """
    messages = list(Message.objects.select_for_update(no_key=True).filter(pk__in=outcomes).order_by("pk"))
    with changing(ctx, messages):
        for message in messages:
            _note(channel, message, outcomes[message.pk], now)
    remember(_story(message, outcome, now) for message in messages if (outcome := outcomes[message.pk]))
    for message in messages:
        outcome = outcomes[message.pk]
        if isinstance(outcome, Refused) and outcome.bad_address:
            doubt(ctx, message, lasting=not outcome.retry)


def _story(message: Message, outcome: SendOutcome, now: datetime) -> tuple[Message, Happening, datetime, str, str]:
    match outcome:
        case Sent(ref):
            return message, Happening.TAKEN, now, ref, ""
        case Refused(reason, retry):
            return message, Happening.PUT_OFF if retry else Happening.TURNED_DOWN, now, "", reason
        case Unknown(reason):
            return message, Happening.NO_ANSWER, now, "", reason


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
