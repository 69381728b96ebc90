"""What no electronic channel could bring goes by post 邮寄: printed, posted, and known to have gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from apps.audit import services as audit
from apps.audit.states import AccessKind
from apps.core.clock import now
from apps.core.context import Context
from apps.core.errors import Conflict, NotFound, Refusal, refuse
from apps.notifications import events, texts
from apps.notifications.messages import MESSAGES
from apps.notifications.models import Message
from apps.notifications.recording import changing, remember, tell
from apps.notifications.states import ChannelKind, Happening, MessageStatus
from apps.parties import selectors as parties
from apps.parties.states import ContactKind

from .planning import could_not_be_brought
from .sending import why_not

S = MessageStatus
WAITING = (S.PLANNED, S.SENDING)
MOST_LETTERS = 500


@dataclass(frozen=True, slots=True)
class PrintedLetter:
    """信函: one letter ready for the printer. Plain name and address: for the envelope only, kept nowhere."""

    message_id: int
    name: str
    address: str
    subject: str
    zh: str
    en: str


def may_go_by_post(message: Message) -> bool:
    """A letter that waits, or a message to a customer that no electronic channel could bring."""
    if message.channel == ChannelKind.POST:
        return message.status in WAITING
    return bool(message.party_id) and could_not_be_brought(message)


@transaction.atomic
def print_letters(ctx: Context, message_ids: Sequence[int]) -> list[PrintedLetter]:
    """打印信函: these letters, those that are still to be sent, with what they say fixed. They may be printed again.

    What was overtaken since is skipped, as with any channel (P06). Names and addresses come out in plain, so the access
    is remembered (P36).
    """
    found = Message.objects.select_for_update(no_key=True).filter(
        pk__in=message_ids, channel=ChannelKind.POST, status__in=WAITING
    )
    batch = list(found.order_by("send_on", "pk")[:MOST_LETTERS])
    reasons, moment = why_not(ctx, batch), now()
    with changing(ctx, batch):
        for message in batch:
            if message.status == S.PLANNED and reasons[message.pk]:
                message.skip(reasons[message.pk])
            elif message.status == S.PLANNED:
                _fix(message)
                message.start(None)
    printed = [message for message in batch if message.status == S.SENDING]
    remember((message, Happening.PRINTED, moment, "", "") for message in printed)
    tell(ctx, events.PRINTED, printed)
    audit.note_access(ctx, AccessKind.EXPORTED, "message_retry.E", object_type=events.MESSAGE, letters=len(printed))
    return _on_paper(printed)


@transaction.atomic
def sent_by_post(ctx: Context, message_id: int, *, tracking: str) -> Message:
    """Record that the letter was posted, with the number of its dispatch; the duty behind it is done (B-05).

    Refuses an empty number, and a message that an electronic channel took or may still take.
    """
    if not tracking.strip():
        raise refuse("tracking_required")
    message = Message.objects.select_for_update(no_key=True).filter(pk=message_id).first()
    if message is None:
        raise NotFound(Refusal("not_found"))
    if not may_go_by_post(message):
        raise Conflict(Refusal("message_not_for_post", {"status": message.get_status_display()}))
    moment = now()
    with changing(ctx, [message]):
        _fix(message)
        message.post(moment, tracking.strip())
    remember([(message, Happening.POSTED, moment, tracking.strip(), "")])
    return message


def letter(message: Message) -> texts.Text:
    """The text to put on paper: as it was fixed when it was tried, else with the facts of today."""
    return texts.again(message) if message.params else texts.render(message.template, _facts_of_today(message))


def _fix(message: Message) -> None:
    message.params = message.params or texts.seal(message, _facts_of_today(message))
    message.rendered_digest = texts.again(message).digest


def _facts_of_today(message: Message) -> dict[str, Any]:
    source = MESSAGES[message.code].source
    return dict(source.say(source.read([message.pk])[message.pk]))


def _on_paper(printed: Sequence[Message]) -> list[PrintedLetter]:
    people = {message.party_id for message in printed if message.party_id}
    names, addresses = parties.plain_names(people), parties.contact_for(people, ContactKind.ADDRESS)
    letters = []
    for message in printed:
        params, person = texts.opened(message), message.party_id or 0
        zh, en = texts.parts(message.template, params)
        subject = texts.render(message.template, params).subject
        letters.append(PrintedLetter(message.pk, names[person], addresses.get(person, ""), subject, zh, en))
    return letters
