"""Questions about instalments, receipts and the books."""

from decimal import Decimal

import pytest

from apps.billing import selectors
from apps.billing import services as billing
from apps.billing.models import Receipt
from tests.conftest import TODAY
from tests.factories import a_branch, a_policy, a_receipt, a_user, an_agent

pytestmark = pytest.mark.django_db


@pytest.mark.promise("P44")
def test_instalments_and_receipts_are_seen_by_those_who_see_their_policy():
    head = a_branch("86")
    east, west = a_branch("8631", head), a_branch("8644", head)
    there, here = a_policy(branch=east), a_policy(branch=west)
    for policy in (there, here):
        a_receipt(policy, "10.00")
    clerk, boss, nobody = a_user("policy_clerk", branch=west), a_user("policy_clerk", branch=head), a_user(branch=head)
    assert set(selectors.instalments_visible_to(clerk).values_list("policy", flat=True)) == {here.pk}
    assert set(selectors.receipts_visible_to(clerk).values_list("policy", flat=True)) == {here.pk}
    assert set(selectors.receipts_visible_to(boss).values_list("policy", flat=True)) == {here.pk, there.pk}
    assert not selectors.instalments_visible_to(nobody).exists()
    assert not selectors.receipts_visible_to(nobody).exists()


@pytest.mark.promise("P44")
def test_unidentified_money_is_seen_by_those_who_match_it(ctx):
    text = f"transaction_no,policy_no,paid_on,amount,currency,payer\nF1,,{TODAY},5.00,CNY,"
    billing.read_bank_file(ctx, name="f.csv", content=text.encode())
    own = a_policy(agent=an_agent(user=(agent := a_user("agent"))))
    a_receipt(own, "10.00")
    assert list(selectors.receipts_visible_to(agent)) == [Receipt.objects.get(policy=own)]
    assert selectors.receipts_visible_to(a_user("renewal_clerk")).filter(policy=None).exists()


def test_what_is_open_is_told_in_order_of_due_date(ctx):
    policy = a_policy()
    billing.bill(ctx, [policy.instalments.get().pk])
    assert [each.status for each in selectors.open_instalments(policy.pk)] == ["BILLED", "PLANNED"]
    a_receipt(policy, "1200.00")
    assert [each.status for each in selectors.open_instalments(policy.pk)] == ["PLANNED"]


def test_money_left_is_told_by_receipt(ctx):
    policy, other = a_policy(), a_policy()
    billing.bill(ctx, [policy.instalments.get().pk])
    a_receipt(policy, "1000.00")
    last = a_receipt(policy, "300.00").receipt
    left = selectors.money_left([policy.pk, other.pk])
    assert [(money.receipt_id, money.amount) for money in left[policy.pk]] == [(last.pk, Decimal("100.00"))]
    assert other.pk not in left


def test_the_balances_tell_every_account_and_currency(ctx):
    a_receipt(a_policy(), "10.00")
    assert selectors.balances() == {("BANK", "CNY"): Decimal("10.00"), ("SUSPENSE", "CNY"): Decimal("-10.00")}
