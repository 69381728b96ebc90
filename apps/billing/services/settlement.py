"""Settlement 核销: money in suspense pays instalments and extra premium, and the policy follows from what is paid."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from django.db import transaction
from django.db.models import Q

from apps.billing import adjusting, events, selectors
from apps.billing.models import UNPAID, Adjustment, Allocation, Instalment
from apps.billing.posting import post
from apps.billing.recording import ONE_DAY, Premium, allocated, charge, plan_dunning, stop_dunning, tell
from apps.billing.rows import Row, of_locked
from apps.billing.rules import Money, Owed, Use, cover, exactly, left_of, next_due, share_out
from apps.billing.selectors import Standing
from apps.billing.states import Account, AdjustmentStatus, PostingKind
from apps.billing.states import InstalmentStatus as S
from apps.core.bulk import move
from apps.core.context import Context
from apps.policies import selectors as policy_facts
from apps.policies import services as policies
from apps.policies.selectors import PremiumFacts
from apps.policies.states import PolicyStatus, PremiumStatus

from .demand import demand

Debt = TypeVar("Debt", Row, Adjustment)


@transaction.atomic
def settle(ctx: Context, policy_ids: Iterable[int]) -> list[int]:
    """Use the money in suspense of these policies: whole instalments paid inside their grace, and extra premium.

    A receipt of exactly an extra premium pays that; else what has fallen due comes first (``rules.share_out``). Paying
    ends grace (policy:P06) or undoes a suspension that the payment forestalled, and the last instalment makes
    the policy paid up (policy:P20). Returns the instalments paid.
    """
    return settle_locked(ctx, policies.lock_all(policy_ids))


def settle_locked(ctx: Context, policy_ids: Iterable[int]) -> list[int]:
    """The same for policies that are locked already."""
    money = selectors.money_left(policy_ids)
    for policy_id in policy_facts.premium_barred(money):
        del money[policy_id]
    if not money:
        return []
    asked_for = _by_policy(adjusting.of_locked(Q(policy__in=set(money), status=AdjustmentStatus.OPEN)))
    meant = {key: exactly(map(asked, rows), money[key]) for key, rows in asked_for.items()}
    money = {key: left_of(purse, meant.get(key, ())) for key, purse in money.items()}
    _undo_suspensions(ctx, policy_facts.premium_facts(money), money)
    unpaid = _by_policy(of_locked(Q(policy__in=set(money), status__in=UNPAID)))
    premium, extra = _share_out(ctx, money, unpaid, asked_for, meant)
    paid = _pay(ctx, premium, {each.pk: each for rows in unpaid.values() for each in rows})
    adjusting.pay(ctx, [each for rows in asked_for.values() for each in rows], extra)
    return paid


def _share_out(
    ctx: Context,
    money: Mapping[int, Sequence[Money]],
    unpaid: Mapping[int, Sequence[Row]],
    asked_for: Mapping[int, Sequence[Adjustment]],
    meant: Mapping[int, Sequence[Use]],
) -> tuple[list[Use], list[Use]]:
    """What the money of each policy pays of its instalments and of extra premium; ``meant`` is shared out already."""
    premium, extra = [], [use for uses in meant.values() for use in uses]
    met = {use.debt_id for use in extra}
    for key, purse in money.items():
        others = [asked(each) for each in asked_for.get(key, ()) if each.pk not in met]
        for_premium, for_changes = share_out(
            [owed(each) for each in unpaid.get(key, ())], others, purse, ctx.business_date
        )
        premium += for_premium
        extra += for_changes
    return premium, extra


def owed(instalment: Premium) -> Owed:
    """An unpaid instalment as the rules see it."""
    return Owed(instalment.pk, instalment.amount, instalment.due_on, instalment.grace_ends_on)


def asked(adjustment: Adjustment) -> Owed:
    """Extra premium as the rules see it: money of any day pays it."""
    return Owed(adjustment.pk, adjustment.amount, adjustment.demanded_on, date.max)


def _by_policy(debts: Iterable[Debt]) -> dict[int, list[Debt]]:
    found = defaultdict(list)
    for each in debts:
        found[each.policy_id].append(each)
    return found


def _undo_suspensions(ctx: Context, facts: Mapping[int, PremiumFacts], money: Mapping[int, Sequence[Money]]) -> None:
    """A policy was never rightly suspended if what suspended it had been paid inside its grace (B-03).

    That is the instalment whose grace ended first: an older one whose payment bounced later has a longer grace. The
    others were not asked for while it was suspended, and are demanded anew.
    """
    suspended = [key for key, about in facts.items() if about.status == PolicyStatus.SUSPENDED]
    overdue = _by_policy(of_locked(Q(policy__in=suspended, status=S.OVERDUE)))
    cause = {key: min(rows, key=_by_grace) for key, rows in overdue.items()}
    wronged = [key for key, instalment in cause.items() if cover([owed(instalment)], money[key])]
    policies.undo_suspension(ctx, wronged, reason="premium_paid_in_grace")
    others = [each for key in wronged for each in overdue[key] if each != cause[key]]
    _restore(ctx, [*(cause[key] for key in wronged), *demand(ctx, others, facts)], facts)


def _by_grace(instalment: Row) -> tuple[date, date, int]:
    return instalment.grace_ends_on, instalment.due_on, instalment.pk


def _restore(ctx: Context, instalments: list[Row], facts: Mapping[int, PremiumFacts]) -> None:
    past = [each.pk for each in instalments if each.due_on < ctx.business_date]
    ahead = [each.pk for each in instalments if each.due_on >= ctx.business_date]
    move(Instalment, past, S.IN_GRACE, origin=S.OVERDUE)
    move(Instalment, ahead, S.BILLED, origin=S.OVERDUE)
    charge(ctx, past + ahead)
    tell(ctx, events.GRACE_RESTORED, past + ahead)
    plan_dunning(ctx, instalments, facts, again=True)


def _pay(ctx: Context, uses: Sequence[Use], instalments: Mapping[int, Row]) -> list[int]:
    paid_on = {use.debt_id: use.value_on for use in sorted(uses, key=lambda use: use.value_on)}
    _allocate(ctx, uses, instalments)
    tell(ctx, events.PAID, paid_on)
    ids = move(Instalment, paid_on, S.PAID, each={"paid_on": list(paid_on.values())})
    stop_dunning(ids)
    follow_payment(ctx, {instalments[i].policy_id for i in ids})
    return ids


def _allocate(ctx: Context, uses: Iterable[Use], instalments: Mapping[int, Row]) -> None:
    Allocation.objects.bulk_create(
        Allocation(
            receipt_id=use.receipt_id,
            instalment_id=use.debt_id,
            amount=use.amount,
            business_date=ctx.business_date,
        )
        for use in uses
    )
    post(
        ctx,
        PostingKind.ALLOCATION,
        (
            allocated(instalments[use.debt_id], use.receipt_id, use.amount, Account.SUSPENSE, Account.RECEIVABLE)
            for use in uses
        ),
    )


def follow_payment(ctx: Context, policy_ids: Iterable[int]) -> None:
    """Let the policies follow from their instalments: paid to where, in grace no more, paid up."""
    facts = policy_facts.premium_facts(policy_ids)
    standing = selectors.standing(facts)
    ended = [key for key, about in facts.items() if _all_paid(about, standing[key])]
    paid_to = {key: standing[key].next_due or selectors.schedule_of(about).ends_on for key, about in facts.items()}
    policies.set_paid_to({key: day for key, day in paid_to.items() if day})
    in_grace = (key for key, about in facts.items() if about.premium_status == PremiumStatus.GRACE)
    policies.resume_paying(ctx, [key for key in in_grace if not standing[key].in_grace])
    policies.pay_up(ctx, ended)


def _all_paid(about: PremiumFacts, standing: Standing) -> bool:
    if standing.next_due or not standing.last_due:
        return False
    return next_due(selectors.schedule_of(about), standing.last_due + ONE_DAY) is None
