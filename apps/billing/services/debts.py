"""Debts to customers 应付: what a change of the contract owes, paid out under the same eyes as any money (P24, P26)."""

from collections.abc import Collection
from decimal import Decimal

from django.db import transaction

from apps.billing import events
from apps.billing.models import Payout
from apps.billing.posting import post
from apps.billing.states import Account, PayoutKind, PayoutStatus, PostingKind
from apps.core.context import Context
from apps.core.errors import Conflict, Refusal, Refused, stated
from apps.core.money import exact
from apps.core.numbering import next_number
from apps.parties import selectors as parties
from apps.policies import services as policies

from .payouts import approvals_of, check_payout, lock_payout, moved, of_payout, tell_of_payout

PAID_FROM = {
    PayoutKind.SURRENDER: Account.SURRENDER,
    PayoutKind.PARTIAL_SURRENDER: Account.SURRENDER,
    PayoutKind.PREMIUM_REFUND: Account.PREMIUM,
}
"""The account that bears each kind of debt; a refund of premium takes the income back."""


@transaction.atomic
def pay_out(
    ctx: Context,
    *,
    policy_id: int,
    payee_id: int,
    account_id: int,
    amount: Decimal,
    kind: PayoutKind,
    reason: str,
    subject_type: str,
    subject_id: int,
    person: str,
    beside: Collection[int] = (),
) -> Payout:
    """付费: owe the customer money for a change, payable from now on, and ask that it be paid to an account of his.

    ``amount`` in the policy's currency; ``person`` made the change and so may not approve the payout (P24);
    ``subject_type`` and ``subject_id`` name the change. Needs a reason; refuses an account that is not the payee's own
    (B-10), a policy whose payments are barred by a hold, and a second payout of one policy on one business day (P25)
    unless it stands ``beside`` it: both follow from one decision.
    """
    policy = policies.lock(policy_id)
    account = parties.payee_account(account_id)
    faults = list(check_payout(ctx, policy_id, exact(amount), person, beside))
    if account is None or account.party_id != payee_id:
        faults.append(Refusal("payout_account_not_payees"))
    if account is None or faults:
        raise Refused(*faults)
    payout = Payout.objects.create(
        number=next_number("F", ctx.business_date, "billing_payout_number"),
        kind=kind,
        policy_id=policy_id,
        payee_id=payee_id,
        account_id=account.id,
        amount=amount,
        currency=policy.currency,
        reason=stated(reason),
        subject_type=subject_type,
        subject_id=subject_id,
        approvals=approvals_of(amount, account),
        requested_on=ctx.business_date,
        requested_by=ctx.actor,
        requested_person=person,
    )
    post(ctx, PostingKind.OWED, [of_payout(payout, PAID_FROM[kind], Account.PAYABLE)])
    tell_of_payout(ctx, events.PAYOUT_REQUESTED, payout, payout.reason)
    return payout


@transaction.atomic
def take_back_payout(ctx: Context, payout_id: int, *, reason: str) -> Payout:
    """收回付费: the change is undone and nothing is owed any more.

    Needs a reason. Refuses ``payout_already_sent`` when the money is with the bank or has arrived, and a refund of
    money in suspense, which is cancelled instead.
    """
    payout = lock_payout(payout_id)
    if payout.status in (PayoutStatus.SENT, PayoutStatus.PAID):
        raise Conflict(Refusal("payout_already_sent", {"number": payout.number}))
    if payout.from_suspense or payout.status == PayoutStatus.WITHDRAWN:
        raise moved(payout)
    payout.withdraw()
    payout.save()
    post(ctx, PostingKind.OWED_REVERSAL, [of_payout(payout, Account.PAYABLE, PAID_FROM[PayoutKind(payout.kind)])])
    tell_of_payout(ctx, events.PAYOUT_WITHDRAWN, payout, stated(reason))
    return payout
