"""Reversing a receipt and assigning unidentified money take two persons (P24, P47)."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, connection

from apps.accounts import permissions
from apps.audit.models import Access
from apps.billing import services as billing
from apps.billing.models import Receipt, ReceiptRequest
from apps.billing.states import ReceiptStatus, RequestStatus
from apps.core.errors import BusinessError
from apps.operations import services as operations
from tests import factories as make
from tests.conftest import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.promise("P24")]


@pytest.fixture
def receipt(ctx):
    operations.open_first_day(ctx, TODAY)
    policy = make.a_policy(ctx, number="P1")
    return make.a_receipt(policy, "10.00").receipt


@pytest.fixture
def found(ctx, receipt):
    """Money from a bank file that nobody knows the policy of."""
    content = b"transaction_no,policy_no,paid_on,amount,currency,payer\nF1,UNKNOWN,2026-11-22,10.00,CNY,\n"
    return billing.read_bank_file(ctx, name="1122.csv", content=content).receipts.get()


def refusal(act) -> str:
    with pytest.raises(BusinessError) as refused:
        act()
    return refused.value.code


def test_a_reversal_waits_for_a_second_person(ctx, checker, receipt):
    request = billing.request_reversal(ctx, receipt.pk, "bounced")
    assert Receipt.objects.get(pk=receipt.pk).status == ReceiptStatus.CONFIRMED
    assert refusal(lambda: billing.request_reversal(checker, receipt.pk, "bounced")) == "request_waiting"
    billing.approve_request(checker, request.pk)
    assert Receipt.objects.get(pk=receipt.pk).status == ReceiptStatus.REVERSED
    assert refusal(lambda: billing.approve_request(checker, request.pk)) == "illegal_transition"


@pytest.mark.promise("P47")
@pytest.mark.parametrize("account", ["user:clerk", "user:clerks_other_account"])
def test_who_asked_does_not_approve_through_any_account(ctx, receipt, account):
    request = billing.request_reversal(ctx, receipt.pk, "bounced")
    with permissions.door():
        assert refusal(lambda: billing.approve_request(replace(ctx, actor=account), request.pk)) == "same_person"
    assert Receipt.objects.get(pk=receipt.pk).status == ReceiptStatus.CONFIRMED
    assert Access.objects.filter(kind="denied", action="receipt_reverse.A").count() == 1


def test_the_database_refuses_one_person_on_both_sides(ctx, receipt):
    request = billing.request_reversal(ctx, receipt.pk, "bounced")
    with pytest.raises(IntegrityError, match="request_two_persons"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE billing_receiptrequest SET status = 'APPROVED', decided_person = asked_person WHERE id = %s",
            [request.pk],
        )


def test_unidentified_money_is_assigned_by_two(ctx, checker, found):
    request = billing.request_assignment(ctx, found.pk, "P1", "the customer called")
    assert Receipt.objects.get(pk=found.pk).policy is None
    billing.approve_request(checker, request.pk)
    assert Receipt.objects.get(pk=found.pk).policy.number == "P1"


def test_a_request_is_rejected_with_a_reason_and_can_be_made_anew(ctx, checker, receipt):
    request = billing.request_reversal(ctx, receipt.pk, "bounced")
    assert refusal(lambda: billing.reject_request(checker, request.pk, " ")) == "reason_required"
    billing.reject_request(checker, request.pk, "the bank says it stands")
    assert ReceiptRequest.objects.get().status == RequestStatus.REJECTED
    billing.request_reversal(ctx, receipt.pk, "bounced after all")


def test_what_cannot_be_done_is_not_asked_for(ctx, receipt, found):
    assert refusal(lambda: billing.request_assignment(ctx, receipt.pk, "P1", "x")) == "receipt_has_policy"
    assert refusal(lambda: billing.request_reversal(ctx, receipt.pk, " ")) == "reason_required"
    assert refusal(lambda: billing.request_reversal(make.the_system(), receipt.pk, "x")) == "person_required"
    assert not ReceiptRequest.objects.exists()
