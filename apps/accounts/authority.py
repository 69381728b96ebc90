"""Authority 签批权限: up to which amount somebody decides, by role, action, item and office (P24).

The matrix says whether a role may act "within authority" or "above authority"; the figures stand in this table, each
asked for by one person and granted by another. Where the company has set none, those of ``authority.yaml`` count.
An authority belongs to the office where its holder sits: head office may decide what a branch may not.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.events import EventType
from apps.core.context import Context
from apps.core.errors import Conflict, NotFound, Refusal, Refused, stated

from . import events, permissions, rules, separation
from .matrix import Grant, matrix
from .models import Authority, Branch
from .rules import Limit
from .states import AuthorityStatus

if TYPE_CHECKING:
    from .keys import ApiClient
    from .models import User

DEFAULTS = Path(__file__).with_name("authority.yaml")
DECIDES = ("E", "A")
BY_AUTHORITY = frozenset({"within_authority", "above_authority"})
GRANT = "roles_grant.A"


def most(user: "User | ApiClient", *, action: str, capability: str, item: str = "", on: date) -> Decimal | None:
    """Up to which amount (CNY) this account decides on that day; None without limit, zero for nothing that moves money.

    A grant that the matrix ties to the authority table needs a figure there; any other is without limit until the table
    narrows it. The roles of an account add up.
    """
    held = _grants(permissions.roles_of(user), action, capability)
    limits = _in_force(action, on) if held else []
    return rules.widest([_most_of(limits, role, grant, action, item, user.branch.path) for role, grant in held])


def within(
    user: "User | ApiClient", *, action: str, capability: str, item: str = "", branch_id: int, amount: Decimal, on: date
) -> Refusal | None:
    """Whether this account may carry out (E) or approve (A) so much money, in absolute terms, of a case.

    Refuses ``not_permitted`` where the permission is not held at all, and ``authority_exceeded`` with the limit and who
    may decide at the office of the case (``branch_id``) or above it.
    """
    if not permissions.allows(user, f"{action}.{capability}"):
        return Refusal("not_permitted", {"action": action})
    limit = most(user, action=action, capability=capability, item=item, on=on)
    if limit is None or abs(amount) <= limit:
        return None
    told = {"amount": abs(amount), "limit": limit}
    return Refusal("authority_exceeded", {**told, "deciders": _deciders(action, item, branch_id, abs(amount), on)})


@cache
def defaults() -> tuple[Limit, ...]:
    """What holds until the company sets its own figures: practice, no law [P]."""
    rows = yaml.safe_load(DEFAULTS.read_text(encoding="utf-8"))
    return tuple(
        Limit(row["role"], row["action"], Decimal(row["up_to"]) if row["up_to"] else None, row.get("item", ""))
        for row in rows
    )


def decided_by(role: str) -> list[str]:
    """The actions on which the matrix lets this role decide, so that it may have a limit for them."""
    return [code for code in matrix().actions if any(_grants([role], code, each) for each in DECIDES)]


@transaction.atomic
def ask(
    ctx: Context,
    *,
    role: str,
    action: str,
    branch_id: int,
    max_amount: Decimal | None,
    from_date: date,
    to_date: date | None = None,
    item: str = "",
    reason: str,
) -> Authority:
    """申请签批权限: nothing until another person has granted it."""
    known = action in decided_by(role)
    faults = rules.check_authority(known=known, max_amount=max_amount, from_date=from_date, to_date=to_date)
    if found := tuple(faults):
        raise Refused(*found)
    authority = Authority.objects.create(
        role=role,
        action=action,
        item=item.strip().upper(),
        branch_id=branch_id,
        max_amount=max_amount,
        from_date=from_date,
        to_date=to_date,
        reason=stated(reason),
        asked_by=ctx.actor,
        asked_person=ctx.person or ctx.actor,
    )
    _tell(ctx, events.AUTHORITY_ASKED, authority, authority.reason)
    return authority


@transaction.atomic
def grant(ctx: Context, *, authority_id: int) -> Authority:
    """批准签批权限: by another person than who asked (SOD08). It goes before older ones of the same office and item."""
    authority = _lock(authority_id, AuthorityStatus.ASKED, "authority_not_open")
    if refusal := separation.barred(ctx, authority.asked_person, authority.asked_by):
        raise permissions.denied(ctx, GRANT, refusal, object_type=authority._meta.label_lower, object_id=authority.pk)
    authority.grant(ctx.actor, ctx.person)
    authority.save()
    _tell(ctx, events.AUTHORITY_GRANTED, authority)
    return authority


@transaction.atomic
def refuse(ctx: Context, *, authority_id: int, reason: str) -> None:
    """退回申请: turn the request down."""
    authority = _lock(authority_id, AuthorityStatus.ASKED, "authority_not_open")
    authority.refuse(ctx.actor)
    authority.save()
    _tell(ctx, events.AUTHORITY_REFUSED, authority, stated(reason))


@transaction.atomic
def end(ctx: Context, *, authority_id: int, reason: str) -> None:
    """收回签批权限: at once. What counted before it counts again."""
    authority = _lock(authority_id, AuthorityStatus.GRANTED, "authority_not_in_force")
    authority.end(ctx.actor)
    authority.save()
    _tell(ctx, events.AUTHORITY_ENDED, authority, stated(reason))


def _grants(roles: Iterable[str], action: str, capability: str) -> list[tuple[str, Grant]]:
    found = ((role, matrix().actions[action].grant(role, capability)) for role in sorted(roles))
    return [(role, grant) for role, grant in found if grant]


def _in_force(action: str, on: date) -> list[Limit]:
    """The company's own limits of that day and the product's defaults; newer rows first where all else is equal."""
    rows = Authority.objects.filter(
        Q(to_date=None) | Q(to_date__gte=on), status=AuthorityStatus.GRANTED, action=action, from_date__lte=on
    )
    named = rows.order_by("-pk").annotate(path=F("branch__path"))
    own = [Limit(row.role, row.action, row.max_amount, row.item, row.path, row.from_date) for row in named]
    return [*own, *(limit for limit in defaults() if limit.action == action)]


def _most_of(limits: Iterable[Limit], role: str, grant: Grant, action: str, item: str, path: str) -> Decimal | None:
    found = rules.governing(limits, role=role, action=action, item=item, path=path)
    if found is None:
        return Decimal(0) if grant.limit in BY_AUTHORITY else None
    return found.max_amount


def _deciders(action: str, item: str, branch_id: int, amount: Decimal, on: date) -> str:
    """The roles that may decide so much at the office of the case, or at the next office above it."""
    limits, path = _in_force(action, on), Branch.objects.get(pk=branch_id).path
    while path:
        for capability in DECIDES:
            names = [
                str(matrix().roles[role])
                for role, grant in _grants(permissions.enabled_roles(), action, capability)
                if (limit := _most_of(limits, role, grant, action, item, path)) is None or limit >= amount
            ]
            if names:
                office = path.rstrip("/").rpartition("/")[2]
                return _("{roles} of office {office}").format(roles=_(", ").join(names), office=office)
        path = path.rstrip("/").rpartition("/")[0]
        path = f"{path}/" if path else ""
    return _("nobody so far; an authority has to be granted")


def _lock(authority_id: int, status: AuthorityStatus, otherwise: str) -> Authority:
    authority = Authority.objects.select_for_update(of=("self",)).filter(pk=authority_id).first()
    if authority is None:
        raise NotFound(Refusal("not_found"))
    if authority.status != status:
        raise Conflict(Refusal(otherwise))
    return authority


def _tell(ctx: Context, event: EventType, authority: Authority, reason: str = "") -> None:
    audit.record(
        ctx,
        event,
        authority.pk,
        reason=reason,
        role=authority.role,
        action=authority.action,
        item=authority.item,
        branch=authority.branch_id,
        max_amount=authority.max_amount,
        from_date=authority.from_date,
        to_date=authority.to_date,
    )
