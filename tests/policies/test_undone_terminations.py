"""A surrender is undone: the policy stands as before, and its premium is asked for again."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from apps.audit.models import Event
from apps.billing import services as billing
from apps.billing.selectors import receivable_balance
from apps.core.errors import Refused
from apps.operations.models import Agenda
from apps.policies import services as policies
from apps.policies.models import Policy
from apps.policies.states import TerminationCode
from tests.conftest import TODAY
from tests.factories import a_lapse, a_policy

pytestmark = pytest.mark.django_db


def surrendered(ctx, **terms) -> Policy:
    policy = a_policy(**terms)
    policies.terminate(ctx, {policy.pk: TODAY}, code=TerminationCode.SURRENDER)
    return policy


def reread(policy: Policy) -> Policy:
    return Policy.objects.get(pk=policy.pk)


def test_it_is_in_force_again_and_will_end_with_its_term(ctx):
    policy = surrendered(ctx, years=30)
    assert policies.undo_termination(ctx, [policy.pk], reason="withdrawn in time") == [policy.pk]
    after = reread(policy)
    assert (after.status, after.terminated_on, after.termination_code) == ("IN_FORCE", None, "")
    assert Agenda.objects.get(kind="expire", subject_id=policy.pk).due_on == after.ends_on
    assert Event.objects.get(name="policy.termination_undone").reason == "withdrawn in time"


def test_what_was_planned_is_planned_again_under_a_new_number(ctx):
    policy = surrendered(ctx)
    first = policy.instalments.get()
    policies.undo_termination(ctx, [policy.pk], reason="withdrawn")
    again = policy.instalments.get(status="PLANNED")
    assert (first.status, again.number, again.due_on) == ("CANCELLED", first.number + 1, first.due_on)
    assert Agenda.objects.filter(kind="bill", subject_id=again.pk).exists()


def test_what_had_been_billed_is_billed_again_with_its_full_time(ctx):
    policy = a_policy(effective_on=date(2022, 10, 1), paid_to=date(2026, 10, 1))
    billing.bill(ctx, [policy.instalments.get().pk])
    billing.enter_grace(ctx, [policy.instalments.earliest("due_on").pk])
    policies.enter_grace(ctx, [policy.pk])
    policies.terminate(ctx, {policy.pk: TODAY}, code=TerminationCode.SURRENDER)
    later = ctx.on(TODAY + timedelta(days=40))
    policies.undo_termination(later, [policy.pk], reason="withdrawn")
    assert (reread(policy).premium_status, reread(policy).paid_to) == ("PAYING", date(2026, 10, 1))
    planned = policy.instalments.get(status="PLANNED")
    assert planned.due_on == date(2026, 10, 1)
    billing.bill(later, [planned.pk])
    billed = policy.instalments.get(status="BILLED")
    assert billed.grace_ends_on >= later.business_date + timedelta(days=30)
    assert receivable_balance(policy.pk) == billed.amount


def test_one_that_was_suspended_is_suspended_again(ctx):
    policy = a_policy(effective_on=date(2022, 9, 1), paid_to=date(2026, 9, 1))
    billing.bill(ctx, [policy.instalments.get().pk])
    a_lapse(policy, date(2026, 12, 20))
    suspended_on = reread(policy).suspended_on
    assert suspended_on
    policies.terminate(ctx, {policy.pk: date(2026, 12, 21)}, code=TerminationCode.SURRENDER)
    policies.undo_termination(ctx, [policy.pk], reason="withdrawn")
    after = reread(policy)
    assert (after.status, after.suspended_on, after.premium_status) == ("SUSPENDED", suspended_on, "OVERDUE")
    assert not policy.instalments.exclude(status="CANCELLED").exists()
    assert after.paid_to == date(2026, 9, 1)


@pytest.mark.parametrize("code", [TerminationCode.CLAIM, TerminationCode.MATURITY, TerminationCode.RESCISSION])
def test_what_ended_otherwise_stays_ended(ctx, code):
    policy = a_policy()
    policies.terminate(ctx, {policy.pk: TODAY}, code=code)
    events = Event.objects.count()
    assert policies.undo_termination(ctx, [policy.pk], reason="mistake") == []
    assert (reread(policy).status, Event.objects.count()) == ("TERMINATED", events)


@pytest.mark.promise("P14")
def test_the_database_revives_none_that_ended_otherwise(ctx):
    policy = a_policy()
    policies.terminate(ctx, {policy.pk: TODAY}, code=TerminationCode.CLAIM)
    with pytest.raises(DatabaseError, match="ended for good"), transaction.atomic():
        Policy.objects.filter(pk=policy.pk).update(status="IN_FORCE")
    assert reread(policy).status == "TERMINATED"


def test_it_needs_a_reason(ctx):
    policy = surrendered(ctx)
    with pytest.raises(Refused):
        policies.undo_termination(ctx, [policy.pk], reason=" ")
    assert reread(policy).status == "TERMINATED"
