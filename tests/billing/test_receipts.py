"""Receipts: entered by one person, confirmed by another, posted once, taken back whole."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.accounts.permissions import door
from apps.audit.models import Access, Event
from apps.billing import services as billing
from apps.billing.models import Allocation, Instalment, Posting, Receipt
from apps.billing.selectors import balances, in_flight, receivable_balance, suspense_balance
from apps.billing.states import Channel
from apps.core.context import Context
from apps.core.errors import BusinessError, Conflict, NotFound, NotPermitted, Refused
from apps.operations.models import Agenda
from apps.policies import services as policies
from apps.policies.models import Policy
from apps.policies.states import HoldKind, TerminationCode
from tests.conftest import TODAY
from tests.factories import a_lapse, a_policy, a_receipt

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy(ctx) -> Policy:
    """Billed for 1 December, 1,200.00."""
    policy = a_policy(effective_on=date(2022, 12, 1))
    billing.bill(ctx, [policy.instalments.get().pk])
    return policy


def keyed(ctx: Context, policy: Policy, **changes: Any) -> Receipt:
    entry = {
        "policy_number": policy.number,
        "amount": Decimal("1200.00"),
        "channel": Channel.TRANSFER,
        "channel_ref": "T1",
        "value_on": TODAY,
        **changes,
    }
    return billing.key_receipt(ctx, **entry)


def instalment_of(policy: Policy) -> Instalment:
    return policy.instalments.earliest("due_on")


def test_a_receipt_waits_for_a_second_person_and_posts_nothing(ctx, policy):
    before = Posting.objects.count()
    receipt = keyed(ctx, policy)
    assert (receipt.status, receipt.currency, receipt.branch_id) == ("KEYED", "CNY", policy.branch_id)
    assert in_flight([policy.pk]) == {policy.pk}
    assert Posting.objects.count() == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": Decimal(0)}, "amount_not_positive"),
        ({"amount": Decimal("-5")}, "amount_not_positive"),
        ({"amount": Decimal("1.005")}, "amount_finer_than_fen"),
        ({"amount": Decimal(10) ** 16}, "amount_not_positive"),
        ({"channel": "pigeon"}, "channel_unknown"),
        ({"channel_ref": "  "}, "transaction_number_missing"),
        ({"value_on": TODAY + timedelta(days=1)}, "value_date_in_future"),
        ({"value_on": date(2019, 1, 1)}, "value_date_too_old"),
        ({"currency": "USD"}, "currency_differs"),
    ],
)
def test_a_wrong_entry_is_refused_and_nothing_kept(ctx, policy, changes, code):
    with pytest.raises(Refused) as refused:
        keyed(ctx, policy, **changes)
    assert refused.value.code == code
    assert not Receipt.objects.exists()


def test_premium_barred_by_a_known_non_disclosure_is_demanded_anew_when_the_bar_falls(ctx, policy):
    """B-01: nobody could pay meanwhile, so the customer has thirty days from the release."""
    policies.place_hold(ctx, policy_id=policy.pk, kind=HoldKind.NONDISCLOSURE, reason="undisclosed illness")
    later = ctx.on(instalment_of(policy).grace_ends_on + timedelta(days=10))
    policies.release_hold(later, policy_id=policy.pk, kind=HoldKind.NONDISCLOSURE, reason="the policy stands")
    instalment = instalment_of(policy)
    assert instalment.grace_ends_on == later.business_date + timedelta(days=30)
    lapse = Agenda.objects.get(kind="lapse", subject_id=instalment.pk)
    assert lapse.due_on == instalment.grace_ends_on + timedelta(days=1)
    assert Event.objects.filter(name="instalment.demanded_again", subject_id=instalment.pk).count() == 1


def test_the_end_of_another_hold_changes_no_grace(ctx, policy):
    before = instalment_of(policy).grace_ends_on
    policies.place_hold(ctx, policy_id=policy.pk, kind=HoldKind.DISPUTE, reason="letter")
    later = ctx.on(before + timedelta(days=10))
    policies.release_hold(later, policy_id=policy.pk, kind=HoldKind.DISPUTE, reason="settled")
    assert instalment_of(policy).grace_ends_on == before


def test_money_for_an_unknown_policy_is_not_entered_by_hand(ctx, policy):
    with pytest.raises(NotFound) as refused:
        keyed(ctx, policy, policy_number="P-none")
    assert refused.value.code == "policy_not_found"


def test_an_inexact_amount_is_a_mistake_of_the_program(ctx, policy):
    with pytest.raises(TypeError):
        keyed(ctx, policy, amount=1200.0)


def test_a_job_enters_no_receipt(policy):
    with pytest.raises(Refused) as refused:
        keyed(Context(actor="job:x", business_date=TODAY), policy)
    assert refused.value.code == "person_required"


@pytest.mark.promise("P22")
def test_a_transaction_number_posts_once_per_channel(ctx, policy):
    first = keyed(ctx, policy)
    with pytest.raises(Conflict) as refused:
        keyed(ctx, policy, amount=Decimal("7.00"))
    assert refused.value.code == "receipt_known"
    assert first.number in str(refused.value)
    assert keyed(ctx, policy, channel=Channel.CARD).pk != first.pk
    assert Receipt.objects.count() == 2


def test_a_rejected_entry_frees_its_transaction_number(ctx, policy):
    first = keyed(ctx, policy)
    billing.reject_receipt(ctx, first.pk, "typed the wrong policy")
    assert Event.objects.get(name="receipt.rejected").reason == "typed the wrong policy"
    assert in_flight([policy.pk]) == set()
    assert keyed(ctx, policy).pk != first.pk


@pytest.mark.promise("P67")
def test_the_same_request_twice_has_one_effect(ctx, policy):
    assert keyed(ctx, policy, key="k1").pk == keyed(ctx, policy, key="k1").pk
    with pytest.raises(Conflict) as refused:
        keyed(ctx, policy, key="k1", amount=Decimal("5.00"))
    assert refused.value.code == "idempotency_key_reused"
    assert Receipt.objects.count() == 1


@pytest.mark.promise("P67")
def test_a_refused_request_may_be_corrected_under_its_key(ctx, policy):
    with pytest.raises(Refused):
        keyed(ctx, policy, key="k1", amount=Decimal(0))
    assert keyed(ctx, policy, key="k1").pk


def test_a_second_person_confirms_and_the_money_settles_what_is_due(ctx, checker, policy):
    receipt = keyed(ctx, policy)
    done = billing.confirm_receipt(checker, receipt.pk)
    assert (done.paid, done.left, done.receipt.confirmed_by) == ((5,), 0, checker.actor)
    assert instalment_of(policy).status == "PAID"
    assert in_flight([policy.pk]) == set()


@pytest.mark.promise("P24")
@pytest.mark.parametrize(
    "second",
    [
        Context(actor="user:clerk", person="clerk", business_date=TODAY),
        Context(actor="user:clerk.other-account", person="clerk", business_date=TODAY),
        Context(actor="user:checker", person="clerk", on_behalf_of="user:checker", business_date=TODAY),
        Context(actor="job:confirm", business_date=TODAY),
    ],
)
def test_nobody_confirms_his_own_entry_by_whatever_account(ctx, policy, second):
    receipt, postings = keyed(ctx, policy), Posting.objects.count()
    with pytest.raises(NotPermitted) as refused:
        billing.confirm_receipt(second, receipt.pk)
    assert refused.value.code == "same_person"
    assert Receipt.objects.get(pk=receipt.pk).status == "KEYED"
    assert Posting.objects.count() == postings
    assert not Event.objects.filter(name="receipt.confirmed").exists()


@pytest.mark.promise("P36")
def test_a_denied_confirmation_is_remembered(ctx, policy):
    receipt = keyed(ctx, policy)
    with door(), pytest.raises(NotPermitted):
        billing.confirm_receipt(ctx, receipt.pk)
    assert Access.objects.get().object_id == receipt.pk


@pytest.mark.parametrize("act", ["confirm", "reject"])
def test_what_is_decided_is_not_decided_again(ctx, checker, policy, act):
    receipt = keyed(ctx, policy)
    billing.confirm_receipt(checker, receipt.pk)
    with pytest.raises(Conflict) as refused:
        billing.confirm_receipt(checker, receipt.pk) if act == "confirm" else billing.reject_receipt(
            checker, receipt.pk, "no"
        )
    assert refused.value.code == "illegal_transition"
    assert Allocation.objects.count() == 1


@pytest.mark.parametrize("act", [billing.confirm_receipt, lambda ctx, pk: billing.reject_receipt(ctx, pk, "no")])
def test_an_unknown_receipt_is_not_found(checker, act):
    with pytest.raises(NotFound):
        act(checker, 1)


@pytest.mark.parametrize("act", [billing.reject_receipt, billing.reverse_receipt])
def test_taking_money_out_needs_a_reason(ctx, checker, policy, act):
    receipt = keyed(ctx, policy)
    if act is billing.reverse_receipt:
        billing.confirm_receipt(checker, receipt.pk)
    before = balances()
    with pytest.raises(BusinessError) as refused:
        act(ctx, receipt.pk, "  ")
    assert refused.value.code == "reason_required"
    assert balances() == before


def test_a_bounced_payment_opens_the_instalment_and_leaves_thirty_days(ctx, policy):
    receipt = a_receipt(policy, "1200.00").receipt
    late = ctx.on(date(2027, 1, 25))
    billing.reverse_receipt(late, receipt.pk, "account closed")
    instalment = instalment_of(policy)
    assert (instalment.status, instalment.paid_on) == ("REVERSED", None)
    assert instalment.grace_ends_on == date(2027, 2, 24)
    assert receivable_balance(policy.pk) == Decimal("1200.00")
    assert suspense_balance(policy.pk) == 0
    assert balances()["BANK", "CNY"] == 0
    assert Policy.objects.get(pk=policy.pk).paid_to == date(2026, 12, 1)
    kinds = dict(Agenda.objects.filter(subject_id=instalment.pk).values_list("kind", "due_on"))
    assert (kinds["grace"], kinds["lapse"]) == (date(2027, 1, 25), date(2027, 2, 25))


def test_an_instalment_paid_by_two_receipts_opens_whole(ctx, policy):
    first, second = a_receipt(policy, "700.00").receipt, a_receipt(policy, "500.00").receipt
    billing.reverse_receipt(ctx, second.pk, "bounced")
    assert instalment_of(policy).status == "REVERSED"
    assert suspense_balance(policy.pk) == Decimal("700.00")
    assert a_receipt(policy, "500.00").paid == (5,)
    assert Allocation.objects.filter(receipt=first).count() == 3


def test_other_money_in_suspense_takes_the_place_of_a_bounced_payment(ctx, policy):
    receipt = a_receipt(policy, "1200.00").receipt
    a_receipt(policy, "1250.00")
    billing.reverse_receipt(ctx, receipt.pk, "bounced")
    assert instalment_of(policy).status == "PAID"
    assert suspense_balance(policy.pk) == Decimal("50.00")


def test_the_last_payment_that_bounces_reopens_the_premium(ctx):
    policy = a_policy(effective_on=date(2022, 12, 1), premium_years=5)
    billing.bill(ctx, [policy.instalments.get().pk])
    receipt = a_receipt(policy, "1200.00").receipt
    assert Policy.objects.get(pk=policy.pk).premium_status == "PAID_UP"
    billing.reverse_receipt(ctx, receipt.pk, "bounced")
    assert Policy.objects.get(pk=policy.pk).premium_status == "PAYING"


def test_a_payment_that_bounces_during_suspension_is_overdue_at_once(ctx, policy):
    receipt = a_receipt(policy, "1200.00").receipt
    billing.bill(ctx, [policy.instalments.get(status="PLANNED").pk])
    a_lapse(policy, date(2028, 2, 1))
    billing.reverse_receipt(ctx.on(date(2028, 2, 3)), receipt.pk, "bounced")
    assert list(policy.instalments.order_by("number").values_list("status", flat=True)) == [
        "OVERDUE",
        "OVERDUE",
        "PLANNED",
    ]
    assert receivable_balance(policy.pk) == 0


def test_a_payment_that_bounces_after_the_end_leaves_nothing_owed(ctx, policy):
    paid = a_receipt(policy, "1200.00")
    policies.terminate(ctx, {policy.pk: TODAY}, code=TerminationCode.SURRENDER)
    billing.reverse_receipt(ctx, paid.receipt.pk, "bounced")
    assert set(policy.instalments.values_list("status", flat=True)) == {"CANCELLED"}
    assert receivable_balance(policy.pk) == suspense_balance(policy.pk) == 0
    assert not Agenda.objects.filter(policy_id=policy.pk).exists()


def test_a_reversed_receipt_is_not_reversed_again(ctx, policy):
    receipt = a_receipt(policy, "1200.00").receipt
    billing.reverse_receipt(ctx, receipt.pk, "bounced")
    with pytest.raises(Conflict):
        billing.reverse_receipt(ctx, receipt.pk, "bounced")
    assert balances()["BANK", "CNY"] == 0


@pytest.mark.promise("P19")
def test_taking_back_leaves_a_visible_pair(ctx, policy):
    receipt = a_receipt(policy, "1200.00").receipt
    billing.reverse_receipt(ctx, receipt.pk, "bounced")
    assert sum(Allocation.objects.values_list("amount", flat=True)) == 0
    taken, given = Allocation.objects.order_by("-pk")
    assert taken.reverses == given
    kinds = Posting.objects.filter(receipt=receipt).order_by("pk").values_list("kind", flat=True)
    assert list(dict.fromkeys(kinds)) == ["receipt", "allocation", "unallocation", "unreceipt"]
