"""Two paths, one truth: the set-based steps against the pure rules, object by object, on a generated book."""

import random
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest

from apps.billing import services as billing
from apps.billing.models import UNPAID, Instalment, Receipt
from apps.operations.agenda import GRACE, LAPSE, REMIND
from apps.operations.models import Agenda
from apps.parties import reaching
from apps.parties.models import Consent
from apps.parties.states import ConsentPurpose
from apps.policies import services as policies
from apps.policies.models import Hold, Policy
from apps.policies.selectors import BLOCKING_LAPSE
from apps.policies.states import HoldKind, PolicyStatus
from apps.products import selectors as products
from apps.renewals import rules
from apps.renewals.models import Reminder
from tests.premiums import entries, night

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NIGHT = date(2026, 9, 20)
SIZE = 42


def leave_alone(ctx, checker, premium):
    pass


def key(ctx, checker, premium):
    return billing.key_receipt(
        ctx,
        policy_number=premium.policy.number,
        amount=Decimal("1200.00"),
        channel="transfer",
        channel_ref=f"T{premium.policy.pk}",
        value_on=min(ctx.business_date, premium.instalment.due_on),
        key=f"K{premium.policy.pk}",
    )


def pay_in_full(ctx, checker, premium):
    billing.confirm_receipt(checker, key(ctx, checker, premium).pk)


def hold(kind, ctx, checker, premium):
    policies.place_hold(ctx, policy_id=premium.policy.pk, kind=kind, reason="a reason")


def opt_out(ctx, checker, premium):
    holder = premium.policy.holder_id
    reaching.give_consent(ctx, party_id=holder, purpose=ConsentPurpose.REMINDERS)
    reaching.withdraw_consent(ctx, party_id=holder, purpose=ConsentPurpose.REMINDERS)


@pytest.fixture
def book(ctx, checker, a_premium):
    """Premiums due over five months, each with a fate of its own; the same book every time."""
    chance = random.Random(20261122)
    claim, pledge = partial(hold, HoldKind.CLAIM), partial(hold, HoldKind.PLEDGE)
    fates = [leave_alone, leave_alone, key, pay_in_full, claim, pledge, opt_out]
    for number in range(SIZE):
        premium = a_premium(NIGHT - 95 * DAY + chance.randrange(130) * DAY)
        fates[number % len(fates)](ctx.on(NIGHT), checker.on(NIGHT), premium)


@pytest.fixture
def at_most(django_assert_max_num_queries):
    """A step takes so many statements however many policies are due."""
    return django_assert_max_num_queries


def lapse_facts(instalment: Instalment) -> rules.LapseFacts:
    policy = Policy.objects.get(pk=instalment.policy_id)
    return rules.LapseFacts(
        unpaid=instalment.status in UNPAID,
        in_force=policy.status == PolicyStatus.IN_FORCE,
        grace_ends_on=instalment.grace_ends_on,
        receipt_in_flight=Receipt.objects.filter(policy=policy, status="KEYED").exists(),
        blocking_hold=Hold.objects.filter(policy=policy, kind__in=BLOCKING_LAPSE, released_on=None).exists(),
        non_forfeiture=products.terms_of(policy.product_version_id).non_forfeiture.default,
    )


def wants_reminders(policy: Policy) -> bool:
    newest = Consent.objects.filter(party=policy.holder_id, purpose=ConsentPurpose.REMINDERS).order_by("pk").last()
    return newest is None or newest.given


def test_grace_begins_exactly_where_the_rule_says(ctx, book, at_most):
    due = {entry.subject_id for entry in entries(GRACE, NIGHT)}
    before = {each.pk: each for each in Instalment.objects.filter(pk__in=due)}
    with at_most(20):
        night(ctx, NIGHT, GRACE)
    after = dict(Instalment.objects.filter(pk__in=due).values_list("pk", "status"))
    expected = {
        key: "IN_GRACE" if rules.grace_begins(each.status in UNPAID, each.due_on, NIGHT) else each.status
        for key, each in before.items()
    }
    assert len(due) > SIZE / 4
    assert after == expected


def test_policies_are_suspended_or_wait_exactly_where_the_rule_says(ctx, book, at_most):
    night(ctx, NIGHT, GRACE)
    due = {entry.subject_id: entry for entry in entries(LAPSE, NIGHT)}
    instalments = Instalment.objects.in_bulk(due)
    decisions = {key: rules.lapse_decision(lapse_facts(each), NIGHT) for key, each in instalments.items()}
    with at_most(50):
        night(ctx, NIGHT, LAPSE)
    for key, decision in decisions.items():
        policy = Policy.objects.get(pk=instalments[key].policy_id)
        next_on = Agenda.objects.filter(pk=due[key].id).values_list("due_on", flat=True).first()
        suspended = isinstance(decision, rules.Suspend)
        assert policy.suspended_on == (decision.suspended_on if suspended else None)
        assert next_on == (NIGHT + DAY if isinstance(decision, rules.Wait) else None)
    kinds = {type(decision) for decision in decisions.values()}
    assert {rules.Suspend, rules.Wait} <= kinds


def test_reminders_are_planned_and_skipped_exactly_where_the_rules_say(ctx, book, at_most):
    due = {entry.subject_id: entry for entry in entries(REMIND, NIGHT)}
    expected, next_on = set(), {}
    for key, instalment in Instalment.objects.in_bulk(due).items():
        policy = Policy.objects.get(pk=instalment.policy_id)
        cadence = products.terms_of(policy.product_version_id).reminder_days[policy.frequency]
        stages = rules.stages(cadence, instalment.due_on, instalment.grace_ends_on)
        plan = rules.planning(stages, since=due[key].due_on, on=NIGHT)
        unpaid, in_force = instalment.status in UNPAID, policy.status == PolicyStatus.IN_FORCE
        barred = policy.holds.filter(kind=HoldKind.NONDISCLOSURE, released_on=None).exists()
        wanted = wants_reminders(policy)
        reason = rules.why_not_remind(unpaid=unpaid, in_force=in_force, barred=barred, wanted=wanted)
        expected |= {(key, stage.days, reason or "superseded") for stage in plan.superseded}
        expected |= {(key, plan.current.days, reason or "")} if plan.current else set()
        next_on[due[key].id] = plan.next_on if unpaid else None
    with at_most(20):
        night(ctx, NIGHT, REMIND)
    assert set(Reminder.objects.values_list("instalment", "stage", "reason")) == expected
    assert {reason for _, _, reason in expected} >= {"", "opted_out", "superseded"}
    left = dict(Agenda.objects.filter(pk__in=next_on).values_list("pk", "due_on"))
    assert left == {key: day for key, day in next_on.items() if day}
