"""Reading what is in one's own inbox 站内消息: delivered means read."""

from collections.abc import Iterable

from django.db import transaction

from apps.accounts.models import User
from apps.core.clock import now
from apps.core.context import Context
from apps.notifications import events
from apps.notifications.models import Message
from apps.notifications.recording import changing, tell
from apps.notifications.states import ChannelKind, MessageStatus

from .receipts import heard


@transaction.atomic
def mark_read(ctx: Context, user: User, message_ids: Iterable[int] | None = None) -> int:
    """Mark unread notices of this account as read, all of them or these; how many there were. Others' are untouched."""
    unread = Message.objects.select_for_update(no_key=True).filter(
        user=user, channel=ChannelKind.INBOX, status=MessageStatus.ACCEPTED
    )
    batch = list((unread if message_ids is None else unread.filter(pk__in=list(message_ids))).order_by("pk"))
    moment = now()
    with changing(ctx, batch):
        for message in batch:
            heard(message, MessageStatus.DELIVERED, moment)
    tell(ctx, events.READ, batch)
    return len(batch)
