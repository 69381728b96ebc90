"""The night's work on policies."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from apps.operations.agenda import EFFECT, EXPIRE, Entry, Outcome
from apps.operations.models import Agenda
from apps.policies import services as policies
from apps.policies import steps
from apps.policies.models import Policy
from apps.policies.states import HoldKind
from tests.conftest import TODAY
from tests.factories import a_policy, a_product_version

TOMORROW = TODAY + timedelta(days=1)


def entries(kind: str) -> list[Entry]:
    fields = ("id", "due_on", "policy_id", "subject_id")
    return [Entry(*row) for row in Agenda.objects.filter(kind=kind).order_by("id").values_list(*fields)]


def of(policy: Policy, kind: str) -> int:
    return Agenda.objects.get(kind=kind, policy_id=policy.pk).pk


@pytest.mark.django_db
def test_policies_take_effect_on_their_day_and_wait_for_their_first_premium(ctx):
    due, unpaid = a_policy(effective_on=TOMORROW), a_policy(effective_on=TOMORROW, premium_status="FIRST_DUE")
    outcome = steps.effect(ctx.on(TOMORROW), entries(EFFECT))
    assert outcome == Outcome([of(due, EFFECT)], {of(unpaid, EFFECT): TOMORROW + timedelta(days=1)}, [])
    assert Policy.objects.get(pk=due.pk).status == "IN_FORCE"
    assert due.instalments.get().status == "PLANNED"


@pytest.mark.django_db
@pytest.mark.parametrize(("at_term_end", "code"), [("expire", "10"), ("mature", "01"), ("renew", "10")])
def test_a_policy_ends_with_its_term_as_its_product_says(ctx, at_term_end, code):
    if at_term_end == "renew":
        product = a_product_version("MED01")
        policy = a_policy(product="MED01", effective_on=date(2025, 11, 22), years=1, premium_years=1)
    else:
        product = a_product_version("ENDS01", at_term_end)
        policy = a_policy(product="ENDS01", effective_on=date(2016, 11, 22), years=10, premium_years=10)
    assert policy.product_version == product
    entry = of(policy, EXPIRE)
    assert steps.expire(ctx, entries(EXPIRE)) == Outcome([entry], {}, [])
    policy = Policy.objects.get(pk=policy.pk)
    assert (policy.status, policy.termination_code, policy.terminated_on) == ("TERMINATED", code, TODAY)


@pytest.mark.django_db
def test_an_open_claim_keeps_a_policy_from_expiring(ctx):
    policy = a_policy(effective_on=date(2016, 11, 22), years=10, premium_years=10)
    policies.place_hold(ctx, policy_id=policy.pk, kind=HoldKind.CLAIM, reason="claim 7")
    assert steps.expire(ctx, entries(EXPIRE)) == Outcome([], {of(policy, EXPIRE): TOMORROW}, [])
    assert Policy.objects.get(pk=policy.pk).status == "IN_FORCE"


@pytest.mark.django_db(transaction=True)
def test_a_policy_somebody_is_working_on_is_left_for_later(ctx, other_connection):
    busy, free = a_policy(effective_on=TOMORROW), a_policy(effective_on=TOMORROW)
    with other_connection() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM policies_policy WHERE id = %s FOR UPDATE", [busy.pk])
        with transaction.atomic():
            outcome = steps.effect(ctx.on(TOMORROW), entries(EFFECT))
        cursor.execute("ROLLBACK")
    assert outcome == Outcome([of(free, EFFECT)], {}, [of(busy, EFFECT)])
    assert Policy.objects.get(pk=busy.pk).status == "PENDING_EFFECT"
