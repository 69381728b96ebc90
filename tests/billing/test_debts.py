"""What a change owes the customer: payable until it is paid, or until the change is undone."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.audit.models import Event
from apps.billing import selectors
from apps.billing import services as billing
from apps.billing.models import Payout, Posting
from apps.billing.selectors import balances
from apps.billing.states import PayoutKind
from apps.core import clock
from apps.core.context import Context
from apps.core.errors import BusinessError, Conflict, NotPermitted, Refused
from apps.parties import services as parties
from apps.parties.models import BankAccount
from apps.policies import services as policies
from apps.policies.models import Policy
from apps.policies.states import HoldKind, TerminationCode
from tests.conftest import TODAY
from tests.factories import a_person, a_policy, a_receipt, job

pytestmark = pytest.mark.django_db

CARD = "6222020200112233445"
CASE = ("tests.change", 7)
NIGHT = job("night", TODAY)


def person(name: str) -> Context:
    return Context(actor=f"user:{name}", person=name, business_date=TODAY)


MAKER, CHECKER, SECOND = person("maker"), person("checker"), person("second")


@pytest.fixture
def policy() -> Policy:
    return a_policy()


def an_account(party_id: int, *, days: int = 30) -> BankAccount:
    account = parties.add_bank_account(MAKER, party_id=party_id, bank="Bank of Trial", number=CARD)
    BankAccount.objects.filter(pk=account.pk).update(added_at=clock.now() - timedelta(days=days))
    return account


def a_debt(policy: Policy, kind: PayoutKind = PayoutKind.SURRENDER, **changes: Any) -> Payout:
    asked = {
        "policy_id": policy.pk,
        "payee_id": policy.holder_id,
        "amount": Decimal("9000.00"),
        "kind": kind,
        "reason": "surrendered",
        "subject_type": CASE[0],
        "subject_id": CASE[1],
        "person": "maker",
        **changes,
    }
    if "account_id" not in asked:
        asked["account_id"] = an_account(policy.holder_id).pk
    return billing.pay_out(NIGHT, **asked)


def again(payout: Payout) -> Payout:
    return Payout.objects.get(pk=payout.pk)


def kept() -> list[int]:
    return [model.objects.count() for model in (Payout, Posting, Event)]


@pytest.mark.parametrize(
    ("kind", "account"),
    [
        (PayoutKind.SURRENDER, "SURRENDER"),
        (PayoutKind.PARTIAL_SURRENDER, "SURRENDER"),
        (PayoutKind.PREMIUM_REFUND, "PREMIUM"),
    ],
)
def test_what_is_owed_is_payable_from_the_day_of_the_change(policy, kind, account):
    payout = a_debt(policy, kind)
    assert (payout.status, payout.requested_person) == ("REQUESTED", "maker")
    assert (balances()["PAYABLE", "CNY"], balances()[account, "CNY"]) == (Decimal("-9000.00"), Decimal("9000.00"))
    assert list(selectors.payouts_of(*CASE)) == [payout]


@pytest.mark.promise("P24")
def test_it_is_paid_under_the_same_eyes_as_any_payout_and_tells_what_it_was_for(policy):
    payout = a_debt(policy)
    with pytest.raises(NotPermitted):
        billing.approve_payout(MAKER, payout.pk)
    billing.approve_payout(CHECKER, payout.pk)
    billing.send_payout(SECOND, payout.pk)
    billing.note_payout_paid(SECOND, payout.pk, paid_on=TODAY, bank_ref="B1")
    assert balances()["PAYABLE", "CNY"] == 0
    payload = Event.objects.get(name="payout.paid").payload
    assert (payload["subject_type"], payload["subject_id"], payload["kind"]) == (*CASE, "surrender")
    assert payload["paid_on"] == TODAY.isoformat()


@pytest.mark.promise("P26")
def test_money_to_a_new_account_needs_two_others(policy):
    payout = a_debt(policy, account_id=an_account(policy.holder_id, days=0).pk)
    billing.approve_payout(CHECKER, payout.pk)
    assert again(payout).status == "REQUESTED"


def refusal_of(policy: Policy, **changes: Any) -> str:
    changes.setdefault("account_id", an_account(policy.holder_id).pk)
    before = kept()
    with pytest.raises(Refused) as refused:
        a_debt(policy, **changes)
    assert kept() == before
    return refused.value.code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"person": ""}, "payout_person_required"),
        ({"amount": Decimal("0.00")}, "amount_not_positive"),
        ({"amount": Decimal("1.005")}, "amount_finer_than_fen"),
        ({"reason": " "}, "reason_required"),
        ({"account_id": 0}, "payout_account_not_payees"),
    ],
)
def test_what_cannot_be_owed_is_refused_and_nothing_kept(policy, changes, code):
    assert refusal_of(policy, **changes) == code


def test_money_goes_to_an_account_of_the_payee_only(policy):
    assert refusal_of(policy, account_id=an_account(a_person().pk).pk) == "payout_account_not_payees"


@pytest.mark.parametrize("kind", [HoldKind.LEGAL, HoldKind.AML])
def test_nothing_is_owed_under_a_freeze(policy, kind):
    policies.place_hold(MAKER, policy_id=policy.pk, kind=kind, reason="court order")
    assert refusal_of(policy) == "payout_barred"


@pytest.mark.promise("P25")
def test_one_payout_a_day_whatever_it_is_for(policy):
    a_debt(policy)
    assert refusal_of(policy, kind=PayoutKind.PREMIUM_REFUND) == "payout_once_a_day"


def test_a_policy_that_ended_by_the_change_is_still_paid_out(policy):
    policies.terminate(MAKER, {policy.pk: TODAY}, code=TerminationCode.SURRENDER)
    assert a_debt(policy).status == "REQUESTED"


@pytest.mark.parametrize("end", [billing.reject_payout, billing.cancel_payout])
def test_a_payout_that_is_refused_leaves_the_debt_and_is_asked_for_again(policy, end):
    payout = a_debt(policy)
    end(CHECKER, payout.pk, "wrong account")
    assert balances()["PAYABLE", "CNY"] == Decimal("-9000.00")
    billing.request_payout_again(SECOND, payout.pk, account_id=an_account(policy.holder_id).pk, reason="his other one")
    assert (again(payout).status, again(payout).requested_person) == ("REQUESTED", "second")
    assert balances()["PAYABLE", "CNY"] == Decimal("-9000.00")


@pytest.mark.promise("P25")
def test_it_is_not_asked_for_again_beside_another_of_the_same_day(policy):
    payout = a_debt(policy)
    billing.reject_payout(CHECKER, payout.pk, "wrong account")
    a_debt(policy, PayoutKind.PREMIUM_REFUND)
    with pytest.raises(Refused) as refused:
        billing.request_payout_again(SECOND, payout.pk, account_id=payout.account_id, reason="again")
    assert (refused.value.code, again(payout).status) == ("payout_once_a_day", "REJECTED")


@pytest.mark.parametrize("end", [billing.reject_payout, billing.cancel_payout])
def test_money_that_went_back_into_suspense_is_not_asked_for_again(policy, end):
    a_receipt(policy, "300.00")
    account = an_account(policy.holder_id)
    asked = {"policy_id": policy.pk, "amount": Decimal("300.00"), "account_id": account.pk, "reason": "paid twice"}
    payout = billing.request_refund(MAKER, **asked)
    end(CHECKER, payout.pk, "no")
    with pytest.raises(Conflict):
        billing.request_payout_again(MAKER, payout.pk, account_id=account.pk, reason="again")
    assert balances()["PAYABLE", "CNY"] == 0


def to_requested(payout: Payout) -> None:
    pass


def to_approved(payout: Payout) -> None:
    billing.approve_payout(CHECKER, payout.pk)


def to_sent(payout: Payout) -> None:
    to_approved(payout)
    billing.send_payout(SECOND, payout.pk)


def to_paid(payout: Payout) -> None:
    to_sent(payout)
    billing.note_payout_paid(SECOND, payout.pk, paid_on=TODAY, bank_ref="B1")


def to_returned(payout: Payout) -> None:
    to_sent(payout)
    billing.note_payout_returned(SECOND, payout.pk, "closed")


def to_rejected(payout: Payout) -> None:
    billing.reject_payout(CHECKER, payout.pk, "wrong")


@pytest.mark.promise("P19")
@pytest.mark.parametrize("reach", [to_requested, to_approved, to_returned, to_rejected])
def test_an_undone_change_takes_back_what_it_owed_by_a_reversing_posting(policy, reach):
    payout = a_debt(policy)
    reach(payout)
    postings = Posting.objects.count()
    billing.take_back_payout(MAKER, payout.pk, reason="undone")
    assert again(payout).status == "WITHDRAWN"
    assert (balances()["PAYABLE", "CNY"], balances()["SURRENDER", "CNY"]) == (0, 0)
    assert Posting.objects.count() == postings + 2
    assert Event.objects.filter(name="payout.withdrawn").get().reason == "undone"


@pytest.mark.parametrize("reach", [to_sent, to_paid])
def test_money_that_left_is_not_taken_back(policy, reach):
    payout = a_debt(policy)
    reach(payout)
    before = (again(payout).status, *kept())
    with pytest.raises(Conflict) as refused:
        billing.take_back_payout(MAKER, payout.pk, reason="undone")
    assert (refused.value.code, (again(payout).status, *kept())) == ("payout_already_sent", before)


def test_what_is_taken_back_is_over(policy):
    payout = a_debt(policy)
    billing.take_back_payout(MAKER, payout.pk, reason="undone")
    for act in (
        lambda: billing.take_back_payout(MAKER, payout.pk, reason="again"),
        lambda: billing.approve_payout(CHECKER, payout.pk),
        lambda: billing.request_payout_again(MAKER, payout.pk, account_id=payout.account_id, reason="again"),
    ):
        with pytest.raises(BusinessError):
            act()
    assert again(payout).status == "WITHDRAWN"


@pytest.mark.parametrize("wrong", [{"subject_type": ""}, {"subject_id": None}, {"kind": "suspense"}])
def test_the_database_wants_to_know_what_a_debt_is_for(policy, wrong):
    payout = a_debt(policy)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payout.objects.filter(pk=payout.pk).update(**wrong)
