"""Reversal 冲正: money that bounced or was recalled, and what follows for what it had paid."""

from collections.abc import Sequence

from django.db import transaction

from apps.billing import adjusting, events, selectors
from apps.billing.models import Allocation, Instalment, Receipt
from apps.billing.posting import post
from apps.billing.recording import allocated, money, plan_dunning, tell, tell_of_receipts, write_back
from apps.billing.rules import grace_after_demand
from apps.billing.states import Account, PostingKind, ReceiptStatus
from apps.billing.states import InstalmentStatus as S
from apps.core.bulk import move
from apps.core.context import Context
from apps.core.errors import refuse, stated
from apps.deadlines.selectors import work_calendar
from apps.policies import selectors as policy_facts
from apps.policies import services as policies
from apps.policies.selectors import PremiumFacts
from apps.policies.states import PolicyStatus
from apps.products import selectors as products

from .adjustments import cancel_adjustments_of
from .instalments import cancel_open
from .receipts import ENDED, lock_receipt, must_be
from .settlement import follow_payment, settle


@transaction.atomic
def reverse_receipt(ctx: Context, receipt_id: int, reason: str) -> Receipt:
    """冲正: the money bounced or was recalled. What it paid is owed again, and other money may pay it.

    An instalment or extra premium it helped to pay opens whole: what came from other receipts returns to suspense. For
    premium the customer has 30
    days from today, or what was left of grace if that is longer (B-01). Needs a reason; refuses money that is being
    paid out.
    """
    receipt = lock_receipt(receipt_id)
    must_be(receipt, ReceiptStatus.CONFIRMED)
    if payout := selectors.payout_of(receipt.pk):
        raise refuse("receipt_in_payout", number=payout.number)
    receipt.reverse()
    receipt.save()
    paid, extra = _take_back(ctx, receipt), adjusting.reopen_paid_by(ctx, receipt.pk)
    post(ctx, PostingKind.RECEIPT_REVERSAL, [money(receipt, Account.SUSPENSE, Account.BANK)])
    tell_of_receipts(ctx, events.REVERSED, [receipt], stated(reason))
    if (paid or extra) and receipt.policy_id:
        about = policy_facts.premium_facts([receipt.policy_id])[receipt.policy_id]
        _reopen(ctx, about, paid)
        settle(ctx, [about.id])
    return receipt


def _take_back(ctx: Context, receipt: Receipt) -> list[Instalment]:
    """Reverse every allocation to the instalments this receipt helped to pay, and name these."""
    used = Allocation.objects.filter(receipt=receipt, reverses=None, reversed_by=None).values("instalment")
    instalments = Instalment.objects.select_for_update(no_key=True).filter(pk__in=used).order_by("pk")
    paid = {each.pk: each for each in instalments}
    standing = list(Allocation.objects.filter(instalment__in=list(paid), reverses=None, reversed_by=None))
    Allocation.objects.bulk_create(
        Allocation(
            receipt_id=each.receipt_id,
            instalment_id=each.instalment_id,
            amount=-each.amount,
            business_date=ctx.business_date,
            reverses=each,
        )
        for each in standing
    )
    post(
        ctx,
        PostingKind.ALLOCATION_REVERSAL,
        (
            allocated(paid[each.instalment_id], each.receipt_id, each.amount, Account.RECEIVABLE, Account.SUSPENSE)
            for each in standing
        ),
    )
    return list(paid.values())


def _reopen(ctx: Context, policy: PremiumFacts, instalments: Sequence[Instalment]) -> None:
    """Premium is owed again: asked for again if the policy is in force, overdue at once if it is suspended.

    Where the contract has ended it is cancelled like all that was unpaid then (policy:P14).
    """
    rolls, calendar = products.terms_of(policy.product_version_id).grace_rolls, work_calendar()
    for each in instalments:
        each.grace_ends_on = grace_after_demand(each.grace_ends_on, ctx.business_date, rolls, calendar)
        each.reverse_payment()
        each.save()
    tell(ctx, events.PAYMENT_REVERSED, [each.pk for each in instalments])
    if policy.status in ENDED:
        cancel_open(ctx, [policy.id])
        cancel_adjustments_of(ctx, [policy.id], reason="policy_ended")
        return
    policies.reopen_premium(ctx, [policy.id])
    if policy.status == PolicyStatus.IN_FORCE:
        plan_dunning(ctx, instalments, {policy.id: policy}, again=True)
    if policy.status == PolicyStatus.SUSPENDED:
        overdue = move(Instalment, [each.pk for each in instalments], S.OVERDUE)
        write_back(ctx, overdue)
        tell(ctx, events.FELL_OVERDUE, overdue)
    follow_payment(ctx, [policy.id])
