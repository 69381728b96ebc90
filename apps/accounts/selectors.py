"""Questions about accounts, roles and branches."""

from collections.abc import Iterable
from functools import lru_cache

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat

from apps.audit.models import BY_A_PERSON, Trail
from apps.core.context import Context
from apps.core.errors import refuse

from . import permissions, scoping
from .models import ApiKey, Authority, Branch, Delegation, RoleGrant, User


def branches_visible_to(user: User) -> QuerySet[Branch]:
    return Branch.objects.filter(
        scoping.rows(user, "branch_manage.R", branch="pk", agent_user="", technical=True)
    ).select_related("parent")


def users_visible_to(user: User) -> QuerySet[User]:
    return users_reached_by(user, "user_read.R")


def users_reached_by(user: User, permission: str) -> QuerySet[User]:
    """The accounts on which a permission lets this one act."""
    return (
        User.objects.filter(scoping.rows(user, permission, agent_user="", technical=True))
        .select_related("branch")
        .prefetch_related("role_grants")
    )


def grants_visible_to(user: User) -> QuerySet[RoleGrant]:
    """Role requests and grants of the accounts this one may see."""
    return grants_reached_by(user, "user_read.R")


def grants_reached_by(user: User, permission: str) -> QuerySet[RoleGrant]:
    """The role requests and grants on which a permission lets this account act."""
    return RoleGrant.objects.filter(
        scoping.rows(user, permission, branch="user__branch", agent_user="", technical=True)
    ).select_related("user")


def authorities_visible_to(user: User) -> QuerySet[Authority]:
    """The authorities of the offices this account looks after, and those of the offices above that count there too."""
    reach = scoping.rows(user, "user_read.R", agent_user="", technical=True)
    above = Q(branch__in=branches_above(user.branch.path))
    return Authority.objects.filter(reach | above if reach else reach)


def authorities_reached_by(user: User, permission: str) -> QuerySet[Authority]:
    """The authorities on which a permission lets this account act."""
    return Authority.objects.filter(scoping.rows(user, permission, agent_user=""))


def delegations_visible_to(user: User) -> QuerySet[Delegation]:
    """The delegations of the accounts this one looks after; one's own, given and taken."""
    reach = _delegations(user, "delegation_grant.R")
    return Delegation.objects.filter(reach | Q(taker=user.pk) if reach else reach)


def delegations_reached_by(user: User, permission: str) -> QuerySet[Delegation]:
    """The delegations on which a permission lets this account act."""
    return Delegation.objects.filter(_delegations(user, permission))


def _delegations(user: User, permission: str) -> Q:
    return scoping.rows(user, permission, branch="giver__branch", agent_user="", own="asked_by")


def colleagues_of(user: User) -> QuerySet[User]:
    """The other accounts of the same office that are in use."""
    return User.objects.filter(branch=user.branch_id, is_active=True).exclude(pk=user.pk)


def keys_visible_to(user: User) -> QuerySet[ApiKey]:
    """The API keys of the offices this account looks after; they are technical rows."""
    return ApiKey.objects.filter(scoping.rows(user, "api_keys.R", agent_user="", technical=True)).select_related(
        "owner", "branch"
    )


def branches_below(user: User) -> QuerySet[Branch]:
    """The user's own office and all below it."""
    return Branch.objects.filter(path__startswith=user.branch.path)


def branches_above(path: str) -> QuerySet[Branch]:
    """The office of this path ("86/8644/") and all above it."""
    codes = path.rstrip("/").split("/")
    return Branch.objects.filter(path__in=["/".join(codes[: n + 1]) + "/" for n in range(len(codes))])


def trail_visible_to(user: User, stream: type[Trail]) -> QuerySet[Trail]:
    """The events or accesses this account may read: all, those of the people of its branch, or its own."""
    reach = scoping.rows(user, "audit_read.R", branch="", agent_user="", own="actor")
    if "branch" in permissions.scope(user, "audit_read.R"):
        colleagues = User.objects.filter(branch__path__startswith=user.branch.path)
        reach |= Q(actor__in=colleagues.values_list(Concat(Value("user:"), "username")))
    return stream._default_manager.filter(BY_A_PERSON & reach if reach else reach)


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """The names behind the actors of events ("user:li.na" → "李娜", "key:7f…" → the program's); jobs are left out."""
    known = set(actors)
    usernames = [actor.removeprefix("user:") for actor in known if actor.startswith("user:")]
    found = User.objects.filter(username__in=usernames).values_list("username", "name")
    programs = {actor: program(actor.removeprefix("key:")) for actor in known if actor.startswith("key:")}
    return {f"user:{username}": name for username, name in found} | programs


@lru_cache(maxsize=1024)
def program(key: str) -> str:
    """The program that calls with the key of this id; kept in mind, for a key never passes to another."""
    return keys_called([key]).values_list("client", flat=True).first() or key


def keys_called(ids: Iterable[str]) -> QuerySet[ApiKey]:
    """The keys of these ids, as actors of events name them ("key:7f…")."""
    prefixes = [f"pok_{kind}_{each}" for each in ids for kind in ("live", "test")]
    return ApiKey.objects.filter(prefix__in=prefixes)


def account_of(ctx: Context) -> User:
    """The account that acts, with its office and roles. Refuses jobs and keys."""
    account = User.objects.filter(username=ctx.actor.removeprefix("user:")).select_related("branch")
    found = account.prefetch_related("role_grants").first() if ctx.actor.startswith("user:") else None
    if found is None:
        raise refuse("account_required")
    return found


def branch_staff(permission: str) -> list[tuple[int, str]]:
    """Who holds this permission for a branch, with the path of that branch: whom to tell of work there."""
    held = Q(role_grants__ended_at=None) & ~Q(role_grants__approved_by="")
    users = User.objects.filter(held, is_active=True).distinct().select_related("branch")
    return [
        (user.pk, user.branch.path)
        for user in users.prefetch_related("role_grants").order_by("pk")
        if "branch" in permissions.scope(user, permission)
    ]


def someone_holds(role: str) -> bool:
    """Whether anybody at all holds this role."""
    return RoleGrant.objects.filter(role=role, ended_at=None, user__is_active=True).exclude(approved_by="").exists()


def branch_ids(within: str = "") -> dict[str, int]:
    """Branches by code: all, or those whose path begins with ``within``."""
    return dict(Branch.objects.filter(path__startswith=within).values_list("code", "pk"))
