"""Payouts: money in suspense goes back to the policyholder, never past one pair of eyes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.permissions import door
from apps.audit.models import Access, Event
from apps.billing import services as billing
from apps.billing.models import Payout, PayoutPart, Posting
from apps.billing.selectors import balances, money_left, suspense_balance
from apps.core import clock
from apps.core.context import Context
from apps.core.errors import BusinessError, Conflict, NotPermitted, Refused
from apps.parties import services as parties
from apps.parties.models import BankAccount
from apps.policies import services as policies
from apps.policies.models import Policy
from apps.policies.states import HoldKind
from tests.conftest import TODAY
from tests.factories import a_person, a_policy, a_receipt

pytestmark = pytest.mark.django_db

CARD, OTHER_CARD = "6222020200112233445", "6217000010012345678"


def person(name: str) -> Context:
    return Context(actor=f"user:{name}", person=name, business_date=TODAY)


MAKER, CHECKER, SECOND = person("maker"), person("checker"), person("second")


@pytest.fixture
def policy() -> Policy:
    """700.00 in suspense from two receipts; nothing is due."""
    policy = a_policy()
    a_receipt(policy, "300.00", value_on=TODAY - timedelta(days=9))
    a_receipt(policy, "400.00")
    return policy


def an_account(policy: Policy, number: str = CARD, *, days: int = 30) -> BankAccount:
    account = parties.add_bank_account(MAKER, party_id=policy.holder_id, bank="Bank of Trial", number=number)
    BankAccount.objects.filter(pk=account.pk).update(added_at=clock.now() - timedelta(days=days))
    return account


def a_payout(policy: Policy, amount: str = "500.00", **changes: Any) -> Payout:
    asked = {"policy_id": policy.pk, "amount": Decimal(amount), "reason": "paid twice", **changes}
    if "account_id" not in asked:
        asked["account_id"] = an_account(policy).pk
    return billing.request_refund(MAKER, **asked)


def again(payout: Payout) -> Payout:
    return Payout.objects.get(pk=payout.pk)


def test_money_asked_for_is_set_aside_from_the_newest_receipts_first(policy):
    payout = a_payout(policy)
    assert payout.status == "REQUESTED"
    assert payout.number.startswith("F26")
    assert [part.amount for part in payout.parts.order_by("pk")] == [Decimal("400.00"), Decimal("100.00")]
    assert suspense_balance(policy.pk) == Decimal("200.00")
    assert sum(money.amount for money in money_left([policy.pk])[policy.pk]) == Decimal("200.00")
    assert balances()["PAYABLE", "CNY"] == Decimal("-500.00")


@pytest.mark.promise("P24")
@pytest.mark.promise("P35")
def test_a_payout_goes_from_request_to_paid_and_leaves_its_events(policy):
    payout = a_payout(policy)
    billing.approve_payout(CHECKER, payout.pk)
    billing.send_payout(SECOND, payout.pk)
    billing.note_payout_paid(SECOND, payout.pk, paid_on=TODAY, bank_ref="B77")
    assert (again(payout).status, again(payout).bank_ref) == ("PAID", "B77")
    names = Event.objects.filter(subject_type="billing.payout").order_by("pk").values_list("name", flat=True)
    assert list(names) == ["payout.requested", "payout.approved", "payout.sent", "payout.paid"]
    assert balances()["PAYABLE", "CNY"] == 0
    assert balances()["BANK", "CNY"] == Decimal("200.00")


@pytest.mark.promise("P24")
@pytest.mark.promise("P47")
def test_nobody_approves_the_payout_he_asked_for(policy):
    payout = a_payout(policy)
    same_person = Context(actor="user:maker.other", person="maker", business_date=TODAY)
    with pytest.raises(NotPermitted) as refused, door():
        billing.approve_payout(same_person, payout.pk)
    assert refused.value.code == "same_person"
    assert again(payout).status == "REQUESTED"
    assert Access.objects.get().action == "payout_release.A"


@pytest.mark.promise("P24")
def test_the_database_refuses_a_payout_approved_by_its_maker(policy):
    payout = a_payout(policy)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payout.objects.filter(pk=payout.pk).update(approved_by="user:x", approved_person="maker")


@pytest.mark.promise("P24")
def test_a_large_payout_needs_two_others(settings, policy):
    settings.TWO_APPROVERS_ABOVE = Decimal("499.99")
    payout = a_payout(policy)
    billing.approve_payout(CHECKER, payout.pk)
    assert again(payout).status == "REQUESTED"
    with pytest.raises(NotPermitted):
        billing.approve_payout(CHECKER, payout.pk)
    with pytest.raises(Conflict):
        billing.send_payout(CHECKER, payout.pk)
    billing.approve_payout(SECOND, payout.pk)
    assert again(payout).status == "APPROVED"


@pytest.mark.promise("P26")
def test_money_to_an_account_added_today_needs_two_others(policy):
    payout = a_payout(policy, account_id=an_account(policy, days=0).pk)
    billing.approve_payout(CHECKER, payout.pk)
    assert again(payout).status == "REQUESTED"


@pytest.mark.promise("P26")
def test_money_goes_to_the_holders_own_account_only(policy):
    stranger = parties.add_bank_account(MAKER, party_id=a_person().pk, bank="Bank of Trial", number=CARD)
    assert refusal_of(policy, account_id=stranger.pk) == "payout_account_of_another"


def refusal_of(policy: Policy, amount: str = "500.00", **changes: Any) -> str:
    changes.setdefault("account_id", an_account(policy, OTHER_CARD).pk)
    before = kept()
    with pytest.raises(Refused) as refused:
        a_payout(policy, amount, **changes)
    assert kept() == before
    return refused.value.code


def kept() -> list[int]:
    return [model.objects.count() for model in (Payout, PayoutPart, Posting, Event)]


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("700.01", "payout_more_than_left"),
        ("0.00", "amount_not_positive"),
        ("-1.00", "amount_not_positive"),
        ("1.005", "amount_finer_than_fen"),
    ],
)
def test_a_wrong_amount_is_refused_and_nothing_kept(policy, amount, code):
    assert refusal_of(policy, amount) == code


def test_a_payout_needs_a_reason(policy):
    assert refusal_of(policy, reason=" ") == "reason_required"


@pytest.mark.promise("P25")
def test_a_policy_is_paid_one_payout_a_day(policy):
    a_payout(policy, "100.00")
    assert refusal_of(policy, "100.00") == "payout_once_a_day"


@pytest.mark.parametrize("kind", [HoldKind.LEGAL, HoldKind.AML])
def test_nothing_is_paid_out_under_a_freeze(policy, kind):
    policies.place_hold(MAKER, policy_id=policy.pk, kind=kind, reason="court order")
    assert refusal_of(policy) == "payout_barred"


def test_a_freeze_after_the_approval_stops_the_money_too(policy):
    payout = a_payout(policy)
    billing.approve_payout(CHECKER, payout.pk)
    policies.place_hold(MAKER, policy_id=policy.pk, kind=HoldKind.LEGAL, reason="court order")
    with pytest.raises(Refused):
        billing.send_payout(SECOND, payout.pk)
    assert again(payout).status == "APPROVED"


@pytest.mark.parametrize("end", [billing.reject_payout, billing.cancel_payout])
def test_money_of_a_payout_that_ends_unpaid_is_in_suspense_again(policy, end):
    payout = a_payout(policy)
    end(CHECKER, payout.pk, "not wanted any more")
    assert suspense_balance(policy.pk) == Decimal("700.00")
    assert sum(money.amount for money in money_left([policy.pk])[policy.pk]) == Decimal("700.00")
    assert balances()["PAYABLE", "CNY"] == 0
    a_payout(policy, "700.00", account_id=an_account(policy, OTHER_CARD).pk)


def test_money_put_back_pays_what_fell_due_meanwhile(ctx):
    policy = a_policy()
    a_receipt(policy, "1200.00")
    payout = a_payout(policy, "1200.00")
    billing.bill(ctx, [policy.instalments.get(status="PLANNED").pk])
    assert policy.instalments.filter(status="BILLED").exists()
    billing.cancel_payout(CHECKER, payout.pk, "needed for the premium")
    assert policy.instalments.filter(status="PAID").exists()
    assert suspense_balance(policy.pk) == 0


def test_a_returned_payment_is_sent_again_to_another_account_with_new_approvals(policy):
    payout = a_payout(policy)
    billing.approve_payout(CHECKER, payout.pk)
    billing.send_payout(SECOND, payout.pk)
    billing.note_payout_returned(SECOND, payout.pk, "account closed")
    assert balances()["PAYABLE", "CNY"] == Decimal("-500.00")
    account = an_account(policy, OTHER_CARD)
    billing.request_payout_again(CHECKER, payout.pk, account_id=account.pk, reason="new account")
    assert (again(payout).status, again(payout).approved_person, again(payout).account_id) == (
        "REQUESTED",
        "",
        account.pk,
    )
    with pytest.raises(NotPermitted):
        billing.approve_payout(CHECKER, payout.pk)
    billing.approve_payout(MAKER, payout.pk)
    billing.send_payout(SECOND, payout.pk)
    assert balances()["BANK", "CNY"] == Decimal("200.00")


def test_a_receipt_whose_money_is_being_paid_out_is_not_reversed(policy):
    a_payout(policy)
    receipt = policy.receipts.latest("pk")
    with pytest.raises(Refused) as refused:
        billing.reverse_receipt(CHECKER, receipt.pk, "bounced")
    assert refused.value.code == "receipt_in_payout"
    receipt.refresh_from_db()
    assert receipt.status == "CONFIRMED"


@pytest.mark.parametrize(
    "act",
    [
        lambda pk: billing.send_payout(CHECKER, pk),
        lambda pk: billing.note_payout_paid(CHECKER, pk, paid_on=TODAY, bank_ref="B1"),
        lambda pk: billing.note_payout_returned(CHECKER, pk, "closed"),
        lambda pk: billing.request_payout_again(CHECKER, pk, account_id=0, reason="again"),
    ],
)
def test_steps_out_of_order_are_refused(policy, act):
    payout = a_payout(policy)
    before = Posting.objects.count()
    with pytest.raises(BusinessError):
        act(payout.pk)
    assert (again(payout).status, Posting.objects.count()) == ("REQUESTED", before)
