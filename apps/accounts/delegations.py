"""Delegation 授权委托: how one comes to stand in for a colleague, and what ends it (P47, P52).

A delegation is role grants that end by themselves. Only roles the giver holds himself are passed on, never those he
stands in with. Somebody stands in for one person at a time, so that there is never a doubt on whose behalf he acts.
"""

from datetime import date

from django.db import transaction
from django.db.models import Q

from apps.audit import services as audit
from apps.audit.events import EventType
from apps.core import clock
from apps.core.context import Context
from apps.core.errors import Conflict, NotFound, Refusal, Refused, refuse, stated

from . import events, granting, permissions, rules, selectors, separation
from .models import Delegation, RoleGrant, User
from .states import DelegationStatus

APPROVE = "delegation_grant.A"


@transaction.atomic
def ask(ctx: Context, *, taker_id: int, from_date: date, to_date: date, reason: str) -> Delegation:
    """申请委托: for oneself. It has no effect until a third person has approved it."""
    giver = selectors.account_of(ctx)
    taker = User.objects.select_related("branch").filter(pk=taker_id).first()
    if taker is None:
        raise NotFound(Refusal("not_found"))
    today = clock.office_now().date()
    _stop(
        rules.check_delegation(
            giver=giver.person,
            taker=taker.person,
            same_office=giver.branch_id == taker.branch_id,
            from_date=from_date,
            to_date=to_date,
            today=today,
        )
    )
    delegation = Delegation(
        giver=giver,
        taker=taker,
        from_date=from_date,
        to_date=to_date,
        reason=stated(reason),
        asked_by=ctx.actor,
        asked_person=ctx.person,
    )
    _check(delegation)
    delegation.save()
    _tell(ctx, events.DELEGATION_ASKED, delegation, delegation.reason)
    return delegation


@transaction.atomic
def approve(ctx: Context, *, delegation_id: int) -> Delegation:
    """批准委托: the taker holds the giver's roles for these days.

    Refuses both of them, through whichever account; and what has changed since it was asked for.
    """
    delegation = _lock(delegation_id, DelegationStatus.ASKED)
    giver, taker = delegation.giver, delegation.taker
    if refusal := separation.barred(ctx, delegation.asked_person, giver.person, taker.person):
        raise permissions.denied(
            ctx, APPROVE, refusal, object_type=delegation._meta.label_lower, object_id=delegation.pk
        )
    granting.lock_person(taker.person)
    roles = _check(delegation)
    delegation.approve(ctx.actor, ctx.person)
    delegation.save()
    for own in roles:
        passed_on = RoleGrant.objects.create(
            user=taker,
            role=own.role,
            delegation=delegation,
            from_date=max(own.from_date, delegation.from_date),
            to_date=min(own.to_date or delegation.to_date, delegation.to_date),
            requested_by=giver.person,
        )
        granting.put_in_force(ctx, passed_on, approved_by=ctx.person)
    _tell(ctx, events.DELEGATION_APPROVED, delegation)
    return delegation


@transaction.atomic
def refuse_delegation(ctx: Context, *, delegation_id: int, reason: str) -> None:
    """退回委托: turn the request down."""
    delegation = _lock(delegation_id, DelegationStatus.ASKED)
    if refusal := separation.barred(ctx, delegation.asked_person):
        raise permissions.denied(
            ctx, APPROVE, refusal, object_type=delegation._meta.label_lower, object_id=delegation.pk
        )
    delegation.refuse(ctx.actor, ctx.person)
    delegation.save()
    _tell(ctx, events.DELEGATION_REFUSED, delegation, stated(reason))


@transaction.atomic
def end(ctx: Context, *, delegation_id: int, reason: str) -> None:
    """终止委托: at once; a request is withdrawn. Needs a reason."""
    delegation = _lock(delegation_id, DelegationStatus.ASKED, DelegationStatus.APPROVED)
    why = stated(reason)
    for grant in delegation.grants.filter(ended_at=None).select_related("user").order_by("pk"):
        granting.end(ctx, grant, events.ROLE_REVOKED, why)
    delegation.end(ctx.actor)
    delegation.save()
    _tell(ctx, events.DELEGATION_ENDED, delegation, why)


def end_all_of(ctx: Context, user_id: int, reason: str) -> None:
    """End what this account gave and took: somebody leaves (P52)."""
    open_ones = Delegation.objects.filter(
        Q(giver=user_id) | Q(taker=user_id), status__in=[DelegationStatus.ASKED, DelegationStatus.APPROVED]
    )
    for pk in open_ones.order_by("pk").values_list("pk", flat=True):
        end(ctx, delegation_id=pk, reason=reason)


def passed_on(grant: RoleGrant) -> list[RoleGrant]:
    """The grants by which others stand in with this role of its holder."""
    if grant.delegation_id:
        return []
    standing = RoleGrant.objects.filter(delegation__giver=grant.user_id, role=grant.role, ended_at=None)
    return list(standing.select_related("user").order_by("pk"))


def _check(delegation: Delegation) -> list[RoleGrant]:
    """The giver's own roles of these days. Refuses disabled accounts, no roles at all, and a taker who is taken."""
    for account in (delegation.giver, delegation.taker):
        if not account.is_active:
            raise refuse("account_inactive", username=account.username)
    days = {"from_date__lte": delegation.to_date, "status": DelegationStatus.APPROVED}
    standing = Delegation.objects.filter(
        taker__person=delegation.taker.person, to_date__gte=delegation.from_date, **days
    )
    if standing.exists():
        raise refuse("delegation_taken", taker=delegation.taker.name)
    own = delegation.giver.role_grants.filter(
        Q(to_date=None) | Q(to_date__gte=delegation.from_date),
        from_date__lte=delegation.to_date,
        delegation=None,
        ended_at=None,
    ).exclude(approved_by="")
    if not (roles := list(own.order_by("pk"))):
        raise refuse("delegation_no_roles", giver=delegation.giver.name)
    return roles


def _lock(delegation_id: int, *states: DelegationStatus) -> Delegation:
    rows = Delegation.objects.select_for_update(of=("self",)).select_related("giver", "taker")
    delegation = rows.filter(pk=delegation_id).first()
    if delegation is None:
        raise NotFound(Refusal("not_found"))
    if delegation.status not in states:
        raise Conflict(Refusal("delegation_not_open"))
    return delegation


def _tell(ctx: Context, event: EventType, delegation: Delegation, reason: str = "") -> None:
    audit.record(
        ctx,
        event,
        delegation.pk,
        reason=reason,
        giver=delegation.giver.username,
        taker=delegation.taker.username,
        from_date=delegation.from_date,
        to_date=delegation.to_date,
    )


def _stop(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)
