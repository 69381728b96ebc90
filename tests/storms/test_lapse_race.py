"""A payment that commits while the lapse step is at work is never followed by a suspension.

Half the payments are read from bank files, which post at once; half are confirmed by a second person.
"""

import os
import threading
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from apps.audit.models import Event
from apps.billing import services as billing
from apps.billing.models import Instalment
from apps.core.context import Context
from apps.core.failure import describe
from apps.operations.agenda import GRACE, LAPSE, Entry
from apps.operations.models import Agenda
from apps.policies.models import Policy
from apps.renewals import services as renewals
from tests import premiums
from tests.premiums import Premium

pytestmark = [pytest.mark.storm, pytest.mark.django_db(transaction=True)]
EACH = 200 if os.environ.get("STORM") == "full" else 20
DAY = timedelta(days=1)
DUE = date(2026, 3, 16)
GRACE_END = DUE + 60 * DAY
BANK_HEADER = "transaction_no,policy_no,paid_on,amount,currency,payer"


def all_at_once(*acts: Callable[[], None]) -> list[str]:
    """Run all acts at the same time, each on a connection of its own; what went wrong."""
    start, errors = threading.Barrier(len(acts)), []

    def run(act: Callable[[], None]) -> None:
        start.wait()
        try:
            act()
        except Exception as error:
            errors.append(describe(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def key(ctx: Context, premium: Premium) -> int:
    return billing.key_receipt(
        ctx,
        policy_number=premium.policy.number,
        amount=Decimal("1200.00"),
        channel="card",
        channel_ref=f"C{premium.policy.pk}",
        value_on=GRACE_END,
        key=f"K{premium.policy.pk}",
    ).pk


def bank_file(premium: Premium) -> dict:
    line = f"B{premium.policy.pk},{premium.policy.number},{GRACE_END},1200.00,CNY,a payer"
    return {"name": f"{premium.policy.pk}.csv", "content": f"{BANK_HEADER}\n{line}\n".encode()}


def entry_of(premium: Premium) -> Entry:
    row = Agenda.objects.get(kind=LAPSE, subject_id=premium.instalment.pk)
    return Entry(row.pk, row.due_on, row.policy_id, row.subject_id)


def moment(policy: Policy, *names: str) -> int:
    """When one of these happened last: events of one policy are numbered under its lock. 0 for never."""
    ids = Event.objects.filter(policy_id=policy.pk, name__in=names).order_by("-pk").values_list("pk", flat=True)
    return ids.first() or 0


@pytest.mark.promise("P12")
def test_a_payment_that_commits_while_the_lapse_step_is_at_work_is_never_lapsed(ctx, checker):
    """Four threads: two payers, and two lapse steps that go over the same policies again and again."""
    ctx, checker = ctx.on(GRACE_END + DAY), checker.on(GRACE_END + DAY)
    book = [premiums.a_premium(ctx, DUE) for _ in range(2 * EACH)]
    premiums.night(ctx, DUE + DAY, GRACE)
    by_card, by_bank = book[::2], book[1::2]
    receipts = [key(ctx, premium) for premium in by_card]
    entries = [entry_of(premium) for premium in book]
    paying = threading.Event()
    paying.set()

    def confirm() -> None:
        for receipt_id in receipts:
            billing.confirm_receipt(checker, receipt_id)

    def read_files() -> None:
        for premium in by_bank:
            billing.read_bank_file(ctx, **bank_file(premium))
        paying.clear()

    def lapse() -> None:
        for entry in reversed(entries):
            renewals.lapse(ctx, [entry])
        while paying.is_set():
            renewals.lapse(ctx, entries)

    assert all_at_once(confirm, read_files, lapse, lapse) == []
    assert renewals.lapse(ctx, entries).locked == []
    assert {each.status for each in Instalment.objects.filter(pk__in=[each.instalment.pk for each in book])} == {"PAID"}
    for premium in book:
        policy = premium.fresh().policy
        assert policy.status == "IN_FORCE"
        assert moment(policy, "policy.suspended") < moment(policy, "instalment.paid")
        assert moment(policy, "policy.suspended") <= moment(policy, "policy.suspension_undone")
    suspended_first = sum(bool(moment(premium.policy, "policy.suspended")) for premium in book)
    print(f"{len(book)} paid in time, {suspended_first} suspended before the payment was known, and undone by it")
