"""Receipts 实收: money that came in, entered by one person and confirmed by another (P22, decision 26)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db import transaction

from apps.accounts import separation
from apps.accounts.permissions import denied
from apps.billing import events, selectors
from apps.billing.models import UNPAID, Instalment, Receipt
from apps.billing.posting import Legs, pair, post
from apps.billing.recording import enter, take_in, tell_of_receipts
from apps.billing.rules import check_value_date, why_waiting
from apps.billing.states import Account, Channel, PostingKind, ReceiptStatus
from apps.core.context import Context
from apps.core.errors import BusinessError, Conflict, NotFound, NotPermitted, Refusal, Refused, refuse, stated
from apps.core.idempotency import once
from apps.core.money import ZERO, exact, round_fen
from apps.core.numbering import next_number
from apps.policies import selectors as policy_facts
from apps.policies import services as policies
from apps.policies.selectors import PremiumFacts
from apps.policies.states import PolicyStatus

from .settlement import asked, owed, settle

CONFIRM = "payment_record.A"
ENDED = (PolicyStatus.TERMINATED, PolicyStatus.VOID)
GREATEST = Decimal("9999999999999999.99")


@dataclass(frozen=True)
class Confirmed:
    """What a receipt did: the numbers of the instalments and extra premiums it paid, what of it waits in suspense, and
    why."""

    receipt: Receipt
    paid: tuple[int, ...]
    extra: tuple[str, ...]
    left: Decimal
    waiting: Refusal | None


def key_receipt(
    ctx: Context,
    *,
    policy_number: str,
    amount: Decimal,
    channel: Channel,
    channel_ref: str,
    value_on: date,
    currency: str = "",
    key: str = "",
) -> Receipt:
    """登记收款: enter money that came in; in flight until a second person confirms it (decision 26).

    ``currency`` is the policy's if not said. ``key`` makes a repeated request harmless (P67). Refuses an unknown
    policy, an amount that is none, another currency, a day in the future or long ago, and a transaction number known.
    """
    asked = [policy_number, str(amount), channel, channel_ref, value_on.isoformat(), currency]

    def act() -> int:
        policy = policy_facts.facts_by_number(policy_number)
        return _key(ctx, policy, exact(amount), channel, channel_ref.strip(), value_on, currency).pk

    if not key:
        with transaction.atomic():
            return Receipt.objects.get(pk=act())
    return Receipt.objects.get(pk=once(ctx.actor, key, ["key_receipt", *asked], act))


def _key(
    ctx: Context, policy: PremiumFacts, amount: Decimal, channel: str, ref: str, value_on: date, currency: str
) -> Receipt:
    if faults := [fault for fault in _faults(ctx, policy, amount, channel, ref, value_on, currency) if fault]:
        raise Refused(*faults)
    receipt = Receipt(
        number=next_number("R", ctx.business_date, "billing_receipt_number"),
        policy_id=policy.id,
        branch_id=policy.branch_id,
        channel=channel,
        channel_ref=ref,
        amount=amount,
        currency=policy.currency,
        value_on=value_on,
        keyed_on=ctx.business_date,
        keyed_by=ctx.actor,
        keyed_person=ctx.person,
    )
    enter([receipt])
    tell_of_receipts(ctx, events.KEYED, [receipt])
    return receipt


def _faults(
    ctx: Context, policy: PremiumFacts, amount: Decimal, channel: str, ref: str, value_on: date, currency: str
) -> Iterable[Refusal | None]:
    yield None if ctx.person else Refusal("person_required")
    yield None if channel in Channel.values else Refusal("channel_unknown", {"channel": channel})
    yield None if ref else Refusal("transaction_number_missing")
    yield None if ZERO < amount <= GREATEST else Refusal("amount_not_positive", {"amount": amount})
    yield None if amount == round_fen(amount) else Refusal("amount_finer_than_fen", {"amount": amount})
    yield check_value_date(value_on, ctx.business_date)
    if currency and currency != policy.currency:
        yield Refusal("currency_differs", {"currency": currency, "policy_currency": policy.currency})


def why_not_confirm(ctx: Context, receipt: Receipt) -> BusinessError | None:
    """What keeps this person from confirming the receipt: entered by himself, or not waiting any more (SOD13)."""
    if refusal := separation.barred(ctx, receipt.keyed_person, receipt.keyed_by):
        return NotPermitted(refusal)
    return why_not_reject(ctx, receipt)


def why_not_reject(ctx: Context, receipt: Receipt) -> BusinessError | None:
    """What keeps the receipt from being rejected: it does not wait for confirmation any more."""
    return None if receipt.status == ReceiptStatus.KEYED else _moved(receipt)


@transaction.atomic
def confirm_receipt(ctx: Context, receipt_id: int) -> Confirmed:
    """复核收款: a second person confirms; the money is posted and settles what is due.

    Refuses the person who entered it, and a receipt that does not wait for confirmation any more.
    """
    receipt = lock_receipt(receipt_id)
    if error := why_not_confirm(ctx, receipt):
        if isinstance(error, NotPermitted):
            raise denied(ctx, CONFIRM, error.refusals[0], object_type="billing.receipt", object_id=receipt.pk)
        raise error
    receipt.confirm(ctx.actor, ctx.person)
    receipt.save()
    take_in(ctx, [receipt])
    tell_of_receipts(ctx, events.CONFIRMED, [receipt])
    return _settled(ctx, receipt)


@transaction.atomic
def reject_receipt(ctx: Context, receipt_id: int, reason: str) -> Receipt:
    """退回登记: take out a receipt entered by mistake; nothing was posted. Needs a reason."""
    receipt = lock_receipt(receipt_id)
    if error := why_not_reject(ctx, receipt):
        raise error
    receipt.reject()
    receipt.save()
    tell_of_receipts(ctx, events.REJECTED, [receipt], stated(reason))
    return receipt


@transaction.atomic
def assign_receipt(ctx: Context, receipt_id: int, policy_number: str, reason: str) -> Confirmed:
    """认领来款: unidentified money turns out to belong to a policy, and settles what is due there.

    Needs a reason; refuses money that has a policy already, and another currency.
    """
    policy = policy_facts.facts_by_number(policy_number)
    policies.lock(policy.id)
    receipt = lock_receipt(receipt_id)
    must_be(receipt, ReceiptStatus.CONFIRMED)
    if receipt.policy_id:
        raise refuse("receipt_has_policy", number=receipt.number)
    if receipt.currency != policy.currency:
        raise refuse("currency_differs", currency=receipt.currency, policy_currency=policy.currency)
    receipt.policy_id, receipt.branch_id = policy.id, policy.branch_id
    receipt.save(update_fields=["policy", "branch"])
    post(ctx, PostingKind.TRANSFER, [_out_of_unidentified(receipt)])
    tell_of_receipts(ctx, events.ASSIGNED, [receipt], stated(reason))
    return _settled(ctx, receipt)


def _out_of_unidentified(receipt: Receipt) -> Legs:
    to_policy, from_nobody = pair(
        Account.SUSPENSE,
        Account.SUSPENSE,
        -receipt.amount,
        receipt.currency,
        policy_id=receipt.policy_id,
        receipt_id=receipt.pk,
    )
    return to_policy, replace(from_nobody, policy_id=None)


def _settled(ctx: Context, receipt: Receipt) -> Confirmed:
    """Settle the receipt's policy and say what became of the money."""
    policy_id = receipt.policy_id
    assert policy_id is not None  # money without a policy is assigned first
    paid = settle(ctx, [policy_id])
    numbers = Instalment.objects.filter(pk__in=paid).order_by("number").values_list("number", flat=True)
    purse = selectors.money_left([policy_id]).get(policy_id, [])
    left = sum((each.amount for each in purse if each.receipt_id == receipt.pk), ZERO)
    policy = policy_facts.premium_facts([policy_id])[policy_id]
    waiting = why_waiting(
        left,
        [owed(each) for each in Instalment.objects.filter(policy=policy_id, status__in=UNPAID)],
        [asked(each) for each in selectors.open_adjustments(policy_id)],
        value_on=receipt.value_on,
        ended=policy.status in ENDED,
        suspended=policy.status == PolicyStatus.SUSPENDED,
        barred=bool(policy_facts.premium_barred([policy_id])),
    )
    return Confirmed(receipt, tuple(numbers), selectors.extra_paid_by(receipt.pk), left, waiting)


def lock_receipt(receipt_id: int) -> Receipt:
    """Lock the receipt's policy and then the receipt."""
    policy_id = Receipt.objects.filter(pk=receipt_id).values_list("policy", flat=True).first()
    if policy_id:
        policies.lock(policy_id)
    receipt = Receipt.objects.select_for_update(no_key=True).filter(pk=receipt_id).first()
    if receipt is None:
        raise NotFound(Refusal("not_found"))
    if receipt.policy_id != policy_id:
        raise Conflict(Refusal("stale_version"))
    return receipt


def must_be(receipt: Receipt, status: ReceiptStatus) -> None:
    """Refuse ``illegal_transition`` unless the receipt is in this state."""
    if receipt.status != status:
        raise _moved(receipt)


def _moved(receipt: Receipt) -> Conflict:
    return Conflict(Refusal("illegal_transition", {"state": receipt.get_status_display()}))
