"""Effect 生效: an approved case collects its money, waits for its day, and is carried out exactly as approved."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.audit import services as audit
from apps.billing import selectors as billing_facts
from apps.billing import services as billing
from apps.billing.models import Adjustment
from apps.billing.states import AdjustmentStatus, PayoutKind, PayoutStatus
from apps.core import clock
from apps.core.context import Context
from apps.core.errors import BusinessError, Refusal, Refused
from apps.core.money import ZERO
from apps.core.numbering import next_number
from apps.endorsements import events, planning, quotes, rules, selectors
from apps.endorsements.base import Acted
from apps.endorsements.models import Endorsement, EndorsementItem
from apps.endorsements.planning import ItemPlan, PolicyPlan
from apps.endorsements.selectors import CASE, ITEM, change_of, kind_of
from apps.endorsements.states import EffectiveRule, EndorsementStatus
from apps.operations import services as operations
from apps.operations.agenda import ENDORSE, ENDORSE_EXPIRY
from apps.policies import services as policies
from apps.policies.terms import Terms

from .cases import lock, tell

S = EndorsementStatus
ONE_DAY = timedelta(days=1)


def proceed(ctx: Context, case: Endorsement) -> Endorsement:
    """What follows an approval: money that is due is asked for, everything else is scheduled or carried out."""
    assert case.quote is not None  # an approval is upon a quote
    owed = _owed(case)
    if not owed:
        return _schedule(ctx, case)
    until = ctx.business_date + timedelta(days=settings.ENDORSEMENT_EXPIRY_DAYS)
    case.await_payment(until)
    case.save()
    operations.schedule(ENDORSE_EXPIRY, [(until, case.policy_id, case.pk)])
    currency = case.quote.content["policies"][0]["currency"]
    tell(ctx, events.PAYMENT_AWAITED, case, amount=sum(owed.values()), currency=currency)
    _apply_free(ctx, case)
    for policy_id, amount in sorted(owed.items()):
        billing.demand_adjustment(
            ctx, policy_id=policy_id, amount=amount, subject_type=CASE, subject_id=case.pk, reason=case.number
        )
    case.refresh_from_db()
    return case


@transaction.atomic
def note_payment(ctx: Context, case_id: int) -> Endorsement:
    """收费到账: once everything asked for is paid, the case goes on (E-03: its clock starts now)."""
    case = lock(case_id)
    if case.status != S.AWAIT_PAYMENT or _owed(case).keys() - _paid_for(case):
        return case
    asked = adjustments(case.pk)
    operations.unschedule(ENDORSE_EXPIRY, [case.pk])
    paid = sum((each.amount for each in asked), ZERO)
    tell(ctx, events.PAID, case, amount=paid, currency=asked[0].currency)
    return _schedule(ctx, case)


def _owed(case: Endorsement) -> dict[int, Decimal]:
    """The extra premium that was quoted, by policy."""
    assert case.quote is not None  # an approval is upon a quote
    due = {each["policy"]: Decimal(each["premium"]) for each in case.quote.content["policies"]}
    return {policy_id: amount for policy_id, amount in due.items() if amount > ZERO}


def _paid_for(case: Endorsement) -> set[int]:
    """The policies whose extra premium is there."""
    return {each.policy_id for each in adjustments(case.pk) if each.status == AdjustmentStatus.PAID}


def adjustments(case_id: int) -> list[Adjustment]:
    """What was asked of the customer for a case and stands."""
    gone = (AdjustmentStatus.CANCELLED, AdjustmentStatus.RETURNED)
    return [each for each in billing_facts.adjustments_of(CASE, case_id) if each.status not in gone]


def _schedule(ctx: Context, case: Endorsement) -> Endorsement:
    """Fix the days that hung on approval or payment; carry out what may be, and plan the rest for its night."""
    for item in _waiting_items(case):
        if item.effective_on is None:
            item.effective_on = planning.day_of(
                item, case, selectors.situation(item.policy_id, ctx.business_date, case.received_on)
            )
            item.save(update_fields=["effective_on"])
    ready = _ready(case, ctx.business_date)
    if case.status == S.AWAIT_PAYMENT or len(ready) < len(_waiting_items(case)):
        _wait(ctx, case)
    return _carry_out(ctx, case, ready)


def _ready(case: Endorsement, on: date) -> list[EndorsementItem]:
    """The items whose day has come; those that move premium only together, as they were quoted and are paid."""
    waiting, quoted = _waiting_items(case), _quoted(case)
    priced = {item.pk for item in waiting if quoted[item.pk][0]}
    split = any(_day(item) > on for item in waiting if item.pk in priced)
    return [item for item in waiting if _day(item) <= on and not (split and item.pk in priced)]


def _wait(ctx: Context, case: Endorsement) -> None:
    case.await_effect()
    case.save()
    ahead = [item for item in _waiting_items(case) if _day(item) > ctx.business_date]
    if not ahead:
        return
    tell(ctx, events.SCHEDULED, case, effective_on=max(map(_day, ahead)))
    operations.schedule(ENDORSE, [(min(map(_day, ahead)) - ONE_DAY, case.policy_id, case.pk)])
    for item in ahead:
        if kind_of(item).effective == EffectiveRule.NEXT_DUE:
            billing.put_off_billing(ctx, item.policy_id, _day(item))


@transaction.atomic
def apply_due(ctx: Context, case_id: int) -> Endorsement:
    """到日生效: in the night before its day, an approved case is checked again and carried out (B7).

    What is barred now is left as it is, the case says why, and it is listed for a person: never a silent change.
    """
    case = lock(case_id)
    if case.status != S.AWAIT_EFFECT:
        return case
    return _carry_out(ctx, case, _ready(case, ctx.business_date + ONE_DAY))


def next_night(ctx: Context, case: Endorsement) -> date | None:
    """The next night on which a case is looked at: before the day of its next item, or the very next while it is
    barred; None when nothing of it waits."""
    if case.status != S.AWAIT_EFFECT:
        return None
    tomorrow = ctx.business_date + ONE_DAY
    ahead = [_day(item) for item in _waiting_items(case) if _day(item) > tomorrow]
    return tomorrow if case.blocked or not ahead else min(ahead) - ONE_DAY


def _waiting_items(case: Endorsement) -> list[EndorsementItem]:
    return [item for item in selectors.items_of(case.pk) if item.applied_on is None]


def _day(item: EndorsementItem) -> date:
    assert item.effective_on is not None  # fixed before it is asked
    return item.effective_on


def _apply_free(ctx: Context, case: Endorsement) -> None:
    """Items that cost nothing and whose day has come do not wait for the money of the others (E-07)."""
    free = [item for item in _waiting_items(case) if item.effective_on and _day(item) <= ctx.business_date]
    free = [item for item in free if not _quoted(case)[item.pk][0] and not _quoted(case)[item.pk][1]]
    if free and len(free) < len(_waiting_items(case)):
        _carry_out(ctx, case, free)


def _quoted(case: Endorsement) -> dict[int, tuple[Decimal, Decimal]]:
    """What each item was quoted with: the premium difference and what it pays out."""
    assert case.quote is not None  # an approval is upon a quote
    return {
        item["item"]: (Decimal(item["premium"]), sum((Decimal(each["amount"]) for each in item["payments"]), ZERO))
        for policy in case.quote.content["policies"]
        for item in policy["items"]
    }


def _carry_out(ctx: Context, case: Endorsement, items: Sequence[EndorsementItem]) -> Endorsement:
    if not items:
        return case
    try:
        with transaction.atomic():
            return _carry_out_all(ctx, case, items)
    except BusinessError as barred:
        return _block(ctx, Endorsement.objects.select_related("policy", "quote").get(pk=case.pk), barred.refusals)


def _carry_out_all(ctx: Context, case: Endorsement, items: Sequence[EndorsementItem]) -> Endorsement:
    """All of these items, or none. Refuses whatever bars one of them now."""
    plans = planning.plan(case, items, ctx.business_date)
    barring = (
        *planning.all_refusals(plans),
        *_not_as_quoted(case, plans),
        *_unpaid(case, plans),
        *planning.without_account(case, plans),
    )
    if barring:
        raise Refused(*barring)
    case.blocked = []
    slip = next_number("B", ctx.business_date, "endorsements_slip_number")
    for plan in plans:
        _apply(ctx, case, plan, slip)
    tell(ctx, events.SLIP_ISSUED, case, slip=slip)
    if _waiting_items(case):
        case.save()
        return case
    return _finish(ctx, case, slip)


def _not_as_quoted(case: Endorsement, plans: Iterable[PolicyPlan]) -> list[Refusal]:
    """Posted is what was shown, to the fen (P28); what is paid later than quoted may only cost less."""
    quoted = _quoted(case)
    for plan in plans:
        for item in plan.items:
            premium, paid_out = quoted.get(item.item.pk, (ZERO, ZERO))
            later = kind_of(item.item).effective == EffectiveRule.PAID_NEXT_DAY and ZERO <= item.premium <= premium
            if item.paid_out != paid_out or not (item.premium == premium or later):
                return [Refusal("quote_changed")]
    return []


def _unpaid(case: Endorsement, plans: Iterable[PolicyPlan]) -> list[Refusal]:
    """The payment of extra premium may have bounced since."""
    owing = {each.situation.policy_id for each in plans if each.premium > ZERO}
    return [Refusal("extra_premium_unpaid")] if owing - _paid_for(case) else []


def _block(ctx: Context, case: Endorsement, why: Sequence[Refusal]) -> Endorsement:
    """Nothing was carried out: the case says why, once, and is tried again every night."""
    known, case.blocked = case.blocked, [quotes.refusal_json(each) for each in why]
    if case.status == S.APPROVED:
        case.await_effect()
    case.save()
    operations.schedule(ENDORSE, [(ctx.business_date, case.policy_id, case.pk)])
    if case.blocked != known:
        tell(ctx, events.BLOCKED, case, why="; ".join(each.code for each in why))
    return case


def _apply(ctx: Context, case: Endorsement, plan: PolicyPlan, slip: str) -> None:
    policy = policies.lock(plan.situation.policy_id)
    for since, terms in rules.rewritten(plan.known, plan.wanted):
        policies.revise(ctx, policy, terms, since)
    _settle(ctx, case, plan)
    for each in plan.items:
        _apply_item(ctx, case, plan, each, slip)
    if _bills_otherwise(plan):
        billing.replan(ctx, [policy.pk], min(each.effective_on for each in plan.items))


def _bills_otherwise(plan: PolicyPlan) -> bool:
    """Whether an instalment that falls due with the change or later may cost something else, or fall due otherwise."""
    since = min(each.effective_on for each in plan.items)
    days = {since, *(each.since for each in (*plan.known.stretches, *plan.wanted.stretches) if each.since > since)}
    return any(_billing(plan.known.on(day)) != _billing(plan.wanted.on(day)) for day in days)


def _billing(terms: Terms) -> tuple[Decimal, str]:
    return terms.premium, terms.frequency


def _settle(ctx: Context, case: Endorsement, plan: PolicyPlan) -> None:
    """The premium difference of a policy: what was paid for it is kept as far as it is due, a surplus paid back."""
    policy_id = plan.situation.policy_id
    for asked in adjustments(case.pk):
        if asked.policy_id == policy_id and plan.premium < asked.amount and plan.premium > ZERO:
            billing.settle_adjustment_at(ctx, asked.pk, plan.premium)
        elif asked.policy_id == policy_id and plan.premium == ZERO and _is_last(case, plan):
            billing.return_adjustment(ctx, asked.pk, reason=case.number)
    if plan.premium < ZERO:
        _owe(ctx, case, plan, plan.items[0], PayoutKind.PREMIUM_REFUND, -plan.premium)


def _is_last(case: Endorsement, plan: PolicyPlan) -> bool:
    mine = {each.item.pk for each in plan.items}
    return all(item.pk in mine for item in _waiting_items(case))


def _apply_item(ctx: Context, case: Endorsement, plan: PolicyPlan, planned: ItemPlan, slip: str) -> None:
    item, kind = planned.item, kind_of(planned.item)
    target = kind.voids(change_of(item))
    if target is not None:
        _undo(ctx, item, selectors.item_of(pk=target))
    acted = _acted(item, planned.effective_on)
    if selectors.leads(item):
        item.undo = dict(kind.carry_out(ctx, acted))
    if planned.payments:
        _owe(ctx, case, plan, planned, PayoutKind(planned.payments[0].kind), planned.paid_out)
    item.outcome = quotes.item_json(planned)
    item.effective_on, item.amount, item.slip_number = planned.effective_on, planned.premium, slip
    item.applied_at, item.applied_on = clock.now(), ctx.business_date
    item.save()
    _tell_item(ctx, events.APPLIED, item, effective_on=item.effective_on)


def _undo(ctx: Context, by: EndorsementItem, target: EndorsementItem) -> None:
    """回退: the target is no part of the history any more; its side effects are taken back, its debts withdrawn."""
    if selectors.leads(target):
        _take_back(ctx, target)
    for payout in selectors.values_owed(target.pk):
        billing.take_back_payout(ctx, payout.pk, reason=by.endorsement.number)
    target.undone_on, target.undone_by = ctx.business_date, by
    target.save(update_fields=["undone_on", "undone_by"])
    _tell_item(ctx, events.UNDONE, target)
    case = target.endorsement
    if all(item.undone_on for item in selectors.items_of(case.pk)):
        case.reverse()
        case.save()
        tell(ctx, events.REVERSED, case, by=by.endorsement.number)
    else:
        follow_payouts(ctx, case)


def _take_back(ctx: Context, target: EndorsementItem) -> None:
    """What a later change has replaced is not there to be taken back: that one would restore what was before."""
    if later := selectors.successor(target):
        later.undo = target.undo
        later.save(update_fields=["undo"])
    else:
        kind_of(target).take_back(ctx, _acted(target, _day(target)))


def _acted(item: EndorsementItem, on: date) -> Acted:
    return Acted(item.pk, item.endorsement_id, item.policy_id, on, change_of(item), item.undo)


def _owe(
    ctx: Context, case: Endorsement, plan: PolicyPlan, planned: ItemPlan, kind: PayoutKind, amount: Decimal
) -> None:
    account_id = planning.account_of(case, plan)
    assert account_id is not None  # asked before
    billing.pay_out(
        ctx,
        policy_id=planned.item.policy_id,
        payee_id=plan.situation.terms.holder,
        account_id=account_id,
        amount=amount,
        kind=kind,
        reason=case.number,
        subject_type=ITEM,
        subject_id=planned.item.pk,
        person=case.maker_person,
        beside=[each.pk for each in selectors.payouts_of_case(case.pk)],
    )


def _tell_item(ctx: Context, event: audit.EventType, item: EndorsementItem, **facts: Any) -> None:
    audit.record(ctx, event, item.pk, policy_id=item.policy_id, code=item.code, **facts)


def _finish(ctx: Context, case: Endorsement, slip: str) -> Endorsement:
    """Everything is in effect: the slip has its number, and the case is closed or pays out."""
    case.take_effect(min(_day(item) for item in selectors.items_of(case.pk)), slip)
    case.save()
    operations.unschedule(ENDORSE, [case.pk])
    tell(ctx, events.EFFECTIVE, case, slip=slip)
    owed = selectors.payouts_of_case(case.pk)
    if owed:
        case.pay_out()
        case.save()
        amount = sum((each.amount for each in owed), ZERO)
        tell(ctx, events.PAYING_OUT, case, amount=amount, currency=owed[0].currency)
        follow_payouts(ctx, case)
        return case
    _close(ctx, case)
    return case


def follow_payouts(ctx: Context, case: Endorsement) -> None:
    """付费完成: everything owed for a case has arrived, or is not owed any more (E-13)."""
    owed = selectors.payouts_of_case(case.pk)
    if case.status == S.PAYOUT and all(each.status == PayoutStatus.PAID for each in owed):
        tell(ctx, events.PAID_OUT, case)
        _close(ctx, case)


def _close(ctx: Context, case: Endorsement) -> None:
    case.close()
    case.save()
    tell(ctx, events.CLOSED, case)
