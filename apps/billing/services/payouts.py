"""Payouts 付费: money paid back to a customer, asked for by one, approved by others (P24, P25, P26, B-10)."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from apps.accounts import separation
from apps.accounts.permissions import denied
from apps.audit import services as audit
from apps.audit.events import EventType
from apps.billing import events, selectors
from apps.billing.models import Payout, PayoutPart
from apps.billing.posting import Legs, pair, post
from apps.billing.rules import Part, approvals_needed, draw
from apps.billing.states import Account, PayoutKind, PayoutStatus, PostingKind
from apps.core import clock
from apps.core.context import Context
from apps.core.errors import Conflict, NotFound, Refusal, Refused, refuse, stated
from apps.core.money import ZERO, exact, round_fen
from apps.core.numbering import next_number
from apps.core.statemachine import sources
from apps.parties import selectors as parties
from apps.parties.selectors import PayeeAccount
from apps.policies import selectors as policy_facts
from apps.policies import services as policies

from .settlement import settle_locked

GONE = (PayoutStatus.REJECTED, PayoutStatus.CANCELLED, PayoutStatus.WITHDRAWN)


@transaction.atomic
def request_refund(ctx: Context, *, policy_id: int, amount: Decimal, account_id: int, reason: str) -> Payout:
    """申请退费: ask that money in suspense be paid back to the policyholder, and set it aside at once.

    ``amount`` in the policy's currency. Refuses more than is left, an account that is not the holder's own (B-10), a
    policy whose payments are barred by a hold, and a second payout of one policy on one business day (P25).
    """
    policies.lock(policy_id)
    policy = policy_facts.premium_facts([policy_id])[policy_id]
    holder = policy_facts.holders([policy_id])[policy_id]
    account = parties.payee_account(account_id)
    money = selectors.money_left([policy_id]).get(policy_id, [])
    left = sum((each.amount for each in money), ZERO)
    faults = list(check_payout(ctx, policy_id, exact(amount), ctx.person))
    if amount > left:
        faults.append(Refusal("payout_more_than_left", {"left": left}))
    if account is None or account.party_id != holder:
        faults.append(Refusal("payout_account_of_another"))
    if account is None or faults:
        raise Refused(*faults)
    payout = Payout.objects.create(
        number=next_number("F", ctx.business_date, "billing_payout_number"),
        kind=PayoutKind.SUSPENSE_REFUND,
        policy_id=policy_id,
        payee_id=holder,
        account_id=account.id,
        amount=amount,
        currency=policy.currency,
        reason=stated(reason),
        approvals=approvals_of(amount, account),
        requested_on=ctx.business_date,
        requested_by=ctx.actor,
        requested_person=ctx.person,
    )
    _set_aside(ctx, payout, draw(amount, money))
    tell_of_payout(ctx, events.PAYOUT_REQUESTED, payout, payout.reason)
    return payout


def check_payout(
    ctx: Context, policy_id: int, amount: Decimal, person: str, beside: Collection[int] = ()
) -> Iterable[Refusal]:
    """What keeps money from being paid out on this policy today: one refusal per fault (P24, P25).

    ``beside`` are payouts of the same decision, which counts once.
    """
    if not person:
        yield Refusal("payout_person_required")
    if amount <= ZERO:
        yield Refusal("amount_not_positive", {"amount": amount})
    elif amount != round_fen(amount):
        yield Refusal("amount_finer_than_fen", {"amount": amount})
    if hold := policy_facts.payout_hold(policy_id):
        yield Refusal("payout_barred", {"hold": hold.label})
    if today := _asked_today(ctx, policy_id).exclude(pk__in=beside).first():
        yield Refusal("payout_once_a_day", {"number": today.number})


def _asked_today(ctx: Context, policy_id: int) -> QuerySet[Payout]:
    return Payout.objects.filter(policy=policy_id, requested_on=ctx.business_date).exclude(status__in=GONE)


def approvals_of(amount: Decimal, account: PayeeAccount) -> int:
    """How many others must approve this amount to this account (P24, P26)."""
    cooling = timedelta(hours=settings.PAYOUT_COOLING_HOURS)
    return approvals_needed(
        amount, settings.TWO_APPROVERS_ABOVE, account_is_new=clock.now() - account.added_at < cooling
    )


def _set_aside(ctx: Context, payout: Payout, parts: Iterable[Part]) -> None:
    taken = PayoutPart.objects.bulk_create(
        PayoutPart(payout=payout, receipt_id=part.receipt_id, amount=part.amount) for part in parts
    )
    post(ctx, PostingKind.SET_ASIDE, [_of_part(payout, part, Account.SUSPENSE, Account.PAYABLE) for part in taken])


def _put_back(ctx: Context, payout: Payout) -> None:
    """What was set aside is in suspense again, and pays what is due. What is owed for a change stays payable."""
    if not payout.from_suspense:
        return
    standing = list(PayoutPart.objects.filter(payout=payout, reverses=None, reversed_by=None))
    PayoutPart.objects.bulk_create(
        PayoutPart(payout=payout, receipt_id=part.receipt_id, amount=-part.amount, reverses=part) for part in standing
    )
    post(ctx, PostingKind.PUT_BACK, [_of_part(payout, part, Account.PAYABLE, Account.SUSPENSE) for part in standing])
    settle_locked(ctx, [payout.policy_id])


def _of_part(payout: Payout, part: PayoutPart, debit: Account, credit: Account) -> Legs:
    about = {"policy_id": payout.policy_id, "receipt_id": part.receipt_id}
    return pair(debit, credit, part.amount, payout.currency, **about)


def of_payout(payout: Payout, debit: Account, credit: Account) -> Legs:
    """The whole of a payout, from one account to another."""
    return pair(debit, credit, payout.amount, payout.currency, policy_id=payout.policy_id)


@transaction.atomic
def approve_payout(ctx: Context, payout_id: int) -> Payout:
    """复核付费: one of the approvals it needs. Refuses whoever asked for it or approved it already (P24, P47)."""
    payout = lock_payout(payout_id, PayoutStatus.APPROVED)
    if refusal := separation.barred(ctx, payout.requested_person, payout.requested_by, payout.approved_person):
        raise denied(ctx, "payout_release.A", refusal, object_type="billing.payout", object_id=payout.pk)
    payout.note_approval(ctx.actor, ctx.person)
    if payout.approvals == 2 and not payout.second_person:
        payout.save()
        tell_of_payout(ctx, events.PAYOUT_SEEN, payout)
        return payout
    payout.approve()
    payout.save()
    tell_of_payout(ctx, events.PAYOUT_APPROVED, payout)
    return payout


@transaction.atomic
def reject_payout(ctx: Context, payout_id: int, reason: str) -> Payout:
    """驳回付费: money from suspense goes back there; what is owed for a change stays owed. Needs a reason."""
    payout = lock_payout(payout_id, PayoutStatus.REJECTED)
    payout.reject()
    payout.save()
    tell_of_payout(ctx, events.PAYOUT_REJECTED, payout, stated(reason))
    _put_back(ctx, payout)
    return payout


@transaction.atomic
def cancel_payout(ctx: Context, payout_id: int, reason: str) -> Payout:
    """撤销付费: before it is with the bank, or after the bank returned it. Needs a reason."""
    payout = lock_payout(payout_id, PayoutStatus.CANCELLED)
    payout.cancel()
    payout.save()
    tell_of_payout(ctx, events.PAYOUT_CANCELLED, payout, stated(reason))
    _put_back(ctx, payout)
    return payout


@transaction.atomic
def send_payout(ctx: Context, payout_id: int) -> Payout:
    """放行: hand an approved payout to the bank. Refuses while a hold, perhaps placed since, bars payments."""
    payout = lock_payout(payout_id, PayoutStatus.SENT)
    if hold := policy_facts.payout_hold(payout.policy_id):
        raise refuse("payout_barred", hold=hold.label)
    payout.send(ctx.business_date)
    payout.save()
    post(ctx, PostingKind.PAYOUT, [of_payout(payout, Account.PAYABLE, Account.BANK)])
    tell_of_payout(ctx, events.PAYOUT_SENT, payout)
    return payout


@transaction.atomic
def note_payout_paid(ctx: Context, payout_id: int, *, paid_on: date, bank_ref: str) -> Payout:
    """付费成功: the bank says that it paid, when, and under which transaction number."""
    payout = lock_payout(payout_id, PayoutStatus.PAID)
    if not bank_ref.strip():
        raise refuse("transaction_number_missing")
    if paid_on > ctx.business_date:
        raise refuse("value_date_in_future", value_on=paid_on, today=ctx.business_date)
    payout.pay(paid_on, bank_ref.strip())
    payout.save()
    tell_of_payout(ctx, events.PAYOUT_PAID, payout)
    return payout


@transaction.atomic
def note_payout_returned(ctx: Context, payout_id: int, reason: str) -> Payout:
    """退票: the bank could not pay it or sent it back; the money stays set aside. Needs a reason."""
    payout = lock_payout(payout_id, PayoutStatus.RETURNED)
    payout.give_back()
    payout.save()
    post(ctx, PostingKind.PAYOUT_RETURN, [of_payout(payout, Account.BANK, Account.PAYABLE)])
    tell_of_payout(ctx, events.PAYOUT_RETURNED, payout, stated(reason))
    return payout


def why_not_again(payout: Payout) -> Refusal | None:
    """What keeps a payout from being asked for again: it is under way, or its money went back into suspense."""
    stays = [PayoutStatus.RETURNED] if payout.from_suspense else sources(Payout, PayoutStatus.REQUESTED)
    return None if payout.status in stays else moved(payout).refusals[0]


@transaction.atomic
def request_payout_again(ctx: Context, payout_id: int, *, account_id: int, reason: str) -> Payout:
    """重新付费: after the bank returned it, to this account of the payee; approved anew. Needs a reason.

    What is owed for a change is asked for again after it was rejected or cancelled too; money that went back into
    suspense is not, nor is a second payout of one policy asked for on one business day (P25).
    """
    payout = lock_payout(payout_id)
    if refusal := why_not_again(payout):
        raise Conflict(refusal)
    if today := _asked_today(ctx, payout.policy_id).exclude(pk=payout.pk).first():
        raise refuse("payout_once_a_day", number=today.number)
    account = parties.payee_account(account_id)
    if account is None or account.party_id != payout.payee_id:
        raise refuse("payout_account_of_another")
    if not ctx.person:
        raise refuse("payout_person_required")
    payout.account_id = account.id
    payout.ask_again(approvals_of(payout.amount, account), ctx.actor, ctx.person)
    payout.save()
    tell_of_payout(ctx, events.PAYOUT_REQUESTED, payout, stated(reason))
    return payout


def lock_payout(payout_id: int, target: PayoutStatus | None = None) -> Payout:
    """Lock the policy and then the payout. Refuses ``illegal_transition`` when no edge leads to ``target``."""
    policy_id = Payout.objects.filter(pk=payout_id).values_list("policy", flat=True).first()
    if policy_id is None:
        raise NotFound(Refusal("not_found"))
    policies.lock(policy_id)
    payout = Payout.objects.select_for_update(no_key=True).get(pk=payout_id)
    if target and payout.status not in sources(Payout, target):
        raise moved(payout)
    return payout


def moved(payout: Payout) -> Conflict:
    """What is answered when a payout cannot go on from where it is."""
    return Conflict(Refusal("illegal_transition", {"state": payout.get_status_display()}))


def tell_of_payout(ctx: Context, event: EventType, payout: Payout, reason: str = "") -> None:
    """Record one event about a payout; its payload names the change it is owed for, if it is for one."""
    about = {
        "number": payout.number,
        "kind": payout.kind,
        "amount": payout.amount,
        "currency": payout.currency,
        "subject_type": payout.subject_type,
        "subject_id": payout.subject_id,
        "paid_on": payout.paid_on,
    }
    audit.record_many(ctx, event, [audit.Fact(payout.pk, payout.policy_id, about, reason)])
