"""Questions about messages, scoped to the viewer."""

from django.db.models import QuerySet

from apps.accounts import scoping
from apps.accounts.models import User

from .models import Message


def visible_to(user: User) -> QuerySet[Message]:
    """The messages about the policies this user may see (P44)."""
    return reached_by(user, "message_read.R")


def reached_by(user: User, permission: str) -> QuerySet[Message]:
    """The messages on which a permission lets this user act (P44)."""
    reach = scoping.rows(
        user,
        permission,
        branch="policy__branch",
        agent_user="policy__agent__user",
        object_type="policies.policy",
        opened="policy",
    )
    return Message.objects.filter(reach)
