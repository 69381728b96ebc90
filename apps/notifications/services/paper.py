"""What no electronic channel could bring goes by post 邮寄, and is known to have gone."""

from typing import Any

from django.db import transaction

from apps.core.clock import now
from apps.core.context import Context
from apps.core.errors import Conflict, NotFound, Refusal, refuse
from apps.notifications import facts, texts
from apps.notifications.models import Message
from apps.notifications.recording import changing
from apps.notifications.states import MessageStatus, NotSentReason

S = MessageStatus


def may_go_by_post(message: Message) -> bool:
    """Failed, given up, or skipped because the customer has no electronic address."""
    unreachable = message.status == S.SKIPPED and message.reason == NotSentReason.NO_CHANNEL
    return unreachable or message.status in (S.FAILED, S.DEAD)


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
    with changing(ctx, [message]):
        message.params = message.params or texts.seal(message, _facts_of_today(message))
        message.rendered_digest = texts.again(message).digest
        message.post(now(), tracking.strip())
    return message


def letter(message: Message) -> texts.Text:
    """The text to put on paper: as it was fixed when it was tried, else with the facts of today."""
    return texts.again(message) if message.params else texts.render(message.template, _facts_of_today(message))


def _facts_of_today(message: Message) -> dict[str, Any]:
    return dict(facts.params(facts.of_messages([message.pk])[message.pk]))
