"""Who may do what 权限: questions to the permission matrix. Nothing else in the product answers them.

A permission is written ``action.CAPABILITY`` ("policy_read.R", "payment_record.A"). Rights are never kept between
requests, so a revocation acts on the next one (P48). They run on the office's calendar, not on the business date:
closing thirty days in an afternoon must not end a colleague's stand-in.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from django.conf import settings

from apps.audit import services as audit
from apps.audit.states import AccessKind
from apps.core import clock
from apps.core.context import Context
from apps.core.errors import NotPermitted, Refusal

from .matrix import Grant, matrix

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from .keys import ApiClient
    from .models import User

    Viewer: TypeAlias = User | ApiClient | AnonymousUser


def roles_of(user: "Viewer") -> frozenset[str]:
    """The roles this account holds today; none for a disabled or unknown one.

    An account loaded for a request brings its grants along; any other is asked anew each time.
    """
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    return user.roles_on(clock.office_now().date()) & enabled_roles()


def enabled_roles() -> frozenset[str]:
    """The roles in use in this company: those on by default, and those ``ENABLED_ROLES`` switches on."""
    return frozenset(
        role.code for role in matrix().roles.values() if role.enabled_by_default or role.code in settings.ENABLED_ROLES
    )


def grants(user: "Viewer", permission: str) -> tuple[Grant, ...]:
    """What this account is granted of one permission, with the limits of each grant."""
    return matrix().grants(roles_of(user), permission)


def scope(user: "Viewer", permission: str) -> frozenset[str]:
    """How far one permission reaches for this account: scope codes, none if it is not held."""
    return frozenset(grant.scope for grant in grants(user, permission))


def allows(user: "Viewer", permission: str) -> bool:
    """Whether this account holds the permission at all. Which rows it reaches is asked of ``scoping.rows``."""
    return bool(scope(user, permission))


def somebody_holds(permission: str) -> bool:
    """Whether the matrix gives this permission to any role at all."""
    action, capability = matrix().split(permission)
    return any(capability in cell for cell in action.cells.values())


def most_rows(user: "User | AnonymousUser", permission: str) -> int | None:
    """How many rows this account may touch at once under one permission, by its widest grant; None without a limit."""
    limits = [matrix().most_rows.get(grant.limit) for grant in grants(user, permission)]
    known = [limit for limit in limits if limit is not None]
    return max(known, default=0) if len(known) == len(limits) else None


def require(
    ctx: Context,
    user: "Viewer",
    permission: str,
    *,
    object_type: str = "",
    object_id: int | None = None,
) -> None:
    """Refuse with ``not_permitted`` unless the account holds the permission; the denial leaves one Access row (P36)."""
    if not allows(user, permission):
        raise denied(ctx, permission, object_type=object_type, object_id=object_id)


def acting(ctx: Context, user: "Viewer", permission: str) -> Context:
    """The context of an act under this permission: for whom he stands in, where nothing else gives it (P47)."""
    return replace(ctx, on_behalf_of=on_behalf_of(user, permission))


def on_behalf_of(user: "Viewer", permission: str) -> str:
    """For which account this one acts under a permission ("user:li.na"); "" where it is his own, or not held."""
    if not user.is_authenticated:
        return ""
    giving = [
        grant
        for grant in user.grants_on(clock.office_now().date())
        if matrix().grants(frozenset({grant.role}), permission)
    ]
    lent = [grant.delegation for grant in giving if grant.delegation]
    return lent[0].giver.actor if giving and len(lent) == len(giving) else ""


def denied(
    ctx: Context,
    permission: str,
    refusal: Refusal | None = None,
    *,
    object_type: str = "",
    object_id: int | None = None,
) -> NotPermitted:
    """Remember the denial and return the error to raise, for refusals that more than the matrix decides."""
    action, _capability = matrix().split(permission)
    _remember(ctx=ctx, action=permission, object_type=object_type, object_id=object_id)
    return NotPermitted(refusal or Refusal("not_permitted", {"action": action}))


_waiting: ContextVar[list[dict[str, Any]] | None] = ContextVar("denials waiting for the end of the act", default=None)


@contextmanager
def door() -> Iterator[None]:
    """Around every act that comes in by a door: its denials are written once it is over.

    By then whatever transaction the act ran in has committed or rolled back, so that the row stands on its own
    (decision 17), whether the error was shown on a page or went all the way up.
    """
    denials: list[dict[str, Any]] = []
    token = _waiting.set(denials)
    try:
        yield
    finally:
        _waiting.reset(token)
        for denial in denials:
            audit.note_access(kind=AccessKind.DENIED, **denial)


def _remember(**denial: Any) -> None:
    waiting = _waiting.get()
    if waiting is None:
        audit.note_access(kind=AccessKind.DENIED, **denial)
    else:
        waiting.append(denial)
