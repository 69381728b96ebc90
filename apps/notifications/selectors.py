"""Questions about messages, scoped to the viewer."""

from django.db.models import QuerySet

from apps.accounts import scoping
from apps.accounts.models import User

from .models import Message


def visible_to(user: User) -> QuerySet[Message]:
    """The messages about the policies this user may see (P44)."""
    reach = scoping.rows(
        user,
        "message_read.R",
        branch="policy__branch",
        agent_user="policy__agent__user",
        object_type="policies.policy",
        opened="policy",
    )
    return Message.objects.filter(reach)
