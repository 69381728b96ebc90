"""Events become messages: who is told, over which channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from apps.audit.models import Event
from apps.core.context import Context
from apps.notifications import channels, events
from apps.notifications.channels.base import Channel
from apps.notifications.messages import MESSAGES, MessageType, Plan
from apps.notifications.models import Message
from apps.notifications.recording import tell
from apps.notifications.states import ChannelKind, MessageStatus, NotSentReason
from apps.parties import selectors as parties
from apps.policies import selectors as policies


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One message to be written."""

    type: MessageType
    plan: Plan
    event: Event
    party_id: int


@transaction.atomic
def plan(ctx: Context, batch: Sequence[Event]) -> list[int]:
    """Write the messages that these events ask for, one for each event and kind of message (P02, P04).

    Whoever cannot be reached gets a message that is skipped for all to see. Returns the ids that are new.
    """
    holders = policies.holders({event.policy_id for event in batch if event.policy_id})
    wanted = [
        _Wanted(kind, asked, event, holders[event.policy_id])
        for event in batch
        for kind in MESSAGES
        if kind.event.name == event.name and event.policy_id in holders and (asked := kind.plan(event))
    ]
    new = _insert([(each, channel) for each, channel in zip(wanted, _channels(wanted), strict=True)])
    tell(ctx, events.SKIPPED, list(Message.objects.filter(pk__in=new, status=MessageStatus.SKIPPED)))
    return new


def _channels(wanted: Sequence[_Wanted]) -> list[ChannelKind | None]:
    """For each message the first channel of its kind that is set up and reaches the person."""
    set_up: Mapping[ChannelKind, Channel] = channels.usable()
    people = {each.party_id for each in wanted}
    reached = {kind: set(parties.contact_for(people, channel.contact)) for kind, channel in set_up.items()}
    return [
        next((kind for kind in each.type.channels if each.party_id in reached.get(kind, ())), None) for each in wanted
    ]


def _insert(rows: Sequence[tuple[_Wanted, ChannelKind | None]]) -> list[int]:
    columns = (
        [each.type.code for each, _ in rows],
        [each.plan.template for each, _ in rows],
        [channel or "" for _, channel in rows],
        [each.party_id for each, _ in rows],
        [each.event.policy_id for each, _ in rows],
        [each.event.pk for each, _ in rows],
        [each.plan.subject_id for each, _ in rows],
        [each.plan.send_on for each, _ in rows],
        [each.plan.expires_on for each, _ in rows],
        [MessageStatus.PLANNED if channel else MessageStatus.SKIPPED for _, channel in rows],
        ["" if channel else NotSentReason.NO_CHANNEL for _, channel in rows],
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO notifications_message
                   (code, template, channel, party_id, policy_id, event_id, subject_id, send_on, expires_on,
                    status, reason, due_at, attempts, asked, params, rendered_digest, provider_ref)
               SELECT new.*, CASE new.status WHEN 'planned' THEN now() END, 0, 0, '', '', ''
               FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
                           %s::date[], %s::date[], %s::text[], %s::text[])
                    AS new(code, template, channel, party_id, policy_id, event_id, subject_id, send_on, expires_on,
                           status, reason)
               ON CONFLICT DO NOTHING RETURNING id""",
            columns,
        )
        return [row[0] for row in cursor.fetchall()]
