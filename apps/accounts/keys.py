"""API keys 接口密钥: how one comes to be, and who stands behind a call that carries it (P51).

``pok_live_<id>.<secret>``: the id finds the row, of the secret only a digest with the installation's pepper is kept.
"""

import hmac
import secrets
from base64 import b32encode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from apps.audit import services as audit
from apps.core import clock
from apps.core.context import Context
from apps.core.errors import Conflict, NotFound, NotPermitted, Refusal, Refused, refuse, stated

from . import events, permissions, rules, separation
from .models import ApiKey, Branch, RoleGrant
from .states import ApiKeyStatus

ROLE = "api_client"
APPROVE, ISSUE = "api_keys.A", "api_keys.E"
LIVE_KEYS = 2
ID_BYTES, SECRET_BYTES = 10, 32
LOOKUP = """SELECT k.id, k.digest, k.expires_on, k.ip_list, k.scopes, k.version, k.last_used_at, o.person,
                   b.id, b.code, b.name, b.parent_id, b.path
            FROM accounts_apikey k
            JOIN accounts_user o ON o.id = k.owner_id
            JOIN accounts_branch b ON b.id = k.branch_id
            WHERE k.prefix = %s AND k.status = %s AND o.is_active"""
"""Asked by every call, and therefore not composed anew by each."""
NO_KEY: tuple[Any, ...] = (0, "", date.min, [], [], date.min, None, "", 0, "", "", None, "")
USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class ApiClient:
    """接口调用方: a key as permissions, selectors and contexts know an account. It never approves."""

    key_id: int
    actor: str
    person: str
    branch: Branch
    scopes: frozenset[str]
    version: date
    pk: None = None
    is_authenticated: bool = True
    is_active: bool = True

    def roles_on(self, day: date) -> frozenset[str]:
        return frozenset({ROLE})

    def grants_on(self, day: date) -> list[RoleGrant]:
        """A key is granted nothing as an account is, and stands in for nobody."""
        return []

    def has_perm(self, permission: str) -> bool:
        return permissions.allows(self, permission)


@transaction.atomic
def request_key(
    ctx: Context,
    *,
    client: str,
    owner_id: int,
    branch_id: int,
    scopes: Collection[str],
    known_scopes: Collection[str],
    ip_list: Collection[str],
    expires_on: date,
    version: date,
    reason: str,
) -> ApiKey:
    """申请密钥: ask for a key. It is nothing until another person has approved it."""
    asked = rules.check_key(
        client=client,
        scopes=scopes,
        known=known_scopes,
        addresses=ip_list,
        today=clock.office_now().date(),
        last=expires_on,
    )
    if faults := tuple(asked):
        raise Refused(*faults)
    key = ApiKey.objects.create(
        client=client.strip(),
        owner_id=owner_id,
        branch_id=branch_id,
        scopes=sorted(scopes),
        ip_list=list(ip_list),
        version=version,
        expires_on=expires_on,
        reason=stated(reason),
        requested_person=ctx.person,
        requested_on=ctx.business_date,
    )
    audit.record(ctx, events.KEY_REQUESTED, key.pk, reason=key.reason, client=key.client, scopes=key.scopes)
    return key


def why_not_decide(ctx: Context, key: ApiKey) -> Refusal | None:
    """SOD09: neither who asked for the key nor whose key it will be decides on it or sees its secret."""
    return separation.barred(ctx, key.requested_person, key.owner.person)


@transaction.atomic
def approve_key(ctx: Context, *, key_id: int) -> ApiKey:
    """批准密钥: by another person than who asked for it or owns it."""
    key = _lock(key_id, ApiKeyStatus.REQUESTED)
    _another_person(ctx, key, APPROVE)
    key.approve(ctx.actor, ctx.person)
    key.save()
    audit.record(ctx, events.KEY_APPROVED, key.pk, client=key.client)
    return key


@transaction.atomic
def refuse_key(ctx: Context, *, key_id: int, reason: str) -> None:
    """退回申请: turn the request down."""
    key = _lock(key_id, ApiKeyStatus.REQUESTED)
    key.refuse()
    key.save()
    audit.record(ctx, events.KEY_REFUSED, key.pk, reason=stated(reason), client=key.client)


@transaction.atomic
def issue_key(ctx: Context, *, key_id: int) -> str:
    """签发密钥: make the secret and return the whole key, this once. It cannot be shown again.

    Refuses a third key in use of the same client: two are for changing over.
    """
    key = _lock(key_id, ApiKeyStatus.APPROVED)
    _another_person(ctx, key, ISSUE)
    today = clock.office_now().date()
    if key.expires_on <= today:
        raise refuse("key_expired")
    twins = ApiKey.objects.filter(client=key.client, branch=key.branch_id, status=ApiKeyStatus.ISSUED)
    if twins.filter(expires_on__gte=today).count() >= LIVE_KEYS:
        raise Conflict(Refusal("key_two_live"))
    kind = "test" if settings.ENVIRONMENT_LABEL else "live"
    prefix, secret = f"pok_{kind}_{_random(ID_BYTES)}", _random(SECRET_BYTES)
    key.issue(ctx.person, prefix, secret[-4:], _digest(secret))
    key.save()
    audit.record(ctx, events.KEY_ISSUED, key.pk, client=key.client, prefix=prefix)
    return f"{prefix}.{secret}"


@transaction.atomic
def revoke_key(ctx: Context, *, key_id: int, reason: str) -> None:
    """吊销密钥: the next call with it is refused."""
    key = _lock(key_id, ApiKeyStatus.APPROVED, ApiKeyStatus.ISSUED)
    key.revoke()
    key.save()
    audit.record(ctx, events.KEY_REVOKED, key.pk, reason=stated(reason), client=key.client, prefix=key.prefix)


def behind(token: str, address: str) -> ApiClient:
    """Who calls with this token from this address.

    Refuses ``token_invalid`` (mistyped, unknown, revoked, or its owner has left), ``token_expired`` and
    ``ip_not_allowed``, in this order, so that only who holds the secret learns more.
    """
    prefix, _, secret = token.partition(".")
    with connection.cursor() as cursor:
        cursor.execute(LOOKUP, [prefix, ApiKeyStatus.ISSUED])
        found = cursor.fetchone() or NO_KEY
    key_id, digest, expires_on, ip_list, scopes, version, used_at, person, *branch = found
    if not hmac.compare_digest(digest, _digest(secret)):
        raise NotPermitted(Refusal("token_invalid"))
    if expires_on < clock.office_now().date():
        raise NotPermitted(Refusal("token_expired"))
    if not rules.is_within(address, ip_list):
        raise NotPermitted(Refusal("ip_not_allowed"))
    _note_use(key_id, used_at)
    actor = f"key:{prefix.rpartition('_')[2]}"
    return ApiClient(key_id, actor, person, Branch(*branch), frozenset(scopes), version)


def _note_use(key_id: int, used_at: datetime | None) -> None:
    """Once a minute at most: when a key was last used is told to the minute, not to the call."""
    before = clock.now() - USE_NOTED_EVERY
    if used_at is None or used_at < before:
        unnoted = Q(last_used_at=None) | Q(last_used_at__lt=before)
        ApiKey.objects.filter(unnoted, pk=key_id).update(last_used_at=Now())


def _another_person(ctx: Context, key: ApiKey, permission: str) -> None:
    if refusal := why_not_decide(ctx, key):
        raise permissions.denied(ctx, permission, refusal, object_type=key._meta.label_lower, object_id=key.pk)


def _lock(key_id: int, *states: ApiKeyStatus) -> ApiKey:
    key = ApiKey.objects.select_for_update(of=("self",)).select_related("owner").filter(pk=key_id).first()
    if key is None:
        raise NotFound(Refusal("not_found"))
    if key.status not in states:
        raise Conflict(Refusal("illegal_transition", {"state": key.get_status_display()}))
    return key


def _random(size: int) -> str:
    return b32encode(secrets.token_bytes(size)).decode().rstrip("=").lower()


def _digest(secret: str) -> str:
    """With the pepper, which is not in the database: a dump of it holds no usable key."""
    return hmac.digest(settings.API_KEY_PEPPER.encode(), secret.encode("utf-8", "surrogateescape"), "sha256").hex()
