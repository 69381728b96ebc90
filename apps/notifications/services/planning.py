"""Events become messages: who is told, over which channel; and the next channel when one fails."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from apps.audit.models import Event
from apps.core.context import Context
from apps.notifications import channels, events, rules
from apps.notifications.channels.base import Channel
from apps.notifications.messages import MESSAGES, MessageType, Plan
from apps.notifications.models import Message
from apps.notifications.readers import Reader
from apps.notifications.recording import tell
from apps.notifications.states import ChannelKind, MessageStatus, NotSentReason, Readers
from apps.parties import selectors as parties
from apps.parties.values import Wishes

S = MessageStatus
POST = ChannelKind.POST


@dataclass(frozen=True, slots=True)
class Wanted:
    """One message to be written, for one reader."""

    type: MessageType
    plan: Plan
    event_id: int
    policy_id: int | None
    reader: Reader
    instead_of: int | None = None

    @property
    def reader_id(self) -> int:
        return self.reader.party_id or self.reader.user_id or 0


Route = tuple[Wanted, ChannelKind | None]


@transaction.atomic
def plan(ctx: Context, batch: Sequence[Event]) -> list[int]:
    """Write the messages that these events ask for, one for each event, kind of message and reader (P02, P04).

    A customer is told by the first channel in the order he wishes; what the law orders goes by post when none reaches
    him, and anything else is skipped for all to see. Staff are told by every channel that reaches them. Returns the ids
    that are new.
    """
    wanted = [
        Wanted(kind, asked, event.pk, event.policy_id, reader)
        for kind in MESSAGES
        for event, asked, readers in _asked(kind, [event for event in batch if event.name == kind.event.name])
        for reader in readers
    ]
    return write(ctx, [route for each, found in _ways(wanted) for route in _routes(each, found)])


@transaction.atomic
def fall_back(ctx: Context, message_ids: Collection[int]) -> list[int]:
    """Write again, for the next channel of their readers, what these messages could not bring.

    Never twice over one channel: each writes one row per event, kind, reader and channel. When no channel is left, what
    the law orders goes by post; for anything else the failed message is the end. Returns the ids that are new.
    """
    failed = Message.objects.filter(pk__in=message_ids, party__isnull=False).exclude(channel__in=["", POST])
    known = {each.pk: each for each in failed.order_by("pk") if could_not_be_brought(each)}
    used = _channels_used(known.values())
    wanted = [again(each) for each in known.values()]
    routes = []
    for each, found in _ways(wanted):
        message = known[each.instead_of or 0]
        left = [kind for kind in found if kind not in used[message.event_id, message.code]]
        way = left[0] if left else POST if each.type.legal else None
        if way:
            routes.append((each, way))
    return write(ctx, routes)


def could_not_be_brought(message: Message) -> bool:
    """Failed, given up, or skipped because the address is gone."""
    gone = message.status == S.SKIPPED and message.reason == NotSentReason.NO_CHANNEL
    return gone or message.status in (S.FAILED, S.DEAD)


def again(message: Message) -> Wanted:
    """The same message once more, by another channel."""
    plan = Plan(message.template, message.subject_id, message.send_on, message.expires_on)
    reader = Reader(message.party_id, message.user_id)
    return Wanted(MESSAGES[message.code], plan, message.event_id, message.policy_id, reader, message.pk)


def _asked(kind: MessageType, batch: Sequence[Event]) -> list[tuple[Event, Plan, Sequence[Reader]]]:
    if not batch:
        return []
    readers = kind.to.find(batch)
    return [(event, asked, readers[event.pk]) for event in batch if event.pk in readers and (asked := kind.plan(event))]


def _ways(wanted: Sequence[Wanted]) -> list[tuple[Wanted, list[ChannelKind]]]:
    """For each message the channels that are set up and reach its reader, in the order he wishes."""
    set_up = channels.usable()
    groups: dict[Readers, set[int]] = defaultdict(set)
    for each in wanted:
        groups[each.type.to.kind].add(each.reader_id)
    reached = {
        kind: set(channel.addresses(groups[channel.readers]))
        for kind, channel in set_up.items()
        if groups[channel.readers]
    }
    wishes = parties.wishes(groups[Readers.CUSTOMERS]) if groups[Readers.CUSTOMERS] else {}
    return [(each, _in_order(each, wishes, reached)) for each in wanted]


def _in_order(each: Wanted, wishes: Mapping[int, Wishes], reached: Mapping[ChannelKind, set[int]]) -> list[ChannelKind]:
    wish = wishes.get(each.reader_id) if each.type.to.kind == Readers.CUSTOMERS else None
    order = rules.in_wished_order(each.type.channels, each.type.purpose, wish, channels.CONTACTS)
    return [kind for kind in order if kind == POST or each.reader_id in reached.get(kind, ())]


def _routes(each: Wanted, found: Sequence[ChannelKind]) -> list[Route]:
    if each.type.to.kind != Readers.CUSTOMERS:
        return [(each, kind) for kind in found]
    if found:
        return [(each, found[0])]
    return [(each, POST if each.type.legal else None)]


def _channels_used(failed: Iterable[Message]) -> dict[tuple[int, str], set[str]]:
    used: dict[tuple[int, str], set[str]] = defaultdict(set)
    rows = Message.objects.filter(event_id__in={each.event_id for each in failed}, party__isnull=False)
    for event_id, code, channel in rows.values_list("event_id", "code", "channel"):
        used[event_id, code].add(channel)
    return used


def reaching(channel: Channel, message: Message) -> bool:
    """Whether a channel reaches the reader of this message."""
    return message.reader_id in channel.addresses([message.reader_id])


def write(ctx: Context, routes: Sequence[Route]) -> list[int]:
    """Insert these messages; what is there already stays. Tells which are skipped, and which letters are due."""
    new = _insert(routes)
    told = list(Message.objects.filter(pk__in=new).exclude(status=S.PLANNED, due_at__isnull=False))
    tell(ctx, events.SKIPPED, [each for each in told if each.status == S.SKIPPED])
    tell(ctx, events.LETTER_DUE, [each for each in told if each.channel == POST])
    return new


def _insert(routes: Sequence[Route]) -> list[int]:
    columns = (
        [each.type.code for each, _ in routes],
        [each.plan.template for each, _ in routes],
        [channel or "" for _, channel in routes],
        [each.reader.party_id for each, _ in routes],
        [each.reader.user_id for each, _ in routes],
        [each.policy_id for each, _ in routes],
        [each.instead_of for each, _ in routes],
        [each.event_id for each, _ in routes],
        [each.plan.subject_id for each, _ in routes],
        [each.plan.send_on for each, _ in routes],
        [each.plan.expires_on for each, _ in routes],
        [S.PLANNED if channel else S.SKIPPED for _, channel in routes],
        ["" if channel else NotSentReason.NO_CHANNEL for _, channel in routes],
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO notifications_message
                   (code, template, channel, party_id, user_id, policy_id, instead_of_id, event_id, subject_id, send_on,
                    expires_on, status, reason, due_at, attempts, asked, params, rendered_digest, provider_ref)
               SELECT new.*, CASE WHEN new.status = 'planned' AND new.channel <> 'post' THEN now() END,
                      0, 0, '', '', ''
               FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
                           %s::bigint[], %s::bigint[], %s::date[], %s::date[], %s::text[], %s::text[])
                    AS new(code, template, channel, party_id, user_id, policy_id, instead_of_id, event_id, subject_id,
                           send_on, expires_on, status, reason)
               ON CONFLICT DO NOTHING RETURNING id""",
            columns,
        )
        return [row[0] for row in cursor.fetchall()]
