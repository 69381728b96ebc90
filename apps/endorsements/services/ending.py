"""Ending 结束: a case is withdrawn, expires, or has paid out."""

from django.db import transaction

from apps.billing import services as billing
from apps.billing.states import AdjustmentStatus
from apps.core.context import Context
from apps.core.errors import stated
from apps.endorsements import events, selectors
from apps.endorsements.acts import Act
from apps.endorsements.models import Endorsement
from apps.operations import services as operations
from apps.operations.agenda import ENDORSE, ENDORSE_EXPIRY

from .cases import lock, tell
from .effect import adjustments, follow_payouts
from .review import withdraw_referral


@transaction.atomic
def withdraw(ctx: Context, case_id: int, *, reason: str) -> Endorsement:
    """保全撤销 (EN-34): before it is in effect; money paid for it goes back into suspense. Needs a reason.

    What of it has taken effect already stays, and is undone as any change is.
    """
    case = lock(case_id, Act.WITHDRAW)
    case.withdraw(stated(reason))
    case.save()
    tell(ctx, events.WITHDRAWN, case, case.reason)
    _release(ctx, case)
    return case


@transaction.atomic
def expire_due(ctx: Context, case_id: int) -> Endorsement:
    """逾期撤销: papers or money did not come in time."""
    case = lock(case_id)
    if case.expires_on is None or case.expires_on > ctx.business_date:
        return case
    case.expire()
    case.save()
    tell(ctx, events.EXPIRED, case)
    _release(ctx, case)
    return case


def _release(ctx: Context, case: Endorsement) -> None:
    """Give back what was held for the case: its money, its dates, its place in the underwriter's list."""
    for asked in adjustments(case.pk):
        act = billing.return_adjustment if asked.status == AdjustmentStatus.PAID else billing.cancel_adjustment
        act(ctx, asked.pk, reason=case.number)
    operations.unschedule(ENDORSE, [case.pk])
    operations.unschedule(ENDORSE_EXPIRY, [case.pk])
    billing.bill_as_usual(ctx, case.policy_id)
    withdraw_referral(ctx, case)


@transaction.atomic
def note_paid_out(ctx: Context, item_id: int) -> Endorsement:
    """付费完成: a payout of a case has arrived; with the last one it is closed."""
    case = lock(selectors.item_of(pk=item_id).endorsement_id)
    follow_payouts(ctx, case)
    return case
