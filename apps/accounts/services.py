"""Verbs of accounts, roles and branches. The door has asked for the permission; separation of duty is judged here."""

from collections.abc import Collection
from datetime import date

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from apps.audit import services as audit
from apps.core import clock
from apps.core.context import Context
from apps.core.errors import Conflict, NotFound, Refusal, Refused, refuse, stated

from . import delegations, events, granting, permissions, rules, separation
from .models import Branch, RoleGrant, User

INSTALLATION = "installation"


@transaction.atomic
def create_branch(ctx: Context, *, code: str, name: str, parent_id: int | None = None) -> Branch:
    """Found a branch below its parent, or a head office. Refuses a malformed or known code."""
    _stop(rules.check_branch_code(code))
    if Branch.objects.filter(code=code).exists():
        raise Conflict(Refusal("branch_code_taken", {"code": code}))
    parent = Branch.objects.get(pk=parent_id) if parent_id else None
    path = f"{parent.path if parent else ''}{code}/"
    branch = Branch.objects.create(code=code, name=_named(name), parent=parent, path=path)
    audit.record(ctx, events.BRANCH_FOUNDED, branch.pk, code=code)
    return branch


@transaction.atomic
def create_user(
    ctx: Context, *, username: str, name: str, branch_id: int, person: str = "", is_staff: bool = True
) -> User:
    """Create an account without password and roles. ``person`` names the human being if he has other accounts."""
    _stop(rules.check_username(username))
    if User.objects.filter(username=username).exists():
        raise Conflict(Refusal("username_taken", {"username": username}))
    user = User(username=username, name=_named(name), person=person or username, branch_id=branch_id, is_staff=is_staff)
    user.set_unusable_password()
    user.save()
    audit.record(ctx, events.USER_CREATED, user.pk, username=username)
    return user


@transaction.atomic
def set_password(ctx: Context, *, user_id: int, password: str) -> None:
    """Set a password; every session of the account ends. Refuses a weak one. The password is recorded nowhere."""
    user = _lock(user_id)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise refuse("password_weak", reasons=" ".join(error.messages)) from error
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record(ctx, events.PASSWORD_SET, user.pk)


@transaction.atomic
def disable_user(ctx: Context, *, user_id: int, reason: str) -> None:
    """Close an account: its sessions and its delegations, given and taken, end with the next request (P52)."""
    _set_active(ctx, user_id, False, reason)
    delegations.end_all_of(ctx, user_id, reason)


@transaction.atomic
def enable_user(ctx: Context, *, user_id: int, reason: str) -> None:
    """Open a disabled account again."""
    _set_active(ctx, user_id, True, reason)


@transaction.atomic
def end_sessions(ctx: Context, *, user_id: int, reason: str) -> None:
    """Sign the account out wherever it is signed in (P43)."""
    why = stated(reason)
    user = _lock(user_id)
    granting.end_sessions(user.pk)
    audit.record(ctx, events.SESSIONS_ENDED, user.pk, reason=why)


@transaction.atomic
def request_role(
    ctx: Context, *, user_id: int, role: str, from_date: date | None = None, to_date: date | None = None
) -> RoleGrant:
    """Ask for a role for an account, from today on unless said otherwise. It has no effect until granted (P48)."""
    user = _lock(user_id)
    first = from_date or clock.office_now().date()
    _stop(rules.check_role(role, enabled=permissions.enabled_roles(), held=(), from_date=first, to_date=to_date))
    if user.role_grants.filter(role=role, ended_at=None, delegation=None).exists():
        raise Conflict(Refusal("role_already_held", {"role": role}))
    grant = RoleGrant.objects.create(
        user=user, role=role, from_date=first, to_date=to_date, requested_by=ctx.person or ctx.actor
    )
    audit.record(ctx, events.ROLE_REQUESTED, user.pk, role=role, from_date=first, to_date=to_date)
    return grant


@transaction.atomic
def grant_role(ctx: Context, *, grant_id: int) -> RoleGrant:
    """Approve a request; it acts on the next request of that account, whose sessions end.

    Refuses the person who requested it and the person who would get it (P47, P48), and a second administrator's role.
    """
    grant = _lock_grant(grant_id)
    if grant.approved_by or grant.ended_at:
        raise Conflict(Refusal("role_not_open"))
    _stop(separation.barred(ctx, grant.requested_by, grant.user.person))
    return granting.put_in_force(ctx, grant, approved_by=ctx.person)


@transaction.atomic
def refuse_role(ctx: Context, *, grant_id: int, reason: str) -> None:
    """Turn a request down."""
    grant = _lock_grant(grant_id)
    if grant.approved_by or grant.ended_at:
        raise Conflict(Refusal("role_not_open"))
    granting.end(ctx, grant, events.ROLE_REFUSED, reason)


@transaction.atomic
def revoke_role(ctx: Context, *, grant_id: int, reason: str) -> None:
    """Take a role back: at once, and the sessions of the account end; so for who stands in with it (P48)."""
    grant = _lock_grant(grant_id)
    if grant.ended_at or not grant.approved_by:
        raise Conflict(Refusal("role_not_held"))
    for each in [grant, *delegations.passed_on(grant)]:
        granting.end(ctx, each, events.ROLE_REVOKED, reason)


@transaction.atomic
def install_user(
    ctx: Context, *, username: str, name: str, branch_id: int, roles: Collection[str], password: str, person: str = ""
) -> User:
    """An account with password and roles in one act: for installation and the demo, from the command line only."""
    if ctx.person:
        raise refuse("installation_only")
    user = create_user(ctx, username=username, name=name, branch_id=branch_id, person=person)
    set_password(ctx, user_id=user.pk, password=password)
    for role in roles:
        asked = request_role(ctx, user_id=user.pk, role=role)
        granting.put_in_force(ctx, asked, approved_by=INSTALLATION)
    return User.objects.get(pk=user.pk)


def _set_active(ctx: Context, user_id: int, active: bool, reason: str) -> None:
    why = stated(reason)
    user = _lock(user_id)
    if user.is_active == active:
        return
    user.is_active = active
    user.save(update_fields=["is_active"])
    granting.end_sessions(user.pk)
    audit.record(ctx, events.USER_ENABLED if active else events.USER_DISABLED, user.pk, reason=why)


def _lock(user_id: int) -> User:
    user = User.objects.select_for_update(of=("self",)).filter(pk=user_id).first()
    if user is None:
        raise NotFound(Refusal("not_found"))
    return user


def _lock_grant(grant_id: int) -> RoleGrant:
    grant = RoleGrant.objects.select_for_update(of=("self",)).select_related("user").filter(pk=grant_id).first()
    if grant is None:
        raise NotFound(Refusal("not_found"))
    return grant


def _named(name: str) -> str:
    if not name.strip():
        raise refuse("name_missing")
    return name.strip()


def _stop(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)
