"""Verbs of referrals 核保转介. The door has asked for the permission; separation of duty and authority are judged here.

A referral is asked for by the case that needs it, and decided by another person within his authority. It pauses while
an examination is on its way. What came of it is an event; the case goes on from there.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.accounts import authority, permissions, separation
from apps.accounts import selectors as accounts
from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.events import EventType
from apps.core.context import Context
from apps.core.errors import Conflict, NotFound, Refusal, Refused, refuse, stated
from apps.core.numbering import next_number
from apps.core.statemachine import sources
from apps.parties import vault

from . import events, selectors
from .models import OPEN, Referral
from .rules import Decision, check_decision
from .states import Exam, ReferralStatus


@transaction.atomic
def refer(
    ctx: Context,
    *,
    policy_id: int,
    subject_type: str,
    subject_id: int,
    reasons: Sequence[Refusal],
    facts: Mapping[str, Any],
    amount: Decimal,
) -> Referral:
    """转核保: ask an underwriter about a case ("endorsements.endorsement", its id).

    ``reasons`` are codes with their values, ``facts`` what the decision rests on, without name or number. ``amount``
    (CNY) is what his authority is measured by. Refuses without a reason, and a case that waits for one already.
    """
    if not reasons:
        raise refuse("referral_reasons_missing")
    waiting = selectors.of_case(subject_type, subject_id)
    if waiting and waiting.status in OPEN:
        raise Conflict(Refusal("referral_waiting", {"number": waiting.number}))
    referral = Referral.objects.create(
        number=next_number("U", ctx.business_date, "underwriting_referral_number"),
        policy_id=policy_id,
        subject_type=subject_type,
        subject_id=subject_id,
        reasons=[{"code": reason.code, "params": dict(reason.params)} for reason in reasons],
        facts=dict(facts),
        amount=abs(amount),
        asked_on=ctx.business_date,
        asked_by=ctx.actor,
        asked_person=ctx.person,
    )
    _tell(ctx, events.OPENED, referral, reasons=[reason.code for reason in reasons])
    return referral


@transaction.atomic
def take(ctx: Context, referral_id: int) -> Referral:
    """受领: first come, first served. Refuses one that somebody else has taken, and who asked for it."""
    referral = _lock(referral_id)
    if referral.assignee_id:
        raise Conflict(Refusal("referral_taken", {"underwriter": referral.assignee}))
    return _assign(ctx, referral, accounts.account_of(ctx), by="")


@transaction.atomic
def assign(ctx: Context, referral_id: int, *, underwriter_id: int) -> Referral:
    """分派: give it to an underwriter. Refuses somebody who does not decide referrals of this office.

    Who gives an item away does not decide it himself afterwards (SOD06).
    """
    referral = _lock(referral_id)
    chosen = next((user for user in selectors.underwriters(referral) if user.pk == underwriter_id), None)
    if chosen is None:
        raise refuse("underwriter_unfit", name=underwriter_id)
    return _assign(ctx, referral, chosen, by=ctx.person)


@transaction.atomic
def order_exam(ctx: Context, referral_id: int, *, exam: Exam) -> Referral:
    """下发体检/契调: the decision waits for its report."""
    referral = _lock(referral_id, ReferralStatus.EXAM_ORDERED)
    referral.order_exam(exam, ctx.business_date)
    referral.save()
    _tell(ctx, events.EXAM_ORDERED, referral, exam=referral.exam)
    return referral


@transaction.atomic
def note_exam_report(ctx: Context, referral_id: int) -> Referral:
    """体检/契调报告到达: it can be decided. The report itself is a document of the case, not kept here."""
    referral = _lock(referral_id, ReferralStatus.OPEN)
    referral.report_exam(ctx.business_date)
    referral.save()
    _tell(ctx, events.EXAM_REPORTED, referral, exam=referral.exam)
    return referral


@transaction.atomic
def accept(
    ctx: Context,
    referral_id: int,
    *,
    extra_percent: Decimal = Decimal(0),
    extra_per_mille: Decimal = Decimal(0),
    exclusion: str = "",
    reason: str,
) -> Referral:
    """核保通过: as it stands 标准, with an extra premium 加费, or with an exclusion 除外.

    Refuses everybody behind the request (P47), who gave the item away (SOD06), and amounts above one's authority.
    """
    referral = _lock(referral_id, ReferralStatus.ACCEPTED)
    decision = Decision(Decimal(extra_percent), Decimal(extra_per_mille), exclusion.strip())
    if faults := tuple(check_decision(decision)):
        raise Refused(*faults)
    _may_decide(ctx, referral)
    referral.accept(
        ctx.actor,
        ctx.person,
        ctx.business_date,
        _seal(referral, "reason", stated(reason)),
        decision.extra_percent,
        decision.extra_per_mille,
        _seal(referral, "exclusion", decision.exclusion),
    )
    referral.save()
    extras = {"extra_percent": decision.extra_percent, "extra_per_mille": decision.extra_per_mille}
    _tell(ctx, events.DECIDED, referral, status=referral.status, excludes=bool(decision.exclusion), **extras)
    return referral


@transaction.atomic
def decline(ctx: Context, referral_id: int, *, reason: str) -> Referral:
    """拒保: the change is not accepted on any terms. Refuses as ``accept`` does."""
    referral = _lock(referral_id, ReferralStatus.DECLINED)
    _may_decide(ctx, referral)
    referral.decline(ctx.actor, ctx.person, ctx.business_date, _seal(referral, "reason", stated(reason)))
    referral.save()
    _tell(ctx, events.DECIDED, referral, status=referral.status)
    return referral


@transaction.atomic
def withdraw(ctx: Context, referral_id: int) -> Referral:
    """撤回: the case was withdrawn, or asks anew; nobody decides this one any more."""
    referral = _lock(referral_id, ReferralStatus.WITHDRAWN)
    referral.withdraw()
    referral.save()
    _tell(ctx, events.WITHDRAWN, referral)
    return referral


def why_not_decide(ctx: Context, referral: Referral) -> Refusal | None:
    """SOD04, SOD06: nobody behind the request decides on it, nor who gave it away; and only within one's authority."""
    own = separation.barred(ctx, referral.asked_person, referral.asked_by, referral.assigned_person)
    return own or _above(ctx, referral)


def _above(ctx: Context, referral: Referral) -> Refusal | None:
    """Why it is above the authority of who acts, by each of his rights; None if one of them suffices."""
    user = accounts.account_of(ctx)
    refusals = [
        authority.within(
            user,
            action="uw_decide",
            capability=capability,
            branch_id=referral.policy.branch_id,
            amount=referral.amount,
            on=ctx.business_date,
        )
        for capability in authority.DECIDES
    ]
    if not all(refusals):
        return None
    return max(filter(None, refusals), key=lambda each: each.code == "authority_exceeded")


def _may_decide(ctx: Context, referral: Referral) -> None:
    if refusal := why_not_decide(ctx, referral):
        label = events.REFERRAL
        raise permissions.denied(ctx, selectors.DECIDE, refusal, object_type=label, object_id=referral.pk)


def _assign(ctx: Context, referral: Referral, underwriter: User, *, by: str) -> Referral:
    if underwriter.person in separation.persons([referral.asked_person, referral.asked_by]):
        raise Refused(Refusal("same_person"))
    referral.assignee, referral.assigned_person = underwriter, by if by != underwriter.person else ""
    referral.save(update_fields=["assignee", "assigned_person"])
    _tell(ctx, events.ASSIGNED, referral, underwriter=underwriter.name)
    return referral


def _lock(referral_id: int, target: ReferralStatus | None = None) -> Referral:
    """The referral, if it may go where it should; open, where it goes nowhere."""
    rows = Referral.objects.select_for_update(of=("self",)).select_related("policy__branch", "assignee")
    referral = rows.filter(pk=referral_id).first()
    if referral is None:
        raise NotFound(Refusal("not_found"))
    if referral.status not in (sources(Referral, target) if target else OPEN):
        raise Conflict(Refusal("illegal_transition", {"state": referral.get_status_display()}))
    return referral


def _seal(referral: Referral, field: str, text: str) -> str:
    return vault.seal(Referral, field, referral.public_id, text) if text else ""


def _tell(ctx: Context, event: EventType, referral: Referral, **payload: Any) -> None:
    payload |= {"number": referral.number, "case_type": referral.subject_type, "case_id": referral.subject_id}
    audit.record(ctx, event, referral.pk, policy_id=referral.policy_id, **payload)
