"""Two people, or two machines, at the same moment: one effect."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection, transaction

from apps.billing import services as billing
from apps.billing.models import Allocation, BankFile, Posting, Receipt
from apps.billing.selectors import balances
from apps.billing.states import Channel
from apps.core.context import Context
from apps.core.errors import BusinessError
from apps.policies.models import Policy
from tests.conftest import TODAY
from tests.factories import a_policy

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def policy(ctx) -> Policy:
    """Billed: 1,200.00."""
    policy = a_policy()
    billing.bill(ctx, [policy.instalments.get().pk])
    return policy


def person(name: str) -> Context:
    return Context(actor=f"user:{name}", person=name, business_date=TODAY)


def at_once(threads: int, act: Callable[[int], object], times: int = 1) -> Counter:
    """Run the act in so many threads that start together; count what they got: "done" or the code of the refusal."""
    start = Barrier(threads)

    def run(thread: int) -> list[str]:
        start.wait()
        try:
            return [outcome(act, thread) for _ in range(times)]
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return Counter(result for results in pool.map(run, range(threads)) for result in results)


def outcome(act: Callable[[int], object], thread: int) -> str:
    try:
        act(thread)
    except BusinessError as error:
        return error.code
    return "done"


def keyed(ctx: Context, policy: Policy, **changes) -> Receipt:
    entry = {"channel": Channel.TRANSFER, "channel_ref": "T1", "value_on": TODAY, **changes}
    return billing.key_receipt(ctx, policy_number=policy.number, amount=Decimal("1200.00"), **entry)


@pytest.mark.promise("P12")
def test_four_people_confirm_one_receipt_and_one_of_them_does(ctx, policy):
    receipt = keyed(ctx, policy)
    results = at_once(4, lambda thread: billing.confirm_receipt(person(f"checker{thread}"), receipt.pk))
    assert results == {"done": 1, "illegal_transition": 3}
    assert Allocation.objects.count() == 1
    assert balances()["BANK", "CNY"] == Decimal("1200.00")


@pytest.mark.promise("P12")
def test_a_receipt_is_either_confirmed_or_rejected(ctx, policy):
    receipt = keyed(ctx, policy)

    def act(thread: int) -> None:
        if thread % 2:
            billing.confirm_receipt(person("checker"), receipt.pk)
        else:
            billing.reject_receipt(person("supervisor"), receipt.pk, "wrong policy")

    results = at_once(4, act)
    assert results == {"done": 1, "illegal_transition": 3}
    posted = Posting.objects.filter(receipt=receipt.pk).exists()
    assert posted == (Receipt.objects.get().status == "CONFIRMED")


@pytest.mark.promise("P22")
def test_a_payment_notified_again_and_again_is_entered_once(policy):
    results = at_once(8, lambda thread: keyed(person(f"gateway{thread}"), policy), times=10)
    assert results == {"done": 1, "receipt_known": 79}
    assert Receipt.objects.count() == 1


@pytest.mark.promise("P22")
@pytest.mark.promise("P67")
def test_a_request_repeated_under_its_key_answers_the_same_and_posts_once(policy):
    results = at_once(8, lambda thread: keyed(person("gateway"), policy, key="k1"), times=10)
    assert results == {"done": 80}
    assert Receipt.objects.count() == 1


@pytest.mark.promise("P22")
def test_a_bank_file_sent_by_four_people_at_once_is_posted_once(policy):
    text = f"transaction_no,policy_no,paid_on,amount,currency,payer\nF1,{policy.number},{TODAY},1200.00,CNY,"
    results = at_once(
        4, lambda thread: billing.read_bank_file(person(f"clerk{thread}"), name="f.csv", content=text.encode())
    )
    assert results == {"done": 1, "bank_file_known": 3}
    assert balances()["BANK", "CNY"] == Decimal("1200.00")


def file_of(policy: Policy) -> bytes:
    return f"transaction_no,policy_no,paid_on,amount,currency,payer\nT1,{policy.number},{TODAY},1200.00,CNY,".encode()


def key_it(policy: Policy) -> None:
    keyed(person("cashier"), policy)


def read_it(policy: Policy) -> None:
    billing.read_bank_file(person("clerk"), name="f.csv", content=file_of(policy))


def read_it_with_others(policy: Policy) -> None:
    content = file_of(policy) + b"\nT2,nobody,2026-11-20,5.00,CNY,"
    billing.read_bank_file(person("other"), name="g.csv", content=content)


@pytest.mark.promise("P22")
@pytest.mark.parametrize(
    ("first", "second"), [(key_it, read_it), (read_it, key_it), (key_it, key_it), (key_it, read_it_with_others)]
)
def test_a_payment_that_is_entered_and_read_at_the_same_moment_is_refused_to_the_second(policy, first, second):
    """The second begins before the first has committed, and cannot know of it."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first(policy)
            late = pool.submit(at_once, 1, lambda _: second(policy))
            wait_until_blocked(late)
        assert late.result() == {"receipt_known": 1}
    assert Receipt.objects.get().channel_ref == "T1"
    assert BankFile.objects.count() == (first is read_it)


def wait_until_blocked(act: Future) -> None:
    """Until the act has come to where it waits for the transaction we are in."""
    blocked = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
    with connection.cursor() as cursor:
        while not act.done():
            cursor.execute(blocked)
            if cursor.fetchone()[0]:
                return


@pytest.mark.promise("P12")
def test_money_bounced_twice_is_taken_back_once(ctx, policy):
    receipt = keyed(ctx, policy)
    billing.confirm_receipt(person("checker"), receipt.pk)
    results = at_once(4, lambda thread: billing.reverse_receipt(person(f"clerk{thread}"), receipt.pk, "bounced"))
    assert results == {"done": 1, "illegal_transition": 3}
    assert balances()["BANK", "CNY"] == 0


@pytest.mark.promise("P25")
def test_an_instalment_billed_by_four_workers_at_once_is_billed_once(ctx):
    instalment = a_policy().instalments.get()
    at_once(4, lambda thread: billing.bill(ctx, [instalment.pk]))
    assert Posting.objects.filter(account="RECEIVABLE").count() == 1


@pytest.mark.promise("P20")
def test_somebody_who_holds_a_policy_too_long_makes_the_others_say_busy(ctx, policy, other_connection):
    receipt = keyed(ctx, policy)
    with other_connection() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM policies_policy WHERE id = %s FOR UPDATE", [policy.pk])
        with connection.cursor() as mine:
            mine.execute("SET lock_timeout = '50ms'")
        assert outcome(lambda _: billing.confirm_receipt(person("checker"), receipt.pk), 0) == "busy"
        cursor.execute("ROLLBACK")
    connection.close()
    assert Receipt.objects.get().status == "KEYED"
