"""Questions about messages, scoped to the viewer."""

from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from apps.accounts import scoping
from apps.accounts.models import User

from .models import Letter, Member, Message, Notice
from .states import ChannelKind, MessageStatus

S = MessageStatus
READ = "message_read.R"
MOST_GROUPS = 12
MOST_LETTERS = 500


def visible_to(user: User) -> QuerySet[Message]:
    """The messages about the policies this user may see (P44)."""
    return reached_by(user, READ)


def reached_by(user: User, permission: str) -> QuerySet[Message]:
    """The messages on which a permission lets this user act (P44)."""
    return Message.objects.filter(_reach(user, permission))


def letters_reached_by(user: User, permission: str = READ) -> QuerySet[Letter]:
    """The letters this user may see, or on which the permission lets him act (P44)."""
    return Letter.objects.filter(_reach(user, permission), channel=ChannelKind.POST)


def letters_waiting(user: User, permission: str, day: date) -> list[int]:
    """The letters within reach that are to be posted, for this day or an earlier one; the oldest first."""
    waiting = letters_reached_by(user, permission).filter(status__in=[S.PLANNED, S.SENDING], send_on__lte=day)
    return list(waiting.order_by("send_on", "pk").values_list("pk", flat=True)[:MOST_LETTERS])


def inbox_of(user: User) -> QuerySet[Notice]:
    """What stands in this account's own inbox, read or not."""
    return Notice.objects.filter(user=user.pk, channel=ChannelKind.INBOX, status__in=[S.ACCEPTED, S.DELIVERED])


def unread(user: User) -> int:
    """How many notices this account has not read."""
    return Notice.objects.filter(user=user.pk, channel=ChannelKind.INBOX, status=S.ACCEPTED).count()


def troubles(user: User) -> list[dict[str, Any]]:
    """What failed, was given up or is unknown, by status, channel, kind and reason; the most frequent first."""
    wrong = visible_to(user).filter(status__in=[S.FAILED, S.DEAD, S.UNKNOWN])
    grouped = wrong.order_by().values("status", "channel", "code", "reason").annotate(many=Count("pk"))
    return [{**group} for group in grouped.order_by("-many", "status", "channel", "code", "reason")[:MOST_GROUPS]]


def by_other_channels(message: Message) -> QuerySet[Message]:
    """The same message to the same customer by other channels."""
    same = Message.objects.filter(event_id=message.event_id, code=message.code, party=message.party_id)
    return same.exclude(pk=message.pk).order_by("pk") if message.party_id else same.none()


def wecom_id_of(user_id: int) -> str:
    """Under which id WeCom knows this account; empty for none."""
    return Member.objects.filter(user=user_id).values_list("wecom_id", flat=True).first() or ""


def _reach(user: User, permission: str) -> Q:
    return scoping.rows(
        user,
        permission,
        branch="policy__branch",
        agent_user="policy__agent__user",
        object_type="policies.policy",
        opened="policy",
    )
