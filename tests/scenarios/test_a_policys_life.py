"""A policy lives through its days: billed, reminded, in grace, suspended, told so, and paid back into force."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.core import mail

from apps.audit import dispatch, timeline
from apps.audit.models import Event
from apps.audit.sealing import seal
from apps.audit.states import Stream
from apps.audit.verify import verify
from apps.billing import selectors as billing_facts
from apps.billing import services as billing
from apps.core import clock
from apps.core.context import job
from apps.deadlines.models import Deadline
from apps.notifications import sender
from apps.notifications.models import Message
from apps.operations import selectors as days
from apps.operations import services as operations
from apps.renewals.models import Reminder
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

FIRST_DAY = date(2026, 4, 5)
DUE = date(2026, 5, 11)
GRACE_END = DUE + timedelta(days=60)
SUSPENDED_ON = GRACE_END + timedelta(days=1)
ONE_DAY = timedelta(days=1)
STAGES = [-30, -15, -7, -1, 0, 7, 15, 30, 45, 55, 59]


@pytest.fixture
def policy(settings):
    """Due on 11 May 2026 for 1,200 元; the holder can be reached by e-mail."""
    settings.SMS_GATEWAY_URL = ""
    operations.open_first_day(factories.the_system(), FIRST_DAY)
    holder = factories.a_person("王小明", contacts=[("email", "wang@example.com")])
    return factories.a_policy(
        job("tests", FIRST_DAY), holder=holder, effective_on=date(2024, 5, 11), paid_to=DUE, number="P-LIFE-1"
    )


def live_through(last: date) -> None:
    """Close the days one by one; each lets the office's clock move on by a day too, and its messages go out at noon."""
    while (day := days.business_date()) <= last:
        operations.close_day(job("tests", day))
        dispatch.drain("notifications")
        with time_machine.travel(noon(clock.now().date() + (day - FIRST_DAY) + ONE_DAY), tick=False):
            sender.drain()


def noon(day: date) -> datetime:
    return datetime.combine(day, time(4), UTC)


def story(policy) -> list[str]:
    return [row.name for row in reversed(timeline.of_policy(policy.pk))]


def bank_file(policy, value_on: date) -> bytes:
    header = "交易流水号,保单号,交易日期,金额,币种,付款人"
    return f"{header}\nB-1,{policy.number},{value_on},1200.00,CNY,王小明\n".encode()


@pytest.mark.promise("P05")
@pytest.mark.promise("P35")
def test_an_unpaid_policy_is_billed_reminded_suspended_and_told_so_within_its_clock(policy):
    live_through(SUSPENDED_ON)
    policy.refresh_from_db()
    assert (policy.status, policy.premium_status, policy.suspended_on) == ("SUSPENDED", "OVERDUE", SUSPENDED_ON)
    assert [r.stage for r in Reminder.objects.order_by("stage") if r.status == "planned"] == STAGES
    assert [r.stage_on - DUE for r in Reminder.objects.order_by("stage")] == [timedelta(days=s) for s in STAGES]
    told = story(policy)
    in_order = [
        "instalment.billed",
        "instalment.grace_started",
        "policy.grace_started",
        "instalment.fell_overdue",
        "policy.suspended",
        "lapse_notice.sent",
    ]
    assert [name for name in told if name in in_order] == in_order
    assert len(mail.outbox) == len(STAGES) + 1
    assert {message.to[0] for message in mail.outbox} == {"wang@example.com"}
    notice = Deadline.objects.get(clock="LAPSE_NOTICE")
    assert (notice.status, notice.started_on) == ("met", SUSPENDED_ON)
    assert billing_facts.balances()["RECEIVABLE", "CNY"] == 0
    assert not Message.objects.exclude(status="accepted").exists()
    the_record_is_whole()
    the_payment_was_made_in_time_and_known_too_late(policy)


@pytest.mark.promise("P06")
def test_money_confirmed_by_a_second_person_in_grace_ends_the_reminders_and_the_danger(policy):
    live_through(DUE + timedelta(days=20))
    before = len(mail.outbox)
    assert factories.a_receipt(policy, "1200.00", value_on=DUE + timedelta(days=20), on=days.business_date())
    live_through(SUSPENDED_ON)
    policy.refresh_from_db()
    assert (policy.status, policy.premium_status, policy.paid_to) == ("IN_FORCE", "PAYING", date(2027, 5, 11))
    assert "policy.suspended" not in story(policy)
    assert [message.subject for message in mail.outbox[before:]] == [mail.outbox[before].subject], "one confirmation"


def the_payment_was_made_in_time_and_known_too_late(policy):
    """The suspension had no ground (B-01): it is undone, and the books are as if it had been paid at once."""
    billing.read_bank_file(job("tests", days.business_date()), name="late.csv", content=bank_file(policy, GRACE_END))
    policy.refresh_from_db()
    assert (policy.status, policy.premium_status, policy.suspended_on) == ("IN_FORCE", "PAYING", None)
    assert story(policy).index("policy.suspended") < story(policy).index("policy.suspension_undone")
    assert billing_facts.balances()["RECEIVABLE", "CNY"] == 0


def the_record_is_whole():
    assert all(event.actor and event.business_date and event.request_id for event in Event.objects.all())
    seal(Stream.EVENT)
    assert verify(Stream.EVENT) == []


def test_money_that_came_after_grace_waits_in_suspense(policy):
    factories.a_lapse(policy_billed(policy), SUSPENDED_ON)
    late = job("tests", SUSPENDED_ON + ONE_DAY)
    billing.read_bank_file(late, name="late.csv", content=bank_file(policy, SUSPENDED_ON))
    policy.refresh_from_db()
    assert policy.status == "SUSPENDED"
    assert billing_facts.suspense_balance(policy.pk) == 1200


def policy_billed(policy):
    billing.bill(job("tests", DUE), policy.instalments.values_list("pk", flat=True))
    return policy
