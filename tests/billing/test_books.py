"""The books: balanced by the database, and true to the instalments whatever happens (P21)."""

import uuid
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Q, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.billing import services as billing
from apps.billing.models import UNPAID, Allocation, Instalment, Posting, Receipt
from apps.billing.posting import Leg, pair, post
from apps.billing.selectors import balances, money_left, receivable_balance, suspense_balance
from apps.billing.states import Account, PayoutKind, PostingKind
from apps.core.context import Context
from apps.core.errors import BusinessError
from apps.operations.agenda import BILL
from apps.operations.models import Agenda
from apps.parties import services as parties
from apps.policies import services as policies
from apps.policies.models import Policy
from apps.policies.states import TerminationCode
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


premium_acts = st.one_of(
    st.tuples(st.just("receive"), st.integers(1, 400), st.integers(-20, 0)),
    st.tuples(st.just("reverse"), st.integers(0, 5)),
    st.tuples(st.just("close"), st.sampled_from([1, 9, 30, 61])),
    st.tuples(st.just("assign"), st.integers(1, 250)),
)
changes = st.one_of(
    st.tuples(st.just("demand"), st.integers(1, 300)),
    st.tuples(st.just("reduce"), st.integers(0, 3), st.integers(1, 300)),
    st.tuples(st.just("withdraw_demand"), st.integers(0, 3)),
    st.tuples(st.just("give_back"), st.integers(0, 3)),
    st.tuples(st.just("owe"), st.sampled_from(["surrender", "partial", "premium"]), st.integers(1, 500)),
    st.tuples(st.just("refund"), st.integers(1, 200)),
    st.tuples(st.just("turn_down"), st.integers(0, 3)),
    st.tuples(st.just("hand_out"), st.integers(0, 3)),
    st.tuples(st.just("take_back"), st.integers(0, 3)),
    st.tuples(st.just("reprice"), st.integers(50, 150), st.sampled_from(["monthly", "quarterly", "annual"])),
    st.tuples(st.just("put_off"), st.integers(0, 90)),
    st.tuples(st.just("end")),
    st.tuples(st.just("revive")),
)
acts = st.one_of(premium_acts, changes)


class Life:
    """A monthly policy of 100.00 and what befalls it."""

    def __init__(self) -> None:
        self.policy = a_policy(frequency="monthly", premium="100.00", effective_on=date(2024, 1, 31), premium_years=4)
        account = parties.add_bank_account(
            the_system(), party_id=self.policy.holder_id, bank="Bank of Trial", number="6222020200112233445"
        )
        self.account_id = account.pk
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

    def demand(self, amount: int) -> None:
        about = {"subject_type": "case", "subject_id": 1, "reason": "changed"}
        billing.demand_adjustment(self.maker, policy_id=self.policy.pk, amount=Decimal(amount), **about)

    def reduce(self, position: int, amount: int) -> None:
        adjustment = self.policy.adjustments.order_by("pk")[position]
        billing.settle_adjustment_at(self.maker, adjustment.pk, Decimal(amount))

    def withdraw_demand(self, position: int) -> None:
        billing.cancel_adjustment(self.maker, self.policy.adjustments.order_by("pk")[position].pk, reason="withdrawn")

    def give_back(self, position: int) -> None:
        billing.return_adjustment(self.maker, self.policy.adjustments.order_by("pk")[position].pk, reason="undone")

    def owe(self, kind: str, amount: int) -> None:
        billing.pay_out(
            self.maker,
            policy_id=self.policy.pk,
            payee_id=self.policy.holder_id,
            account_id=self.account_id,
            amount=Decimal(amount),
            kind=PayoutKind(kind),
            reason="changed",
            subject_type="case",
            subject_id=1,
            person="maker",
        )

    def refund(self, amount: int) -> None:
        about = {"account_id": self.account_id, "reason": "too much"}
        billing.request_refund(self.maker, policy_id=self.policy.pk, amount=Decimal(amount), **about)

    def turn_down(self, position: int) -> None:
        billing.reject_payout(self.checker, self.policy.payouts.order_by("pk")[position].pk, "no")

    def hand_out(self, position: int) -> None:
        payout = self.policy.payouts.order_by("pk")[position]
        for checker in (self.checker, self.second)[: payout.approvals]:
            billing.approve_payout(checker, payout.pk)
        billing.send_payout(self.checker, payout.pk)

    def take_back(self, position: int) -> None:
        billing.take_back_payout(self.maker, self.policy.payouts.order_by("pk")[position].pk, reason="undone")

    def reprice(self, premium: int, frequency: str) -> None:
        Policy.objects.filter(pk=self.policy.pk).update(premium=Decimal(premium), frequency=frequency)
        billing.replan(self.maker, [self.policy.pk], self.today)

    def put_off(self, days: int) -> None:
        billing.put_off_billing(self.maker, self.policy.pk, self.today + timedelta(days=days))

    def end(self) -> None:
        policies.terminate(self.maker, {self.policy.pk: self.today}, code=TerminationCode.SURRENDER)

    def revive(self) -> None:
        policies.undo_termination(self.maker, [self.policy.pk], reason="undone")

    @property
    def maker(self) -> Context:
        return self.person("maker")

    @property
    def checker(self) -> Context:
        return self.person("checker")

    @property
    def second(self) -> Context:
        return self.person("second")

    def person(self, name: str) -> Context:
        return Context(actor=f"user:{name}", person=name, business_date=self.today)

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
    left = money_left([policy.pk]).get(policy.pk, [])
    assert suspense_balance(policy.pk) == sum(money.amount for money in left) >= 0
    for receipt in policy.receipts.all():
        used = [_sum(parts) for parts in (receipt.allocations, receipt.adjustment_parts, receipt.payout_parts)]
        assert min(used) >= 0
        assert sum(used) <= (receipt.amount if receipt.status == "CONFIRMED" else 0)
    for adjustment in policy.adjustments.all():
        assert _sum(adjustment.parts) == (adjustment.amount if adjustment.status == "PAID" else 0)
    for instalment in policy.instalments.annotate(used=Sum("allocations__amount")):
        assert (instalment.used or 0) == (instalment.amount if instalment.status == "PAID" else 0)
    assert policy.instalments.filter(status="PLANNED").count() <= 1
    check_payable(policy)
    check_premium(policy)
    if policy.status == "SUSPENDED":
        assert not unpaid.exists()
    if policy.premium_status == "PAYING":
        assert not unpaid.filter(status="IN_GRACE").exists()
    connection.check_constraints()


def check_payable(policy: Policy) -> None:
    """What is payable is what open payouts are to pay, and what is owed for changes and was refused."""
    waiting = Q(status__in=["REQUESTED", "APPROVED", "RETURNED"])
    still_owed = Q(status__in=["REJECTED", "CANCELLED"]) & ~Q(kind="suspense")
    assert -balances().get(("PAYABLE", "CNY"), 0) == _sum(policy.payouts.filter(waiting | still_owed))


def check_premium(policy: Policy) -> None:
    """Income is what was billed and stands, and what changes were paid, less what they owe back."""
    billed = _sum(policy.instalments.filter(status__in=["PAID", *UNPAID]))
    changed = _sum(policy.adjustments.filter(status="PAID"))
    refunded = _sum(policy.payouts.filter(kind="premium").exclude(status="WITHDRAWN"))
    assert -balances().get(("PREMIUM", "CNY"), 0) == billed + changed - refunded


def _sum(rows: Any) -> Decimal:
    return rows.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


@pytest.mark.promise("P21")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(acts, max_size=12))
def test_whatever_happens_the_books_balance_and_agree_with_the_instalments(story):
    try:
        with transaction.atomic():
            life = Life()
            life.close(1)
            for act, *details in story:
                with suppress(BusinessError, IndexError), transaction.atomic():
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
