"""Extra premium 批改补费: asked for a change, paid whole, given back by reversing rows only."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.audit.models import Event
from apps.audit.services import INLINE, Recorded
from apps.billing import events, selectors
from apps.billing import services as billing
from apps.billing.models import Adjustment, AdjustmentPart, Payout, Posting
from apps.billing.selectors import balances, money_left, suspense_balance
from apps.core.context import Context
from apps.core.errors import BusinessError, Conflict, Refused
from apps.policies import services as policies
from apps.policies.models import Policy
from apps.policies.states import HoldKind, TerminationCode
from tests.conftest import TODAY
from tests.factories import a_policy, a_receipt

pytestmark = pytest.mark.django_db

CASE = ("tests.change", 7)


@pytest.fixture
def policy() -> Policy:
    """1200.00 a year; nothing is due."""
    return a_policy()


def demand(ctx: Context, policy: Policy, amount: str = "300.00", **changes: Any) -> Adjustment:
    asked = {"subject_type": CASE[0], "subject_id": CASE[1], "reason": "sum assured raised", **changes}
    return billing.demand_adjustment(ctx, policy_id=policy.pk, amount=Decimal(amount), **asked)


def again(adjustment: Adjustment) -> Adjustment:
    return Adjustment.objects.get(pk=adjustment.pk)


def kept() -> list[int]:
    return [model.objects.count() for model in (Adjustment, AdjustmentPart, Posting, Event)]


def standing(adjustment: Adjustment) -> list[str]:
    parts = adjustment.parts.filter(reverses=None, reversed_by=None).order_by("pk")
    return [str(amount) for amount in parts.values_list("amount", flat=True)]


def names(adjustment: Adjustment) -> list[str]:
    told = Event.objects.filter(subject_type="billing.adjustment", subject_id=adjustment.pk).order_by("pk")
    return list(told.values_list("name", flat=True))


@pytest.fixture
def heard() -> Iterator[list[dict[str, Any]]]:
    """What a listener above hears of extra premium that is paid."""
    payloads: list[dict[str, Any]] = []

    def listen(recorded: Recorded) -> None:
        payloads.extend(fact.payload for fact in recorded.facts)

    INLINE.setdefault(events.ADJUSTMENT_PAID.name, []).append(listen)
    yield payloads
    INLINE[events.ADJUSTMENT_PAID.name].remove(listen)


def test_extra_premium_waits_for_its_money_and_the_books_know_nothing_of_it_before(ctx, policy):
    asked = demand(ctx, policy)
    assert (asked.status, asked.number[0], asked.demanded_on, asked.paid_on) == ("OPEN", "A", TODAY, None)
    assert not Posting.objects.exists()
    assert list(selectors.open_adjustments(policy.pk)) == [asked]
    assert list(selectors.adjustments_of(*CASE)) == [asked]


def test_a_receipt_pays_it_whole_and_whoever_waits_hears_of_it(ctx, policy, heard):
    asked = demand(ctx, policy)
    done = a_receipt(policy, "300.00")
    assert (again(asked).status, again(asked).paid_on, done.left) == ("PAID", TODAY, 0)
    assert suspense_balance(policy.pk) == 0
    assert balances()["PREMIUM", "CNY"] == Decimal("-300.00")
    (payload,) = heard
    assert (payload["subject_type"], payload["subject_id"], payload["amount"], payload["paid_on"]) == (
        *CASE,
        "300.00",
        TODAY.isoformat(),
    )


def test_who_enters_the_money_is_told_what_became_of_it(ctx, policy):
    asked = demand(ctx, policy)
    too_little = a_receipt(policy, "100.00")
    assert (too_little.extra, too_little.waiting.code) == ((), "money_waits_for_change")
    rest = a_receipt(policy, "250.00")
    assert (rest.paid, rest.extra, rest.waiting.code) == ((), (asked.number,), "money_waits_next_bill")


def test_money_in_suspense_is_used_at_once_and_counts_from_the_day_it_was_asked_for(ctx, policy):
    a_receipt(policy, "500.00", value_on=TODAY - timedelta(days=40))
    asked = demand(ctx, policy)
    assert (asked.status, asked.paid_on) == ("PAID", TODAY)
    assert suspense_balance(policy.pk) == Decimal("200.00")


def test_it_is_paid_on_the_day_of_the_last_money(ctx, policy):
    asked = demand(ctx.on(TODAY - timedelta(days=9)), policy)
    a_receipt(policy, "100.00", value_on=TODAY - timedelta(days=5))
    assert again(asked).status == "OPEN"
    a_receipt(policy, "200.00", value_on=TODAY - timedelta(days=3))
    assert (again(asked).status, again(asked).paid_on) == ("PAID", TODAY - timedelta(days=3))
    assert standing(asked) == ["100.00", "200.00"]


@pytest.mark.parametrize(
    ("amount", "changes", "code"),
    [
        ("0.00", {}, "amount_not_positive"),
        ("-5.00", {}, "amount_not_positive"),
        ("1.005", {}, "amount_finer_than_fen"),
        ("1.00", {"reason": " "}, "reason_required"),
    ],
)
def test_what_is_no_demand_is_refused_and_nothing_kept(ctx, policy, amount, changes, code):
    before = kept()
    with pytest.raises(Refused) as refused:
        demand(ctx, policy, amount, **changes)
    assert (refused.value.code, kept()) == (code, before)


def test_nothing_is_asked_of_a_policy_that_has_ended(ctx, policy):
    policies.terminate(ctx, {policy.pk: TODAY}, code=TerminationCode.SURRENDER)
    before = kept()
    with pytest.raises(Refused) as refused:
        demand(ctx, policy)
    assert (refused.value.code, kept()) == ("adjustment_policy_ended", before)


def test_what_is_open_when_the_policy_ends_is_cancelled(ctx, policy):
    asked = demand(ctx, policy)
    policies.terminate(ctx, {policy.pk: TODAY}, code=TerminationCode.SURRENDER)
    assert (again(asked).status, names(asked)[-1]) == ("CANCELLED", "adjustment.cancelled")


def test_no_extra_premium_is_taken_while_a_non_disclosure_is_looked_into(ctx, policy):
    policies.place_hold(ctx, policy_id=policy.pk, kind=HoldKind.NONDISCLOSURE, reason="hospital record")
    asked = demand(ctx, policy)
    a_receipt(policy, "300.00")
    assert again(asked).status == "OPEN"
    policies.release_hold(ctx, policy_id=policy.pk, kind=HoldKind.NONDISCLOSURE, reason="nothing in it")
    assert again(asked).status == "PAID"


def billed(ctx: Context, *, due_on: date) -> Policy:
    policy = a_policy(effective_on=due_on.replace(year=2022), paid_to=due_on)
    billing.bill(ctx, [policy.instalments.get().pk])
    return policy


def test_a_receipt_of_exactly_its_amount_is_for_the_change_even_if_premium_is_due(ctx):
    policy = billed(ctx, due_on=date(2026, 11, 1))
    asked = demand(ctx, policy)
    a_receipt(policy, "300.00")
    assert again(asked).status == "PAID"
    assert policy.instalments.filter(status="BILLED").exists()


def test_premium_that_fell_due_is_paid_before_a_change(ctx):
    policy = billed(ctx, due_on=date(2026, 11, 1))
    asked = demand(ctx, policy)
    a_receipt(policy, "1000.00")
    assert again(asked).status == "OPEN"
    assert a_receipt(policy, "250.00").paid == (5,)
    assert (again(asked).status, suspense_balance(policy.pk)) == ("OPEN", Decimal("50.00"))
    a_receipt(policy, "260.00")
    assert (again(asked).status, suspense_balance(policy.pk)) == ("PAID", Decimal("10.00"))


def test_a_change_is_paid_before_premium_that_is_due_later(ctx):
    policy = billed(ctx, due_on=TODAY + timedelta(days=20))
    dear, cheap = demand(ctx, policy, "5000.00"), demand(ctx, policy, "200.00")
    assert a_receipt(policy, "1300.00").paid == ()
    assert [again(each).status for each in (dear, cheap)] == ["OPEN", "PAID"]
    assert suspense_balance(policy.pk) == Decimal("1100.00")
    assert a_receipt(policy, "100.00").paid == (5,)


def test_a_change_that_costs_less_on_the_day_it_was_paid_gives_the_surplus_back(ctx, policy):
    asked = demand(ctx, policy)
    a_receipt(policy, "180.00")
    a_receipt(policy, "120.00")
    billing.settle_adjustment_at(ctx, asked.pk, Decimal("250.00"))
    assert (again(asked).amount, standing(asked)) == (Decimal("250.00"), ["180.00", "70.00"])
    assert suspense_balance(policy.pk) == Decimal("50.00")
    assert balances()["PREMIUM", "CNY"] == Decimal("-250.00")
    billing.settle_adjustment_at(ctx, asked.pk, Decimal("250.00"))
    assert names(asked).count("adjustment.reduced") == 1


@pytest.mark.parametrize(("amount", "code"), [("300.01", "adjustment_more_than_paid"), ("0.00", "amount_not_positive")])
def test_it_is_never_settled_at_more_than_was_paid_nor_at_nothing(ctx, policy, amount, code):
    asked = demand(ctx, policy)
    a_receipt(policy, "300.00")
    before = kept()
    with pytest.raises(Refused) as refused:
        billing.settle_adjustment_at(ctx, asked.pk, Decimal(amount))
    assert (refused.value.code, kept()) == (code, before)


def test_a_demand_that_is_withdrawn_is_not_paid_any_more(ctx, policy):
    asked = demand(ctx, policy)
    billing.cancel_adjustment(ctx, asked.pk, reason="withdrawn")
    a_receipt(policy, "300.00")
    assert (again(asked).status, suspense_balance(policy.pk)) == ("CANCELLED", Decimal("300.00"))


def test_money_given_back_is_in_suspense_and_pays_what_is_due(ctx):
    policy = billed(ctx, due_on=date(2026, 11, 1))
    asked = demand(ctx, policy, "1200.00")
    a_receipt(policy, "1200.00")
    billing.return_adjustment(ctx, asked.pk, reason="undone")
    assert (again(asked).status, standing(asked)) == ("RETURNED", [])
    assert policy.instalments.filter(status="PAID").exists()
    assert suspense_balance(policy.pk) == 0


@pytest.mark.parametrize(
    "act",
    [
        lambda ctx, paid, open_: billing.cancel_adjustment(ctx, paid.pk, reason="x"),
        lambda ctx, paid, open_: billing.return_adjustment(ctx, open_.pk, reason="x"),
        lambda ctx, paid, open_: billing.settle_adjustment_at(ctx, open_.pk, Decimal("1.00")),
        lambda ctx, paid, open_: billing.return_adjustment(ctx, paid.pk, reason=" "),
        lambda ctx, paid, open_: billing.cancel_adjustment(ctx, open_.pk, reason=" "),
        lambda ctx, paid, open_: billing.cancel_adjustment(ctx, 0, reason="x"),
    ],
)
def test_acts_out_of_order_change_nothing(ctx, policy, act):
    paid = demand(ctx, policy)
    a_receipt(policy, "300.00")
    open_ = demand(ctx, policy, "400.00")
    before = kept()
    with pytest.raises(BusinessError):
        act(ctx, paid, open_)
    assert (kept(), again(paid).status, again(open_).status) == (before, "PAID", "OPEN")


def test_money_that_bounces_opens_it_again_and_the_other_receipts_keep_theirs(ctx, policy):
    asked = demand(ctx, policy)
    bounced = a_receipt(policy, "180.00").receipt
    a_receipt(policy, "120.00")
    billing.reverse_receipt(ctx, bounced.pk, "bounced")
    assert (again(asked).status, again(asked).paid_on, standing(asked)) == ("OPEN", None, [])
    assert suspense_balance(policy.pk) == Decimal("120.00")
    assert [str(money.amount) for money in money_left([policy.pk])[policy.pk]] == ["120.00"]
    assert names(asked)[-1] == "adjustment.reopened"
    a_receipt(policy, "180.00")
    assert again(asked).status == "PAID"


def test_other_money_pays_it_at_once_when_the_first_bounces(ctx, policy):
    asked = demand(ctx, policy)
    bounced = a_receipt(policy, "300.00").receipt
    a_receipt(policy, "350.00")
    billing.reverse_receipt(ctx, bounced.pk, "bounced")
    assert (again(asked).status, suspense_balance(policy.pk)) == ("PAID", Decimal("50.00"))


def test_nothing_is_owed_again_after_the_contract_has_ended(ctx, policy):
    asked = demand(ctx, policy)
    bounced = a_receipt(policy, "300.00").receipt
    policies.terminate(ctx, {policy.pk: TODAY}, code=TerminationCode.SURRENDER)
    billing.reverse_receipt(ctx, bounced.pk, "bounced")
    assert again(asked).status == "CANCELLED"
    assert names(asked)[-2:] == ["adjustment.reopened", "adjustment.cancelled"]
    assert balances()["PREMIUM", "CNY"] == 0


def test_money_that_paid_for_a_change_is_not_there_to_be_paid_out(ctx, policy):
    demand(ctx, policy)
    a_receipt(policy, "300.00")
    assert money_left([policy.pk]) == {}
    assert not Payout.objects.exists()


def test_two_acts_at_once_are_one_conflict(ctx, policy):
    asked = demand(ctx, policy)
    billing.cancel_adjustment(ctx, asked.pk, reason="withdrawn")
    with pytest.raises(Conflict):
        billing.cancel_adjustment(ctx, asked.pk, reason="withdrawn")
