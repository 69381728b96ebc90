"""Row scope 数据范围: which rows a permission reaches. Every app's ``visible_to`` is built on it (P44).

Fails closed: a scope that the caller gave no column for reaches nothing.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q

from apps.audit.models import Access
from apps.audit.states import AccessKind
from apps.core import clock

from . import permissions
from .models import Branch

if TYPE_CHECKING:
    from .keys import ApiClient
    from .models import User

NOTHING = Q(pk__in=[])


def rows(
    user: "User | ApiClient",
    permission: str,
    *,
    branch: str = "branch",
    agent_user: str = "agent__user",
    object_type: str = "",
    opened: str = "pk",
    own: str = "",
    assigned: str = "",
    technical: bool = False,
) -> Q:
    """The rows ``permission`` reaches, as a filter.

    ``branch``, ``agent_user`` and ``own`` are the paths to the branch, to the agent's account and to the actor who made
    the row ("" if there is none). ``opened`` is the path to the id of the ``object_type`` ("policies.policy") that an
    assistant must have opened with a stated purpose (decision 25). ``technical`` rows hold neither customer data nor
    money and are open to the technical scope. ``assigned`` is the path to the account that has the row in hand; where
    rows are handed out like this, that alone is an assistant's scope. Roles add up.
    """
    scopes = permissions.scope(user, permission)
    if "global" in scopes or (technical and "technical" in scopes):
        return Q()
    reach = NOTHING
    if scopes & {"branch", "key_scope"} and branch:
        reach |= _of_branch(user, branch)
    if "own_customers" in scopes and agent_user:
        reach |= Q(**{agent_user: user.pk})
    if "assigned" in scopes and branch and assigned:
        reach |= _of_branch(user, branch) & Q(**{assigned: user.pk})
    elif "assigned" in scopes and branch and object_type:
        reach |= _of_branch(user, branch) & Q(**{f"{opened}__in": _opened(user, object_type)})
    if "self" in scopes and own:
        reach |= Q(**{own: user.actor})
    return reach


def within_reach(
    user: "User | ApiClient", permission: str, *, branch: str = "branch", agent_user: str = "agent__user"
) -> Q:
    """What ``rows`` would reach once opened with a purpose: where an assistant looks up the one case at hand."""
    reach = rows(user, permission, branch=branch, agent_user=agent_user)
    if "assigned" in permissions.scope(user, permission) and branch:
        reach |= _of_branch(user, branch)
    return reach


def _of_branch(user: "User | ApiClient", branch: str) -> Q:
    """The user's branch and everything below it."""
    return Q(**{f"{branch}__in": Branch.objects.filter(path__startswith=user.branch.path).values("pk")})


def _opened(user: "User | ApiClient", object_type: str):
    since = clock.now() - timedelta(days=settings.PURPOSE_DAYS)
    return Access.objects.filter(
        kind=AccessKind.OPENED, actor=user.actor, object_type=object_type, recorded_at__gte=since
    ).values("object_id")
