"""Review 审核与复核: the maker examines, underwriting answers, a second person decides upon exactly what was shown."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db import transaction

from apps.accounts import authority, permissions, separation
from apps.accounts import selectors as accounts
from apps.core.context import Context
from apps.core.errors import Conflict, Refusal, Refused, stated
from apps.core.money import ZERO
from apps.core.values import to_json
from apps.endorsements import events, planning, quotes, selectors
from apps.endorsements.acts import Act
from apps.endorsements.base import EndorsementType
from apps.endorsements.models import Endorsement
from apps.endorsements.planning import ItemPlan, PolicyPlan
from apps.endorsements.selectors import CASE, change_of, kind_of
from apps.endorsements.states import EndorsementStatus, Mode, Review
from apps.underwriting import selectors as referrals
from apps.underwriting import services as underwriting
from apps.underwriting.models import OPEN as OPEN_REFERRALS

from . import effect, quoting
from .cases import lock, person_of, tell

DECLINED = "underwriting_declined"


@transaction.atomic
def examine(ctx: Context, case_id: int) -> Endorsement:
    """经办审核: the maker's examination; the case goes to underwriting, to a second person, or is done (E-03).

    What is within his authority who examines he completes alone, unless the item wants a second person.
    """
    case = lock(case_id, Act.EXAMINE)
    case.examine()
    case.save()
    tell(ctx, events.EXAMINED, case)
    return _route(ctx, case)


@transaction.atomic
def send_on(ctx: Context, case_id: int) -> Endorsement:
    """再次送审: after underwriting has answered, or when the checker sent it back."""
    return _route(ctx, lock(case_id, Act.SEND_ON))


def _route(ctx: Context, case: Endorsement) -> Endorsement:
    plans = quoting.compute(ctx, case)
    if faults := tuple(planning.all_refusals(plans)):
        raise Refused(*faults)
    reasons = [reason for each in plans for item in each.items for reason in item.referral]
    if reasons and not selectors.underwritten(case.pk):
        return _refer(ctx, case, plans, reasons)
    quoting.keep(ctx, case, plans)
    case.second_person_needed = any(_second_person(ctx, case, plans))
    if not case.second_person_needed:
        case.approve(ctx.business_date)
        case.save()
        tell(ctx, events.APPROVED, case)
        return effect.proceed(ctx, case)
    case.send_to_review()
    case.save()
    tell(ctx, events.SENT_TO_REVIEW, case)
    return case


def _refer(ctx: Context, case: Endorsement, plans: Sequence[PolicyPlan], reasons: Sequence[Refusal]) -> Endorsement:
    case.refer()
    case.save()
    tell(ctx, events.REFERRED, case)
    main = plans[0]
    underwriting.refer(
        ctx,
        policy_id=case.policy_id,
        subject_type=CASE,
        subject_id=case.pk,
        reasons=[quotes.refusal_of(quotes.refusal_json(reason)) for reason in reasons],
        facts={
            "sum_assured_before": str(main.before.sum_assured),
            "sum_assured_after": str(main.after.sum_assured),
            "items": [{"code": each.item.code, "change": each.item.change} for each in main.items],
        },
        amount=main.after.sum_assured - main.before.sum_assured,
    )
    return case


def _second_person(ctx: Context, case: Endorsement, plans: Iterable[PolicyPlan]) -> Iterable[bool]:
    """Whether each item needs the approval of another person (domain/endorsements §3)."""
    for plan in plans:
        for item in plan.items:
            kind = kind_of(item.item)
            yield kind.review == Review.ALWAYS
            yield _back_dated(case, kind, item)
            yield _above(ctx, case, kind, item, "E") is not None


def _back_dated(case: Endorsement, kind: EndorsementType, item: ItemPlan) -> bool:
    assert case.received_on is not None  # it has been accepted
    return kind.mode == Mode.CHANGE and item.effective_on < case.received_on


def _above(ctx: Context, case: Endorsement, kind: EndorsementType, item: ItemPlan, capability: str) -> Refusal | None:
    return authority.within(
        accounts.account_of(ctx),
        action=kind.permission,
        capability=capability,
        item=kind.code,
        branch_id=case.policy.branch_id,
        amount=max(abs(item.premium), item.paid_out, ZERO),
        on=ctx.business_date,
    )


@transaction.atomic
def approve(ctx: Context, case_id: int, *, digest: str) -> Endorsement:
    """复核通过: by a second person, upon the very quote he saw (``digest``), within his authority (P12, P24, P28, W10).

    Refuses whoever made the case, in any role, as a stand-in or by a key (P47). When the policy has moved meanwhile and
    the result is the same, the case is rebased and the history says so; else it must be looked at again (B9).
    """
    case = lock(case_id, Act.APPROVE)
    plans = quoting.compute(ctx, case)
    if refusal := why_not_decide(ctx, case, plans):
        raise permissions.denied(ctx, f"{_permission(plans)}.A", refusal, object_type=CASE, object_id=case.pk)
    if faults := tuple(planning.all_refusals(plans)):
        raise Refused(*faults)
    _check_seen(ctx, case, plans, digest)
    case.approve(ctx.business_date, ctx.actor, person_of(ctx))
    case.save()
    tell(ctx, events.APPROVED, case)
    return effect.proceed(ctx, case)


def why_not_decide(ctx: Context, case: Endorsement, plans: Iterable[PolicyPlan]) -> Refusal | None:
    """Why he who acts may not approve: he made it, his role does not allow it, or it is above his authority."""
    if refusal := separation.barred(ctx, *selectors.makers(case.pk)):
        return refusal
    items = [(kind_of(item.item), item) for plan in plans for item in plan.items]
    approved = to_approve(kind for kind, _item in items)
    found = (_above(ctx, case, kind, item, "A") for kind, item in items if kind in approved)
    return next((refusal for refusal in found if refusal), None)


def to_approve(kinds: Iterable[EndorsementType]) -> list[EndorsementType]:
    """Those of these items that somebody approves at all; where nobody does any, all, so that nobody can."""
    found = list(kinds)
    return [kind for kind in found if permissions.somebody_holds(f"{kind.permission}.A")] or found


def _permission(plans: Sequence[PolicyPlan]) -> str:
    return kind_of(plans[0].items[0].item).permission


def _check_seen(ctx: Context, case: Endorsement, plans: Sequence[PolicyPlan], digest: str) -> None:
    if case.quote is None:
        raise Conflict(Refusal("quote_missing"))
    if digest != case.quote.digest or digest != quotes.digest(quotes.content(plans)):
        raise Conflict(Refusal("quote_changed"))
    moved = {str(key): number for key, number in planning.bases(planning.policies_of(plans)).items()}
    if moved != {str(key): number for key, number in case.quote.bases.items()}:
        tell(ctx, events.REBASED, case)


@transaction.atomic
def send_back(ctx: Context, case_id: int, *, reason: str) -> Endorsement:
    """退回: the checker sends the case back to its maker. Needs a reason."""
    case = lock(case_id, Act.SEND_BACK)
    case.examine()
    case.reason = stated(reason)
    case.save()
    tell(ctx, events.RETURNED, case, case.reason)
    return case


@transaction.atomic
def reject(ctx: Context, case_id: int, *, reason: str) -> Endorsement:
    """不同意: the request is refused, with its reason, which the customer is told."""
    case = lock(case_id, Act.REJECT)
    if refusal := why_not_reject(ctx, case):
        action = kind_of(selectors.items_of(case.pk)[0]).permission
        raise permissions.denied(ctx, f"{action}.A", refusal, object_type=CASE, object_id=case.pk)
    case.reject(stated(reason))
    case.save()
    tell(ctx, events.REJECTED, case, case.reason)
    withdraw_referral(ctx, case)
    return case


def why_not_reject(ctx: Context, case: Endorsement) -> Refusal | None:
    """Why he who acts may not refuse the request: what waits for a second person is not for its maker to decide."""
    if case.status != EndorsementStatus.SECOND_REVIEW:
        return None
    return separation.barred(ctx, *selectors.makers(case.pk))


def withdraw_referral(ctx: Context, case: Endorsement) -> None:
    """Take the case off the underwriter's list, if it is there."""
    referral = referrals.of_case(CASE, case.pk)
    if referral is not None and referral.status in OPEN_REFERRALS:
        underwriting.withdraw(ctx, referral.pk)


@transaction.atomic
def note_underwriting(
    ctx: Context, case_id: int, *, accepted: bool, extra_percent: Decimal = ZERO, extra_per_mille: Decimal = ZERO
) -> Endorsement:
    """核保结论: the answer is in; loadings become part of the change and it is priced anew. A refusal ends the case."""
    case = lock(case_id)
    if case.status != EndorsementStatus.UW_REFERRED:
        raise Conflict(Refusal("illegal_transition", {"state": case.get_status_display()}))
    if not accepted:
        case.reject(DECLINED)
        case.save()
        tell(ctx, events.REJECTED, case, DECLINED)
        return case
    for item in selectors.items_of(case.pk):
        kind = kind_of(item)
        if kind.underwritten:
            loaded = kind.underwritten_as(change_of(item), extra_percent=extra_percent, extra_per_mille=extra_per_mille)
            item.change = to_json(loaded)
            item.save(update_fields=["change"])
    case.examine()
    case.save()
    tell(ctx, events.UNDERWRITTEN, case)
    quoting.keep(ctx, case, quoting.compute(ctx, case))
    return case


def note_exam(ctx: Context, case_id: int, *, ordered: bool) -> None:
    """体检: its time is not counted against our own (E-03)."""
    tell(ctx, events.EXAM_ORDERED if ordered else events.EXAM_REPORTED, lock(case_id))
