"""Premium changes from a day on: what is paid stays, the rest is asked for anew."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.billing import selectors
from apps.billing import services as billing
from apps.billing.models import Posting, PutOff
from apps.billing.rows import Row
from apps.billing.selectors import receivable_balance, suspense_balance
from apps.billing.services import instalments
from apps.core.context import Context
from apps.operations.agenda import BILL
from apps.operations.models import Agenda
from apps.policies import services as policies
from apps.policies.models import Policy
from tests.conftest import TODAY
from tests.factories import a_lapse, a_policy, a_receipt

pytestmark = pytest.mark.django_db

DUE = date(2026, 12, 1)


def monthly(**changes: Any) -> Policy:
    """100.00 a month, paid to 1 December."""
    terms = {"frequency": "monthly", "premium": "100.00", "effective_on": date(2024, 12, 1), "paid_to": DUE, **changes}
    return a_policy(**terms)


def change(policy: Policy, **columns: Any) -> None:
    """What ``revise`` leaves on the policy."""
    Policy.objects.filter(pk=policy.pk).update(**columns)


def bill_planned(ctx: Context, policy: Policy) -> None:
    billing.bill(ctx, [policy.instalments.get(status="PLANNED").pk])


def story(policy: Policy) -> list[tuple]:
    rows = policy.instalments.order_by("number").values_list("number", "due_on", "until", "amount", "status")
    return [(number, due_on, until, str(amount), status) for number, due_on, until, amount, status in rows]


def test_what_is_planned_is_planned_anew_with_the_new_premium(ctx):
    policy = monthly()
    change(policy, premium=Decimal("130.00"))
    (new,) = billing.replan(ctx, [policy.pk], DUE)
    assert story(policy) == [
        (25, DUE, date(2027, 1, 1), "100.00", "CANCELLED"),
        (26, DUE, date(2027, 1, 1), "130.00", "PLANNED"),
    ]
    assert list(Agenda.objects.filter(kind=BILL).values_list("subject_id", flat=True)) == [new]


def test_a_new_frequency_pays_until_its_own_next_due_date(ctx):
    policy = monthly()
    change(policy, frequency="annual", premium=Decimal("1150.00"))
    billing.replan(ctx, [policy.pk], DUE)
    assert story(policy)[-1] == (26, DUE, date(2027, 12, 1), "1150.00", "PLANNED")


def test_what_is_billed_and_unpaid_is_written_back_and_billed_anew(ctx):
    policy = monthly()
    bill_planned(ctx, policy)
    bill_planned(ctx, policy)
    assert receivable_balance(policy.pk) == Decimal("200.00")
    change(policy, premium=Decimal("130.00"))
    billing.replan(ctx, [policy.pk], DUE)
    assert receivable_balance(policy.pk) == 0
    assert not Agenda.objects.filter(policy_id=policy.pk).exclude(kind=BILL).exists()
    assert Agenda.objects.get(kind=BILL).due_on <= TODAY
    bill_planned(ctx.on(TODAY + timedelta(days=1)), policy)
    assert receivable_balance(policy.pk) == Decimal("130.00")
    numbers = [number for number, *_ in story(policy)]
    assert numbers == sorted(set(numbers))


def test_what_is_paid_or_falls_due_before_stays(ctx):
    policy = monthly(paid_to=date(2026, 11, 1))
    bill_planned(ctx, policy)
    bill_planned(ctx, policy)
    a_receipt(policy, "100.00")
    change(policy, premium=Decimal("130.00"))
    billing.replan(ctx, [policy.pk], date(2027, 1, 1))
    assert [(due_on, amount, status) for _, due_on, _, amount, status in story(policy)] == [
        (date(2026, 11, 1), "100.00", "PAID"),
        (DUE, "100.00", "BILLED"),
        (date(2027, 1, 1), "100.00", "CANCELLED"),
        (date(2027, 1, 1), "130.00", "PLANNED"),
    ]
    assert Policy.objects.get(pk=policy.pk).paid_to == DUE


def test_premium_in_grace_that_is_asked_for_anew_has_its_full_time(ctx):
    policy = monthly(effective_on=date(2024, 11, 1), paid_to=date(2026, 11, 1))
    bill_planned(ctx.on(date(2026, 10, 20)), policy)
    billing.enter_grace(ctx, [policy.instalments.earliest("due_on").pk])
    policies.enter_grace(ctx, [policy.pk])
    before = policy.instalments.earliest("due_on").grace_ends_on
    change(policy, premium=Decimal("130.00"))
    billing.replan(ctx, [policy.pk], date(2026, 11, 1))
    after = Policy.objects.get(pk=policy.pk)
    assert (after.premium_status, after.paid_to) == ("PAYING", date(2026, 11, 1))
    bill_planned(ctx, policy)
    assert policy.instalments.get(status="BILLED").grace_ends_on >= max(before, TODAY + timedelta(days=30))


def test_a_suspended_policy_keeps_what_suspended_it(ctx):
    policy = monthly(effective_on=date(2024, 9, 1), paid_to=date(2026, 9, 1))
    bill_planned(ctx, policy)
    a_lapse(policy, date(2026, 12, 20))
    change(policy, premium=Decimal("130.00"))
    billing.replan(ctx, [policy.pk], date(2026, 9, 1))
    assert policy.instalments.filter(status="OVERDUE").count() == 1
    assert not policy.instalments.filter(status="PLANNED").exists()
    assert Policy.objects.get(pk=policy.pk).paid_to == date(2026, 9, 1)


def test_nothing_is_planned_where_no_more_premium_is_due(ctx):
    policy = monthly()
    change(policy, premium_ends_on=DUE)
    assert billing.replan(ctx, [policy.pk], DUE) == []
    assert not policy.instalments.exclude(status="CANCELLED").exists()


def bill_days(policy: Policy) -> list[date]:
    return list(Agenda.objects.filter(kind=BILL, policy_id=policy.pk).values_list("due_on", flat=True))


def test_what_falls_due_with_a_scheduled_change_is_billed_on_that_day(ctx):
    policy = monthly()
    as_usual = bill_days(policy)
    billing.put_off_billing(ctx, policy.pk, DUE)
    assert (len(story(policy)), bill_days(policy)) == (1, [DUE])
    billing.bill_as_usual(ctx, policy.pk)
    assert bill_days(policy) == as_usual
    assert not PutOff.objects.exists()


def test_what_is_billed_too_early_is_taken_back_and_comes_on_that_day(ctx):
    policy = monthly()
    bill_planned(ctx, policy)
    billing.put_off_billing(ctx, policy.pk, DUE)
    assert (receivable_balance(policy.pk), bill_days(policy)) == (0, [DUE])
    assert [status for *_, status in story(policy)] == ["CANCELLED", "CANCELLED", "PLANNED"]


def test_what_is_planned_later_waits_for_the_change_too(ctx):
    policy = monthly()
    change_on = date(2027, 1, 1)
    billing.put_off_billing(ctx, policy.pk, change_on)
    assert bill_days(policy) != [change_on]
    bill_planned(ctx, policy)
    planned = policy.instalments.get(status="PLANNED")
    assert Agenda.objects.get(kind=BILL, subject_id=planned.pk).due_on == change_on


def test_putting_off_twice_is_once_and_the_change_itself_ends_it(ctx):
    policy = monthly()
    billing.put_off_billing(ctx, policy.pk, DUE)
    billing.put_off_billing(ctx, policy.pk, DUE)
    assert PutOff.objects.count() == 1
    change(policy, premium=Decimal("130.00"))
    billing.replan(ctx.on(DUE), [policy.pk], DUE)
    assert not PutOff.objects.exists()
    bill_planned(ctx.on(DUE), policy)
    assert receivable_balance(policy.pk) == Decimal("130.00")


def test_what_is_charged_tells_its_periods_and_leaves_out_what_is_not(ctx):
    policy = monthly()
    bill_planned(ctx, policy)
    a_receipt(policy, "100.00")
    bill_planned(ctx, policy)
    periods = selectors.charged(policy.pk)
    assert [(each.number, each.due_on, each.until, each.status) for each in periods] == [
        (25, DUE, date(2027, 1, 1), "PAID"),
        (26, date(2027, 1, 1), date(2027, 2, 1), "BILLED"),
    ]
    assert selectors.paid_premiums(policy.pk) == periods[:1]


def test_a_period_written_before_its_end_was_kept_is_counted_from_the_frequency(ctx):
    policy = monthly()
    bill_planned(ctx, policy)
    policy.instalments.update(until=None)
    assert [each.until for each in selectors.charged(policy.pk)] == [date(2027, 1, 1)]


def test_premium_written_back_with_the_cover_is_not_charged(ctx):
    policy = monthly(effective_on=date(2024, 9, 1), paid_to=date(2026, 9, 1))
    bill_planned(ctx, policy)
    a_lapse(policy, date(2026, 12, 20))
    assert selectors.charged(policy.pk) == []


def test_cancelling_posts_only_what_was_receivable(ctx):
    policy = monthly()
    bill_planned(ctx, policy)
    postings = Posting.objects.count()
    rows = [Row(*values) for values in policy.instalments.order_by("number").values_list(*Row._fields)]
    instalments.cancel(ctx, rows)
    assert Posting.objects.count() == postings + 2
    assert suspense_balance(policy.pk) == 0
