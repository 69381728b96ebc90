"""What puts a role grant in force and what ends it: for roles somebody holds, and for those he stands in with."""

from django.db.models import F

from apps.audit import services as audit
from apps.audit.events import EventType
from apps.core import clock
from apps.core.context import Context
from apps.core.errors import Refused, stated

from . import events, permissions, rules
from .models import RoleGrant, User


def put_in_force(ctx: Context, grant: RoleGrant, *, approved_by: str) -> RoleGrant:
    """It acts on the next request of that account, whose sessions end. Refuses a second administrator's role."""
    lock_person(grant.user.person)
    mine = RoleGrant.objects.filter(user__person=grant.user.person, ended_at=None).exclude(approved_by="")
    refusal = rules.check_role(
        grant.role,
        enabled=permissions.enabled_roles(),
        held=mine.values_list("role", flat=True),
        from_date=grant.from_date,
        to_date=grant.to_date,
    )
    if refusal:
        raise Refused(refusal)
    grant.approved_by, grant.approved_at = approved_by, clock.now()
    grant.save(update_fields=["approved_by", "approved_at"])
    end_sessions(grant.user_id)
    audit.record(ctx, events.ROLE_GRANTED, grant.user_id, role=grant.role, requested_by=grant.requested_by)
    return grant


def end(ctx: Context, grant: RoleGrant, event: EventType, reason: str) -> None:
    """It counts no more: the next request of the account is without it, and its sessions end. Needs a reason."""
    why = stated(reason)
    grant.ended_by, grant.ended_at = ctx.person or ctx.actor, clock.now()
    grant.save(update_fields=["ended_by", "ended_at"])
    if grant.approved_by:
        end_sessions(grant.user_id)
    audit.record(ctx, event, grant.user_id, reason=why, role=grant.role)


def end_sessions(user_id: int) -> None:
    User.objects.filter(pk=user_id).update(session_epoch=F("session_epoch") + 1)


def lock_person(person: str) -> None:
    """Let nobody else act on this human being's accounts until the transaction ends; in order of id."""
    list(User.objects.select_for_update().filter(person=person).order_by("pk").values_list("pk"))
