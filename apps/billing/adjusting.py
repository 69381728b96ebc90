"""What is done to extra premiums 批改补费 and leaves its rows, postings and events behind; the acts are services."""

from collections.abc import Collection, Iterable, Sequence

from django.db.models import Q

from apps.audit import services as audit
from apps.audit.events import EventType
from apps.audit.services import Fact
from apps.core.context import Context
from apps.core.money import ZERO

from . import events
from .models import Adjustment, AdjustmentPart
from .posting import Legs, pair, post
from .rules import Use
from .states import Account, PostingKind


def of_locked(condition: Q) -> list[Adjustment]:
    """Lock extra premiums of policies that are locked already; in order of policy and age."""
    rows = Adjustment.objects.select_for_update(no_key=True).filter(condition)
    return list(rows.order_by("policy_id", "demanded_on", "pk"))


def pay(ctx: Context, adjustments: Iterable[Adjustment], uses: Sequence[Use]) -> None:
    """OPEN → PAID: each is covered whole. It counts as paid on the day of its last money, if asked for by then."""
    paid = {each.pk: each for each in adjustments if any(use.debt_id == each.pk for use in uses)}
    for key, each in paid.items():
        each.pay(max(each.demanded_on, *(use.value_on for use in uses if use.debt_id == key)))
        each.save()
    take(
        ctx,
        [AdjustmentPart(adjustment=paid[use.debt_id], receipt_id=use.receipt_id, amount=use.amount) for use in uses],
    )
    tell(ctx, events.ADJUSTMENT_PAID, paid.values())


def take(ctx: Context, parts: Iterable[AdjustmentPart]) -> None:
    """Money in suspense becomes premium."""
    taken = AdjustmentPart.objects.bulk_create(parts)
    post(ctx, PostingKind.ADJUSTMENT, (_legs(part, Account.SUSPENSE, Account.PREMIUM) for part in taken))


def give_back(ctx: Context, parts: Collection[AdjustmentPart]) -> None:
    """The money of these parts is in suspense again: a row that reverses each, and its posting."""
    AdjustmentPart.objects.bulk_create(
        AdjustmentPart(adjustment=part.adjustment, receipt_id=part.receipt_id, amount=-part.amount, reverses=part)
        for part in parts
    )
    post(ctx, PostingKind.ADJUSTMENT_REVERSAL, (_legs(part, Account.PREMIUM, Account.SUSPENSE) for part in parts))


def standing(adjustments: Iterable[Adjustment]) -> list[AdjustmentPart]:
    """The parts that pay these extra premiums now, the newest last."""
    parts = AdjustmentPart.objects.filter(adjustment__in=list(adjustments), reverses=None, reversed_by=None)
    return list(parts.select_related("adjustment").order_by("pk"))


def reopen_paid_by(ctx: Context, receipt_id: int) -> list[Adjustment]:
    """PAID → OPEN: the money of this receipt is gone; what other receipts gave returns to suspense."""
    used = AdjustmentPart.objects.filter(receipt=receipt_id, reverses=None, reversed_by=None)
    adjustments = of_locked(Q(pk__in=used.values("adjustment")))
    give_back(ctx, standing(adjustments))
    for each in adjustments:
        each.reopen()
        each.save()
    tell(ctx, events.ADJUSTMENT_REOPENED, adjustments)
    return adjustments


def cancel(ctx: Context, adjustments: Sequence[Adjustment], reason: str) -> None:
    """OPEN → CANCELLED: nothing was paid, nothing is asked for any more."""
    for each in adjustments:
        each.cancel()
        each.save()
    tell(ctx, events.ADJUSTMENT_CANCELLED, adjustments, reason)


def tell(ctx: Context, event: EventType, adjustments: Iterable[Adjustment], reason: str = "", surplus=ZERO) -> None:
    """Record one event about each; its payload names the change it is for, and the day it was paid."""
    audit.record_many(
        ctx,
        event,
        [
            Fact(
                each.pk,
                each.policy_id,
                {
                    "number": each.number,
                    "amount": each.amount,
                    "currency": each.currency,
                    "subject_type": each.subject_type,
                    "subject_id": each.subject_id,
                    "paid_on": each.paid_on,
                    "surplus": surplus,
                },
                reason,
            )
            for each in adjustments
        ],
    )


def _legs(part: AdjustmentPart, debit: Account, credit: Account) -> Legs:
    about = {"policy_id": part.adjustment.policy_id, "receipt_id": part.receipt_id}
    return pair(debit, credit, part.amount, part.adjustment.currency, **about)
