"""The books: balanced by the database, and true to the instalments whatever happens (P21)."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.billing import services as billing
from apps.billing.models import UNPAID, Allocation, Instalment, Posting, Receipt
from apps.billing.posting import Leg, pair, post
from apps.billing.selectors import balances, receivable_balance, suspense_balance
from apps.billing.states import Account, PostingKind
from apps.operations.agenda import BILL
from apps.operations.models import Agenda
from apps.policies import services as policies
from apps.policies.models import Policy
from tests.conftest import TODAY
from tests.factories import a_lapse, a_policy, a_receipt, the_system

pytestmark = pytest.mark.django_db
ONE = Decimal("1.00")


def legs(*amounts: str, currency: str = "CNY") -> tuple[Leg, ...]:
    transaction_id = uuid.uuid4()
    return tuple(Leg(transaction_id, Account.BANK, Decimal(amount), currency) for amount in amounts)


@pytest.mark.promise("P21")
@pytest.mark.parametrize(
    "unbalanced",
    [legs("1.00"), legs("1.00", "-0.99"), legs("1.00") + legs("-1.00"), legs("1.00") + legs("-1.00", currency="USD")],
)
def test_an_unbalanced_transaction_is_refused_by_the_database(ctx, unbalanced):
    with pytest.raises(DatabaseError, match="unbalanced"), transaction.atomic():
        post(ctx, PostingKind.RECEIPT, [pair(Account.BANK, Account.SUSPENSE, ONE, "CNY"), unbalanced])
    assert not Posting.objects.exists()


@pytest.mark.promise("P21")
def test_an_unbalanced_transaction_is_refused_by_raw_sql_too():
    columns = "kind, business_date, transaction_id, account, amount, currency"
    with pytest.raises(DatabaseError, match="unbalanced"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO billing_posting ({columns}) VALUES ('bill', %s, %s, 'BANK', 1, 'CNY')", [TODAY, uuid.uuid4()]
        )
    assert not Posting.objects.exists()


@pytest.mark.promise("P39")
@pytest.mark.parametrize("statement", ["UPDATE billing_posting SET amount = 2", "DELETE FROM billing_posting"])
def test_a_posting_is_never_edited(ctx, statement):
    post(ctx, PostingKind.RECEIPT, [pair(Account.BANK, Account.SUSPENSE, ONE, "CNY")])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert balances() == {("BANK", "CNY"): ONE, ("SUSPENSE", "CNY"): -ONE}


class Undo(Exception):
    """Ends an example: nothing of it stays."""


acts = st.one_of(
    st.tuples(st.just("receive"), st.integers(1, 400), st.integers(-20, 0)),
    st.tuples(st.just("reverse"), st.integers(0, 5)),
    st.tuples(st.just("close"), st.sampled_from([1, 9, 30, 61])),
    st.tuples(st.just("assign"), st.integers(1, 250)),
)


class Life:
    """A monthly policy of 100.00 and what befalls it."""

    def __init__(self) -> None:
        self.policy = a_policy(frequency="monthly", premium="100.00", effective_on=date(2024, 1, 31), premium_years=4)
        self.today = TODAY
        self.received = 0

    def receive(self, amount: int, days: int) -> None:
        value_on = self.today + timedelta(days=days)
        a_receipt(self.policy, f"{amount}.00", value_on=value_on, on=self.today)

    def assign(self, amount: int) -> None:
        self.received += 1
        line = f"A{self.received},?,{self.today},{amount}.00,CNY,"
        text = f"transaction_no,policy_no,paid_on,amount,currency,payer\n{line}"
        ctx = the_system().on(self.today)
        billing.read_bank_file(ctx, name="file", content=text.encode())
        receipt = Receipt.objects.get(channel_ref=f"A{self.received}")
        billing.assign_receipt(ctx, receipt.pk, self.policy.number, "found")

    def reverse(self, position: int) -> None:
        confirmed = Receipt.objects.filter(policy=self.policy, status="CONFIRMED").order_by("pk")
        if chosen := confirmed[position : position + 1]:
            billing.reverse_receipt(the_system().on(self.today), chosen[0].pk, "bounced")

    def close(self, days: int) -> None:
        """The nights until then: bills, grace, lapse."""
        for _ in range(days):
            ctx = the_system().on(self.today)
            due = Agenda.objects.filter(kind=BILL, due_on__lte=self.today).values_list("subject_id", flat=True)
            billing.bill(ctx, due)
            unpaid = Instalment.objects.filter(policy=self.policy, status__in=UNPAID)
            if billing.enter_grace(ctx, unpaid.values_list("pk", flat=True)):
                policies.enter_grace(ctx, [self.policy.pk])
            if unpaid.filter(status="IN_GRACE", grace_ends_on__lt=self.today).exists():
                a_lapse(self.policy, self.today)
            self.today += timedelta(days=1)


def check_books(policy: Policy) -> None:
    policy = Policy.objects.get(pk=policy.pk)
    unpaid = policy.instalments.filter(status__in=UNPAID)
    assert sum(balances().values()) == 0
    assert receivable_balance(policy.pk) == (unpaid.aggregate(sum=Sum("amount"))["sum"] or 0)
    assert suspense_balance(policy.pk) >= 0
    for receipt in policy.receipts.annotate(used=Sum("allocations__amount")):
        assert 0 <= (receipt.used or 0) <= (receipt.amount if receipt.status == "CONFIRMED" else 0)
    for instalment in policy.instalments.annotate(used=Sum("allocations__amount")):
        assert (instalment.used or 0) == (instalment.amount if instalment.status == "PAID" else 0)
    assert policy.instalments.filter(status="PLANNED").count() <= 1
    if policy.status == "SUSPENDED":
        assert not unpaid.exists()
    if policy.premium_status == "PAYING":
        assert not unpaid.filter(status="IN_GRACE").exists()
    connection.check_constraints()


@pytest.mark.promise("P21")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(acts, max_size=9))
def test_whatever_happens_the_books_balance_and_agree_with_the_instalments(story):
    try:
        with transaction.atomic():
            life = Life()
            life.close(1)
            for act, *details in story:
                getattr(life, act)(*details)
                check_books(life.policy)
            raise Undo
    except Undo:
        pass


@pytest.mark.promise("P21")
def test_no_instalment_is_paid_twice(ctx):
    policy = a_policy()
    billing.bill(ctx, [policy.instalments.get().pk])
    for _ in range(5):
        a_receipt(policy, "1200.00")
    assert policy.instalments.filter(status="PAID").count() == 1
    assert Allocation.objects.count() == 1
    assert suspense_balance(policy.pk) == Decimal("4800.00")
