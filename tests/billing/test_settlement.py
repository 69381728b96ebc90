"""Money in suspense pays whole instalments, and the policy follows."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from apps.audit.models import Event
from apps.billing import services as billing
from apps.billing.models import Allocation, Instalment
from apps.billing.selectors import receivable_balance, suspense_balance
from apps.operations.models import Agenda
from apps.policies import services as policies
from apps.policies.models import Policy
from apps.policies.states import HoldKind, TerminationCode
from tests.conftest import TODAY
from tests.factories import a_lapse, a_policy, a_receipt

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy(ctx) -> Policy:
    """Due on 1 October, in grace until 30 November."""
    policy = a_policy(effective_on=date(2022, 10, 1), paid_to=date(2026, 10, 1))
    instalment = policy.instalments.get()
    billing.bill(ctx.on(date(2026, 9, 20)), [instalment.pk])
    billing.enter_grace(ctx, [instalment.pk])
    policies.enter_grace(ctx, [policy.pk])
    return policy


def oldest(policy: Policy) -> Instalment:
    return policy.instalments.earliest("due_on")


def reread(policy: Policy) -> Policy:
    return Policy.objects.get(pk=policy.pk)


def test_the_exact_amount_pays_and_ends_grace(policy):
    done = a_receipt(policy, "1200.00")
    assert (done.paid, done.left, done.waiting) == ((5,), 0, None)
    assert (oldest(policy).status, oldest(policy).paid_on) == ("PAID", TODAY)
    assert (reread(policy).premium_status, reread(policy).paid_to) == ("PAYING", date(2027, 10, 1))
    assert receivable_balance(policy.pk) == suspense_balance(policy.pk) == 0
    assert not Agenda.objects.filter(subject_id=oldest(policy).pk, kind__in=["grace", "lapse", "remind"]).exists()
    assert Event.objects.get(name="instalment.paid").payload["in_grace"] is True


def test_more_than_is_due_waits_for_the_next_bill(policy):
    done = a_receipt(policy, "1300.50")
    assert (done.paid, done.left, done.waiting.code) == ((5,), Decimal("100.50"), "money_waits_next_bill")
    assert suspense_balance(policy.pk) == Decimal("100.50")


def test_less_than_is_due_waits_for_the_rest(policy):
    done = a_receipt(policy, "1000.00")
    assert (done.paid, done.left, done.waiting.code) == ((), Decimal("1000.00"), "money_waits_too_little")
    assert oldest(policy).status == "IN_GRACE"
    assert a_receipt(policy, "200.00").paid == (5,)
    assert [str(amount) for amount in Allocation.objects.order_by("pk").values_list("amount", flat=True)] == [
        "1000.00",
        "200.00",
    ]


def test_the_last_day_of_grace_is_in_time_and_the_next_is_not(policy):
    late = date(2026, 12, 1)
    waits = a_receipt(policy, "1200.00", value_on=late, on=late)
    assert (waits.paid, waits.waiting.code) == ((), "money_waits_paid_late")
    assert a_receipt(policy, "1200.00", value_on=date(2026, 11, 30), on=late).paid == (5,)


def test_a_payment_made_in_time_undoes_the_suspension(policy):
    lapse_day = date(2026, 12, 1)
    a_lapse(policy, lapse_day)
    assert receivable_balance(policy.pk) == 0
    done = a_receipt(policy, "1200.00", value_on=date(2026, 11, 30), on=lapse_day + timedelta(days=2))
    assert (done.paid, done.left) == ((5,), 0)
    after = reread(policy)
    assert (after.status, after.premium_status, after.suspended_on) == ("IN_FORCE", "PAYING", None)
    assert receivable_balance(policy.pk) == suspense_balance(policy.pk) == 0
    names = Event.objects.filter(policy_id=policy.pk, business_date=lapse_day + timedelta(days=2)).order_by("pk")
    assert list(names.values_list("name", flat=True)) == [
        "receipt.keyed",
        "receipt.confirmed",
        "policy.suspension_undone",
        "instalment.grace_restored",
        "instalment.paid",
        "policy.payment_resumed",
    ]


def test_a_late_payment_leaves_the_suspension_and_says_so(policy):
    a_lapse(policy, date(2026, 12, 1))
    done = a_receipt(policy, "1200.00", value_on=date(2026, 12, 1), on=date(2026, 12, 3))
    assert (done.paid, done.waiting.code) == ((), "money_waits_policy_suspended")
    assert reread(policy).status == "SUSPENDED"
    assert suspense_balance(policy.pk) == Decimal("1200.00")


def test_paying_an_older_instalment_whose_payment_bounced_does_not_undo_the_suspension(ctx):
    policy = a_policy(frequency="monthly", premium="100.00", effective_on=date(2024, 9, 1), paid_to=date(2026, 9, 1))
    billing.bill(ctx, [policy.instalments.get().pk])
    bounced = a_receipt(policy, "100.00", value_on=date(2026, 9, 1)).receipt
    billing.bill(ctx, [policy.instalments.get(status="PLANNED").pk])
    a_lapse(policy, policy.instalments.get(status="BILLED").grace_ends_on + timedelta(days=1))
    later = date(2027, 1, 10)
    billing.reverse_receipt(ctx.on(later), bounced.pk, "bounced")
    done = a_receipt(policy, "100.00", value_on=later, on=later)
    assert (done.paid, done.waiting.code) == ((), "money_waits_policy_suspended")
    assert reread(policy).status == "SUSPENDED"


def test_an_undone_suspension_brings_back_all_that_was_owed(ctx):
    policy = a_policy(frequency="monthly", effective_on=date(2026, 1, 10), paid_to=date(2026, 9, 10))
    for day in range(4):
        billing.bill(ctx.on(TODAY + timedelta(days=day)), [policy.instalments.get(status="PLANNED").pk])
    a_lapse(policy, date(2026, 11, 26))
    Agenda.objects.all().delete()
    done = a_receipt(policy, "1200.00", value_on=date(2026, 11, 9), on=date(2026, 11, 27))
    assert done.paid == (9,)
    statuses = policy.instalments.order_by("number").values_list("status", flat=True)
    assert list(statuses) == ["PAID", "IN_GRACE", "IN_GRACE", "BILLED", "PLANNED"]
    assert receivable_balance(policy.pk) == Decimal("3600.00")
    assert reread(policy).premium_status == "GRACE"
    kinds = Agenda.objects.filter(policy_id=policy.pk).values_list("kind", flat=True)
    assert sorted(set(kinds)) == ["bill", "grace", "lapse", "remind"]


def test_what_was_not_asked_for_during_a_suspension_that_is_undone_has_thirty_days(ctx):
    policy = a_policy(frequency="monthly", premium="100.00", effective_on=date(2024, 12, 1), paid_to=date(2026, 12, 1))
    billing.bill(ctx, [policy.instalments.get().pk])
    billing.bill(ctx.on(date(2026, 12, 28)), [policy.instalments.get(status="PLANNED").pk])
    a_lapse(policy, date(2027, 1, 31))
    learnt = date(2027, 3, 11)
    a_receipt(policy, "100.00", value_on=date(2027, 1, 20), on=learnt)
    first, second, _ahead = policy.instalments.order_by("due_on")
    assert (first.status, first.grace_ends_on) == ("PAID", date(2027, 1, 30))
    assert (second.status, second.grace_ends_on) == ("IN_GRACE", learnt + timedelta(days=30))
    assert Agenda.objects.get(kind="lapse", subject_id=second.pk).due_on == learnt + timedelta(days=31)


def test_the_last_instalment_makes_the_policy_paid_up(ctx):
    policy = a_policy(effective_on=date(2022, 10, 1), premium_years=5, paid_to=date(2026, 10, 1))
    billing.bill(ctx, [policy.instalments.get().pk])
    assert a_receipt(policy, "1200.00").paid == (5,)
    after = reread(policy)
    assert (after.premium_status, after.paid_to) == ("PAID_UP", date(2027, 10, 1))


def test_money_for_a_policy_that_has_ended_waits_to_be_paid_back(ctx, policy):
    policies.terminate(ctx, {policy.pk: TODAY}, code=TerminationCode.SURRENDER)
    done = a_receipt(policy, "1200.00")
    assert (done.paid, done.waiting.code) == ((), "money_waits_policy_ended")
    assert suspense_balance(policy.pk) == Decimal("1200.00")


def test_no_premium_is_taken_while_a_non_disclosure_is_looked_into(ctx, policy):
    policies.place_hold(ctx, policy_id=policy.pk, kind=HoldKind.NONDISCLOSURE, reason="hospital record")
    assert a_receipt(policy, "1200.00").waiting.code == "money_waits_premium_barred"
    policies.release_hold(ctx, policy_id=policy.pk, kind=HoldKind.NONDISCLOSURE, reason="nothing in it")
    assert oldest(policy).status == "PAID"


def test_settling_again_changes_nothing(ctx, policy):
    a_receipt(policy, "1300.00")
    events = Event.objects.count()
    assert billing.settle(ctx, [policy.pk]) == []
    assert Event.objects.count() == events
