"""Bank files are posted whole, once, and settle what is due."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils.translation import override

from apps.audit.models import Event
from apps.billing import services as billing
from apps.billing.models import BankFile, Posting, Receipt
from apps.billing.selectors import balances, suspense_balance
from apps.billing.states import Channel
from apps.core.errors import Conflict, Refused
from apps.policies.models import Policy
from tests.conftest import TODAY
from tests.factories import a_policy, a_receipt

pytestmark = pytest.mark.django_db
HEADER = "交易流水号,保单号,交易日期,金额,币种,付款人"


@pytest.fixture
def policy(ctx) -> Policy:
    """Billed for 1 December, 1,200.00."""
    policy = a_policy(number="P1", effective_on=date(2022, 12, 1))
    billing.bill(ctx, [policy.instalments.get().pk])
    return policy


def read(ctx, *lines: str, name: str = "1122.csv") -> BankFile:
    return billing.read_bank_file(ctx, name=name, content="\n".join([HEADER, *lines]).encode())


def test_payments_are_posted_and_settle_what_is_due(ctx, policy):
    file = read(ctx, "F1,P1,2026-11-20,1200.00,CNY,王小明", "F2,P1,2026-11-21,30.00,CNY,王小明")
    assert (file.lines, file.total, file.posted, file.known, file.unidentified) == (2, Decimal("1230.00"), 2, 0, 0)
    assert policy.instalments.earliest("due_on").status == "PAID"
    assert suspense_balance(policy.pk) == Decimal("30.00")
    receipt = Receipt.objects.get(channel_ref="F1")
    assert (receipt.status, receipt.line, receipt.bank_file, receipt.branch_id) == (
        "CONFIRMED",
        2,
        file,
        policy.branch_id,
    )
    assert Event.objects.filter(name="receipt.posted", policy_id=policy.pk).count() == 2


@pytest.mark.promise("P22")
def test_the_same_file_twice_is_refused_and_says_when(ctx, policy):
    read(ctx, "F1,P1,2026-11-20,1200.00,CNY,", name="first.csv")
    before = balances()
    with pytest.raises(Conflict) as refused, override("en"):
        read(ctx, "F1,P1,2026-11-20,1200.00,CNY,", name="renamed.csv")
    assert refused.value.code == "bank_file_known"
    assert refused.value.refusals[0].params == {"name": "first.csv", "on": TODAY}
    assert balances() == before


@pytest.mark.promise("P22")
def test_lines_known_from_another_file_or_confirmed_by_hand_are_not_posted_again(ctx, policy):
    read(ctx, "F1,P1,2026-11-20,1200.00,CNY,")
    a_receipt(policy, "9.00", ref="F2")
    file = read(ctx, "F1,P1,2026-11-20,1200.00,CNY,", "F2,P1,2026-11-22,9.00,CNY,", "F3,P1,2026-11-22,1.00,CNY,")
    assert (file.posted, file.known) == (1, 2)
    assert balances()["BANK", "CNY"] == Decimal("1210.00")


def entered(ctx, ref: str) -> Receipt:
    return billing.key_receipt(
        ctx,
        policy_number="P1",
        amount=Decimal("1200.00"),
        channel=Channel.TRANSFER,
        channel_ref=ref,
        value_on=TODAY,
    )


@pytest.mark.promise("P22")
@pytest.mark.parametrize("named", ["P1", "", "P-unknown"])
def test_the_bank_confirms_what_was_entered_by_hand_so_that_nobody_can_reject_it_any_more(ctx, checker, policy, named):
    waiting = entered(ctx, "F1")
    file = read(checker, f"F1,{named},2026-11-20,1200.00,CNY,")
    assert (file.posted, file.known, file.unidentified) == (1, 0, 0)
    receipt = Receipt.objects.get()
    assert (receipt.pk, receipt.status, receipt.bank_file, receipt.value_on) == (
        waiting.pk,
        "CONFIRMED",
        file,
        date(2026, 11, 20),
    )
    assert policy.instalments.earliest("due_on").status == "PAID"
    assert balances()["BANK", "CNY"] == Decimal("1200.00")
    with pytest.raises(Conflict):
        billing.reject_receipt(checker, receipt.pk, "mistake")


def test_a_payment_entered_for_another_policy_than_the_bank_names_is_an_error_until_it_is_rejected(
    ctx, checker, policy
):
    a_policy(number="P2", effective_on=date(2022, 12, 1))
    waiting = entered(ctx, "F1")
    with pytest.raises(Refused) as refused:
        read(checker, "F1,P2,2026-11-20,1200.00,CNY,")
    assert refused.value.refusals[1].code == "bank_policy_differs"
    assert not BankFile.objects.exists()
    billing.reject_receipt(checker, waiting.pk, "wrong policy")
    assert read(checker, "F1,P2,2026-11-20,1200.00,CNY,").posted == 1
    assert balances()["BANK", "CNY"] == Decimal("1200.00")


@pytest.mark.promise("P27")
def test_a_known_transaction_with_another_amount_is_an_error(ctx, policy):
    read(ctx, "F1,P1,2026-11-20,1200.00,CNY,")
    with pytest.raises(Refused) as refused:
        read(ctx, "F1,P1,2026-11-20,12.00,CNY,")
    assert refused.value.refusals[1].code == "bank_line_differs"
    assert BankFile.objects.count() == 1


def test_one_wrong_cell_and_nothing_is_posted(ctx, policy):
    postings = Posting.objects.count()
    with pytest.raises(Refused) as refused:
        read(ctx, "F1,P1,2026-11-20,1200.00,CNY,", "F2,P1,2026-11-31,x,CNY,", "F3,P1,2026-11-20,1.00,USD,")
    whole, *cells = refused.value.refusals
    assert (whole.code, whole.params) == ("bank_file_broken", {"faults": 2})
    assert [(cell.code, cell.params["row"], cell.params["column"]) for cell in cells] == [
        ("bank_date_unreadable", 3, "交易日期"),
        ("bank_amount_unreadable", 3, "金额"),
    ]
    assert not BankFile.objects.exists()
    assert not Receipt.objects.exists()
    assert Posting.objects.count() == postings


def test_money_in_another_currency_than_the_policy_is_an_error(ctx, policy):
    with pytest.raises(Refused) as refused:
        read(ctx, "F1,P1,2026-11-20,1200.00,USD,")
    assert refused.value.refusals[1].code == "currency_differs"
    assert not BankFile.objects.exists()


def test_a_repaired_file_can_be_read(ctx, policy):
    with pytest.raises(Refused):
        read(ctx, "F1,P1,2026-11-20,1200.0x,CNY,")
    assert read(ctx, "F1,P1,2026-11-20,1200.00,CNY,").posted == 1


def test_unidentified_money_is_kept_until_somebody_finds_its_policy(ctx, policy):
    file = read(ctx, "F1,P-unknown,2026-11-20,1200.00,CNY,", "F2,,2026-11-20,5.00,USD,")
    assert (file.posted, file.unidentified) == (2, 2)
    assert balances()["SUSPENSE", "CNY"] == Decimal("-1200.00")
    receipt = Receipt.objects.get(channel_ref="F1")
    done = billing.assign_receipt(ctx, receipt.pk, "P1", "customer called")
    assert (done.paid, done.left, done.receipt.policy_id) == ((5,), 0, policy.pk)
    assert balances()["SUSPENSE", "CNY"] == suspense_balance(policy.pk) == 0
    with pytest.raises(Refused) as refused:
        billing.assign_receipt(ctx, receipt.pk, "P1", "again")
    assert refused.value.code == "receipt_has_policy"


def test_unidentified_money_in_another_currency_is_not_assigned(ctx, policy):
    read(ctx, "F2,,2026-11-20,5.00,USD,")
    receipt = Receipt.objects.get()
    with pytest.raises(Refused) as refused:
        billing.assign_receipt(ctx, receipt.pk, "P1", "customer called")
    assert refused.value.code == "currency_differs"
    assert Receipt.objects.get().policy_id is None


def test_unidentified_money_that_bounces_leaves_the_books_empty(ctx):
    read(ctx, "F1,,2026-11-20,5.00,CNY,")
    billing.reverse_receipt(ctx, Receipt.objects.get().pk, "recalled")
    assert set(balances().values()) == {Decimal(0)}


@pytest.mark.promise("P53")
def test_the_payers_name_is_kept_nowhere(ctx, policy):
    read(ctx, "F1,P1,2026-11-20,1200.00,CNY,欧阳不见")
    kept = [*Receipt.objects.values(), *BankFile.objects.values(), *Event.objects.values("payload", "reason")]
    assert "欧阳不见" not in repr(kept)


@pytest.mark.parametrize("size", [1, 20])
def test_a_file_takes_the_same_number_of_statements_whatever_its_size(ctx, size, django_assert_max_num_queries):
    numbers = [a_policy(effective_on=date(2022, 12, 1)).number for _ in range(size)]
    lines = [f"F{row},{number},2026-11-20,1200.00,CNY," for row, number in enumerate(numbers)]
    with django_assert_max_num_queries(40):
        assert read(ctx, *lines).posted == size
