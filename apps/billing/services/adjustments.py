"""Extra premium 批改补费: asked for a change, paid before it applies, given back if it does not come to be."""

from collections.abc import Iterable
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from apps.billing import adjusting, events
from apps.billing.models import Adjustment, AdjustmentPart
from apps.billing.states import AdjustmentStatus
from apps.core.context import Context
from apps.core.errors import Conflict, NotFound, Refusal, refuse, stated
from apps.core.money import ZERO, exact, round_fen
from apps.core.numbering import next_number
from apps.policies import services as policies

from .receipts import ENDED
from .settlement import settle_locked


@transaction.atomic
def demand_adjustment(
    ctx: Context, *, policy_id: int, amount: Decimal, subject_type: str, subject_id: int, reason: str
) -> Adjustment:
    """批改补费: ask extra premium for a change, and use money in suspense for it at once if it is there.

    ``amount`` in the policy's currency, above zero and whole fen; ``subject_type`` and ``subject_id`` name the change.
    Needs a reason; refuses a policy that has ended. What is answered may be paid already.
    """
    policy = policies.lock(policy_id)
    _check(exact(amount))
    if policy.status in ENDED:
        raise refuse("adjustment_policy_ended")
    adjustment = Adjustment.objects.create(
        number=next_number("A", ctx.business_date, "billing_adjustment_number"),
        policy=policy,
        amount=amount,
        currency=policy.currency,
        subject_type=subject_type,
        subject_id=subject_id,
        reason=stated(reason),
        demanded_on=ctx.business_date,
    )
    adjusting.tell(ctx, events.ADJUSTMENT_DEMANDED, [adjustment], adjustment.reason)
    settle_locked(ctx, [policy_id])
    adjustment.refresh_from_db()
    return adjustment


@transaction.atomic
def settle_adjustment_at(ctx: Context, adjustment_id: int, amount: Decimal) -> Adjustment:
    """补费定额: the change costs less on the day it was really paid; the surplus goes back into suspense.

    ``amount`` is what it costs then, above zero. Refuses what is not paid, and more than was paid.
    """
    adjustment = _lock(adjustment_id, AdjustmentStatus.PAID)
    _check(exact(amount))
    surplus = adjustment.amount - amount
    if surplus < ZERO:
        raise refuse("adjustment_more_than_paid", number=adjustment.number, paid=adjustment.amount)
    if surplus == ZERO:
        return adjustment
    adjustment.amount = amount
    adjustment.save()
    _release(ctx, adjustment, surplus)
    adjusting.tell(ctx, events.ADJUSTMENT_REDUCED, [adjustment], surplus=surplus)
    settle_locked(ctx, [adjustment.policy_id])
    return adjustment


def _release(ctx: Context, adjustment: Adjustment, surplus: Decimal) -> None:
    """Give back the newest parts until the surplus is free; what the last of them still pays is taken anew."""
    released: list[AdjustmentPart] = []
    for part in reversed(adjusting.standing([adjustment])):
        if surplus <= ZERO:
            break
        released.append(part)
        surplus -= part.amount
    adjusting.give_back(ctx, released)
    if surplus < ZERO:
        kept = AdjustmentPart(adjustment=adjustment, receipt_id=released[-1].receipt_id, amount=-surplus)
        adjusting.take(ctx, [kept])


@transaction.atomic
def cancel_adjustment(ctx: Context, adjustment_id: int, *, reason: str) -> Adjustment:
    """撤销补费: nothing is asked for any more. Needs a reason; refuses what is paid: that is returned."""
    adjustment = _lock(adjustment_id, AdjustmentStatus.OPEN)
    adjusting.cancel(ctx, [adjustment], stated(reason))
    return adjustment


@transaction.atomic
def cancel_adjustments_of(ctx: Context, policy_ids: Iterable[int], *, reason: str) -> list[int]:
    """撤销补费: these policies have ended. Returns the extra premiums cancelled."""
    ids = policies.lock_all(policy_ids)
    open_ones = adjusting.of_locked(Q(policy__in=ids, status=AdjustmentStatus.OPEN))
    adjusting.cancel(ctx, open_ones, stated(reason))
    return [each.pk for each in open_ones]


@transaction.atomic
def return_adjustment(ctx: Context, adjustment_id: int, *, reason: str) -> Adjustment:
    """退回补费: the change does not come to be, or was undone; the money is in suspense again and pays what is due.

    Needs a reason; refuses what is not paid.
    """
    adjustment = _lock(adjustment_id, AdjustmentStatus.PAID)
    adjusting.give_back(ctx, adjusting.standing([adjustment]))
    adjustment.give_back()
    adjustment.save()
    adjusting.tell(ctx, events.ADJUSTMENT_RETURNED, [adjustment], stated(reason))
    settle_locked(ctx, [adjustment.policy_id])
    return adjustment


def _check(amount: Decimal) -> None:
    if amount <= ZERO:
        raise refuse("amount_not_positive", amount=amount)
    if amount != round_fen(amount):
        raise refuse("amount_finer_than_fen", amount=amount)


def _lock(adjustment_id: int, status: AdjustmentStatus) -> Adjustment:
    """Lock the policy and then the extra premium. Refuses ``illegal_transition`` unless it is in this state."""
    policy_id = Adjustment.objects.filter(pk=adjustment_id).values_list("policy", flat=True).first()
    if policy_id is None:
        raise NotFound(Refusal("not_found"))
    policies.lock(policy_id)
    adjustment = adjusting.of_locked(Q(pk=adjustment_id))[0]
    if adjustment.status != status:
        raise Conflict(Refusal("illegal_transition", {"state": adjustment.get_status_display()}))
    return adjustment
