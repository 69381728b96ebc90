from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from apps.audit.models import Event
from apps.billing import selectors as books
from apps.billing import services as billing
from apps.billing.states import InstalmentStatus
from apps.operations.agenda import GRACE, LAPSE, REMIND
from apps.operations.models import Agenda
from apps.parties import reaching
from apps.parties.states import ConsentPurpose
from apps.policies import services as policies
from apps.policies.states import HoldKind, PolicyStatus, PremiumStatus
from apps.renewals import selectors
from apps.renewals.models import Reminder
from apps.renewals.states import SkipReason
from tests.premiums import entries, night, pay

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
DUE = date(2026, 3, 16)
GRACE_END = date(2026, 5, 15)


def in_grace(ctx, premium):
    night(ctx, premium.instalment.due_on + DAY, GRACE)


def test_what_is_unpaid_the_day_after_its_due_date_is_in_grace(ctx, a_premium):
    premium = a_premium(DUE)
    night(ctx, DUE, GRACE)
    assert premium.fresh().instalment.status == InstalmentStatus.BILLED
    night(ctx, DUE + DAY, GRACE)
    assert premium.fresh().instalment.status == InstalmentStatus.IN_GRACE
    assert premium.fresh().policy.premium_status == PremiumStatus.GRACE
    assert not entries(GRACE, GRACE_END)


def test_what_is_paid_never_enters_grace(ctx, checker, a_premium):
    premium = a_premium(DUE)
    pay(ctx.on(DUE), checker.on(DUE), premium, DUE)
    night(ctx, DUE + DAY, GRACE)
    assert premium.fresh().policy.premium_status == PremiumStatus.PAYING


def test_a_policy_is_suspended_the_day_after_grace_and_the_event_says_why(ctx, checker, a_premium):
    premium = a_premium(DUE)
    in_grace(ctx, premium)
    pay(ctx.on(DUE + 9 * DAY), checker.on(DUE + 9 * DAY), premium, DUE + 9 * DAY, amount="300.00")
    night(ctx, GRACE_END, LAPSE)
    assert premium.fresh().policy.status == PolicyStatus.IN_FORCE
    night(ctx, GRACE_END + DAY, LAPSE)
    policy, instalment = premium.fresh().policy, premium.fresh().instalment
    assert (policy.status, policy.premium_status) == (PolicyStatus.SUSPENDED, PremiumStatus.OVERDUE)
    assert (policy.suspended_on, instalment.status) == (GRACE_END + DAY, InstalmentStatus.OVERDUE)
    grounds = Event.objects.get(name="policy.suspended").payload
    assert grounds == {
        "instalment": instalment.pk,
        "number": instalment.number,
        "due_on": "2026-03-16",
        "grace_ends_on": "2026-05-15",
        "amount": "1200.00",
        "currency": "CNY",
        "in_suspense": "300.00",
        "reminders_sent": [],
        "suspended_on": "2026-05-16",
        "cause": grounds["cause"],
    }
    assert books.receivable_balance(policy.pk) == 0


def test_suspension_waits_for_a_receipt_that_waits_for_its_second_person(ctx, checker, a_premium):
    premium = a_premium(DUE)
    in_grace(ctx, premium)
    receipt = billing.key_receipt(
        ctx.on(GRACE_END),
        policy_number=premium.policy.number,
        amount=Decimal("1200.00"),
        channel="transfer",
        channel_ref="T1",
        value_on=GRACE_END,
        key="K1",
    )
    night(ctx, GRACE_END + DAY, LAPSE)
    assert premium.fresh().policy.status == PolicyStatus.IN_FORCE
    assert [entry.due_on for entry in entries(LAPSE, GRACE_END + 9 * DAY)] == [GRACE_END + 2 * DAY]
    billing.reject_receipt(checker.on(GRACE_END + DAY), receipt.pk, "no such transfer")
    night(ctx, GRACE_END + 2 * DAY, LAPSE)
    assert premium.fresh().policy.suspended_on == GRACE_END + DAY


@pytest.mark.parametrize("kind", [HoldKind.CLAIM, HoldKind.LEGAL, HoldKind.DISPUTE])
def test_suspension_waits_while_a_claim_dispute_or_freeze_is_open(ctx, a_premium, kind):
    premium = a_premium(DUE)
    in_grace(ctx, premium)
    policies.place_hold(ctx.on(GRACE_END), policy_id=premium.policy.pk, kind=kind, reason="opened")
    night(ctx, GRACE_END + DAY, LAPSE)
    assert premium.fresh().policy.status == PolicyStatus.IN_FORCE
    policies.release_hold(ctx.on(GRACE_END + DAY), policy_id=premium.policy.pk, kind=kind, reason="closed")
    night(ctx, GRACE_END + 2 * DAY, LAPSE)
    assert premium.fresh().policy.status == PolicyStatus.SUSPENDED


def test_premium_that_was_barred_is_demanded_anew_and_suspends_nobody_before_thirty_days(ctx, a_premium):
    premium = a_premium(DUE)
    in_grace(ctx, premium)
    barred = {"policy_id": premium.policy.pk, "kind": HoldKind.NONDISCLOSURE}
    policies.place_hold(ctx.on(GRACE_END), **barred, reason="opened")
    night(ctx, GRACE_END + DAY, LAPSE)
    policies.release_hold(ctx.on(GRACE_END + DAY), **barred, reason="closed")
    night(ctx, GRACE_END + 31 * DAY, LAPSE)
    assert premium.fresh().policy.status == PolicyStatus.IN_FORCE
    night(ctx, GRACE_END + 32 * DAY, LAPSE)
    assert premium.fresh().policy.suspended_on == GRACE_END + 32 * DAY


def test_after_a_non_disclosure_was_looked_into_the_customer_has_thirty_days_again(ctx, a_premium):
    """B-01: he could not pay meanwhile."""
    premium = a_premium(DUE)
    in_grace(ctx, premium)
    hold = {"policy_id": premium.policy.pk, "kind": HoldKind.NONDISCLOSURE}
    policies.place_hold(ctx.on(GRACE_END), **hold, reason="undisclosed illness")
    released = GRACE_END + DAY
    policies.release_hold(ctx.on(released), **hold, reason="not material")
    night(ctx, released + 30 * DAY, LAPSE)
    assert premium.fresh().policy.status == PolicyStatus.IN_FORCE
    night(ctx, released + 31 * DAY, LAPSE)
    assert premium.fresh().policy.status == PolicyStatus.SUSPENDED


def test_a_policy_that_nobody_put_in_grace_is_not_left_behind_in_paying(ctx, a_premium):
    premium = a_premium(DUE)
    night(ctx, GRACE_END + DAY, LAPSE)
    policy = premium.fresh().policy
    assert (policy.status, policy.premium_status) == (PolicyStatus.SUSPENDED, PremiumStatus.OVERDUE)


def test_grace_that_was_prolonged_moves_the_question(ctx, checker, a_premium):
    premium = a_premium(DUE)
    late = GRACE_END - 5 * DAY
    in_grace(ctx, premium)
    paid = pay(ctx.on(late), checker.on(late), premium, late)
    billing.reverse_receipt(ctx.on(GRACE_END), paid.receipt.pk, "bounced")
    night(ctx, GRACE_END + DAY, LAPSE)
    assert premium.fresh().policy.status == PolicyStatus.IN_FORCE
    assert [entry.due_on for entry in entries(LAPSE, GRACE_END + 99 * DAY)] == [GRACE_END + 31 * DAY]


@pytest.mark.django_db(transaction=True)
def test_a_policy_somebody_holds_is_left_for_later_and_the_others_go_on(ctx, a_premium, other_connection):
    held, free = a_premium(DUE), a_premium(DUE)
    with other_connection() as clerk, transaction.atomic():
        clerk.execute("BEGIN")
        clerk.execute("SELECT FROM policies_policy WHERE id = %s FOR NO KEY UPDATE", [held.policy.pk])
        outcome = night(ctx, GRACE_END + DAY, LAPSE)[LAPSE]
        clerk.execute("ROLLBACK")
    assert [len(outcome.done), len(outcome.locked)] == [1, 1]
    assert held.fresh().policy.status == PolicyStatus.IN_FORCE
    assert free.fresh().policy.status == PolicyStatus.SUSPENDED


@pytest.mark.promise("P04")
def test_reminders_are_planned_the_night_before_once_however_often_the_night_runs(ctx, a_premium):
    premium = a_premium(DUE)
    on = DUE - 16 * DAY
    due = entries(REMIND, DUE - 31 * DAY)
    assert [entry.due_on for entry in due] == [DUE - 31 * DAY]
    night(ctx, DUE - 31 * DAY, REMIND)
    for _ in range(5):
        Agenda.objects.filter(kind=REMIND).update(due_on=on)
        night(ctx, on, REMIND)
    planned = Reminder.objects.order_by("stage").values_list("stage", "stage_on", "expires_on", "status", "reason")
    assert list(planned) == [
        (-30, DUE - 30 * DAY, DUE - 16 * DAY, "planned", ""),
        (-15, DUE - 15 * DAY, DUE - 8 * DAY, "planned", ""),
    ]
    assert Event.objects.filter(name="reminder.planned", policy_id=premium.policy.pk).count() == 2


def test_a_whole_cadence_plans_every_stage_on_its_eve(ctx, a_premium):
    premium = a_premium(DUE)
    for days in range(-35, 61):
        night(ctx, DUE + days * DAY, REMIND)
    stages = Reminder.objects.filter(instalment=premium.instalment).order_by("stage")
    assert list(stages.values_list("stage", flat=True)) == [-30, -15, -7, -1, 0, 7, 15, 30, 45, 55, 59]
    assert all(reminder.planned_on == reminder.stage_on - DAY for reminder in stages)
    assert not entries(REMIND, GRACE_END + 99 * DAY)


@pytest.mark.promise("P05")
def test_after_missed_nights_the_stages_that_passed_are_on_record_as_superseded(ctx, a_premium):
    a_premium(DUE)
    night(ctx, DUE + 6 * DAY, REMIND)
    reminders = Reminder.objects.order_by("stage").values_list("stage", "status", "reason")
    assert list(reminders) == [
        *((stage, "skipped", "superseded") for stage in (-30, -15, -7, -1, 0)),
        (7, "planned", ""),
    ]


@pytest.mark.promise("P06")
def test_a_holder_who_said_no_is_not_reminded_and_may_change_his_mind(ctx, a_premium):
    premium = a_premium(DUE)
    holder = premium.policy.holder_id
    reaching.withdraw_consent(ctx, party_id=holder, purpose=ConsentPurpose.REMINDERS)
    night(ctx, DUE - 31 * DAY, REMIND)
    reaching.give_consent(ctx, party_id=holder, purpose=ConsentPurpose.REMINDERS)
    night(ctx, DUE - 16 * DAY, REMIND)
    reminders = Reminder.objects.order_by("stage").values_list("stage", "status", "reason")
    assert list(reminders) == [(-30, "skipped", SkipReason.OPTED_OUT), (-15, "planned", "")]
    assert Event.objects.get(name="reminder.skipped").payload["skipped"] == "opted_out"


def test_nobody_is_asked_for_premium_while_a_non_disclosure_is_looked_into(ctx, a_premium):
    premium = a_premium(DUE)
    barred = {"policy_id": premium.policy.pk, "kind": HoldKind.NONDISCLOSURE}
    policies.place_hold(ctx.on(DUE - 32 * DAY), **barred, reason="undisclosed illness")
    night(ctx, DUE - 31 * DAY, REMIND)
    policies.release_hold(ctx.on(DUE - 20 * DAY), **barred, reason="not material")
    night(ctx, DUE - 16 * DAY, REMIND)
    reminders = Reminder.objects.order_by("stage").values_list("stage", "status", "reason")
    assert list(reminders) == [(-30, "skipped", SkipReason.BARRED), (-15, "planned", "")]


def test_what_is_paid_leaves_the_cadence(ctx, checker, a_premium):
    premium = a_premium(DUE)
    pay(ctx.on(DUE), checker.on(DUE), premium, DUE)
    assert not entries(REMIND, GRACE_END)
    assert selectors.still_wanted([premium.instalment.pk]) == {premium.instalment.pk: SkipReason.PAID}


def test_a_suspended_policy_is_not_reminded(ctx, a_premium):
    premium = a_premium(DUE)
    night(ctx, GRACE_END + DAY, LAPSE)
    assert selectors.still_wanted([premium.instalment.pk]) == {premium.instalment.pk: SkipReason.NOT_IN_FORCE}
