"""What people do with money on the pages: only where their right reaches."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.audit.models import Access
from apps.billing import services as billing
from apps.billing.models import Receipt
from apps.operations import services as operations
from tests import factories as make
from tests.conftest import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.promise("P44")]
KEY = "6f1f8b52-6c0b-4c57-9f0e-0b1d6a0f6a11"


@pytest.fixture
def client(ctx) -> Client:
    """A policy clerk of branch 8644."""
    operations.open_first_day(ctx, TODAY)
    clerk = make.a_user("policy_clerk", branch=make.a_branch("8644", parent=make.a_branch("86")))
    client = Client(headers={"accept-language": "en"})
    client.force_login(clerk, backend="apps.accounts.backends.AccountBackend")
    return client


@pytest.fixture
def policy(client):
    """Of the neighbouring branch."""
    return make.a_policy(number="P-FAR", branch=make.a_branch("8631", parent=make.a_branch("86")))


@pytest.mark.parametrize("number", ["P-FAR", "P-NONE"])
def test_money_for_a_policy_out_of_reach_is_entered_like_money_for_none(client, policy, number):
    form = {"key": KEY, "policy_number": number, "amount": "10.00", "channel": "transfer", "channel_ref": "T1"}
    answer = client.post(reverse("admin:billing_receipt_key"), {**form, "value_on": "2026-11-22"})
    assert answer.status_code == 404
    assert f"There is no policy {number}" in answer.content.decode()
    assert not Receipt.objects.exists()
    assert Access.objects.filter(object_id=policy.pk, action="payment_record.C").exists() == (number == "P-FAR")


def test_money_is_not_assigned_to_a_policy_out_of_reach(ctx, client, policy):
    line = "F1,UNKNOWN,2026-11-22,10.00,CNY,"
    content = f"transaction_no,policy_no,paid_on,amount,currency,payer\n{line}".encode()
    receipt = billing.read_bank_file(ctx, name="1122.csv", content=content).receipts.get()
    address = reverse("admin:billing_receipt_assign", args=[receipt.pk])
    answer = client.post(address, {"key": KEY, "policy_number": "P-FAR", "reason": "by phone"})
    assert answer.status_code == 404
    assert Receipt.objects.get().policy is None
