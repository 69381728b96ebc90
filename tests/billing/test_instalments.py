"""The life of an instalment: planned, billed, in grace, overdue or cancelled."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import count, takewhile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.audit.models import Event
from apps.billing import services as billing
from apps.billing import steps
from apps.billing.models import UNPAID, Instalment, Posting
from apps.billing.selectors import receivable_balance
from apps.core.dates import MONTHS_BETWEEN_INSTALMENTS, add_years, due_date
from apps.deadlines import services as deadlines
from apps.operations import services as operations
from apps.operations.agenda import BILL, Entry
from apps.operations.models import Agenda
from apps.policies import services as policies
from apps.policies.models import Policy
from apps.policies.states import HoldKind, TerminationCode
from tests.conftest import TODAY
from tests.factories import a_lapse, a_policy, a_receipt, the_system

pytestmark = pytest.mark.django_db
TOMORROW = TODAY + timedelta(days=1)


def billed(ctx, **terms) -> tuple[Policy, Instalment]:
    policy = a_policy(**terms)
    instalment = policy.instalments.get()
    billing.bill(ctx, [instalment.pk])
    return policy, Instalment.objects.get(pk=instalment.pk)


def statuses(policy: Policy) -> list[str]:
    return list(policy.instalments.order_by("number").values_list("status", flat=True))


def agenda(instalment: Instalment) -> dict[str, date]:
    return dict(Agenda.objects.filter(subject_id=instalment.pk).exclude(kind="expire").values_list("kind", "due_on"))


def entries() -> list[Entry]:
    return [
        Entry(*row) for row in Agenda.objects.filter(kind=BILL).values_list("id", "due_on", "policy_id", "subject_id")
    ]


def test_an_issued_policy_has_its_next_instalment_planned(ctx):
    policy = a_policy()
    instalment = policy.instalments.get()
    assert (instalment.number, instalment.due_on, instalment.status) == (4, date(2027, 3, 15), "PLANNED")
    assert instalment.grace_ends_on == date(2027, 5, 14)
    assert agenda(instalment) == {"bill": date(2027, 2, 8)}
    assert billing.start_schedule(ctx, [policy.pk]) == []


@pytest.mark.parametrize(
    "terms",
    [
        {"frequency": "single", "premium_years": 0},
        {"premium_years": 3},
        {"effective_on": TOMORROW},
        {"premium_status": "PAID_UP"},
        {"premium": "0.00"},
    ],
)
def test_a_policy_that_owes_no_more_premium_has_nothing_planned(terms):
    assert not a_policy(**terms).instalments.exists()


def test_a_policy_taken_over_is_billed_from_its_cut_over_on():
    policy = a_policy(frequency="monthly", paid_to=date(2026, 3, 15), cutover_on=date(2026, 11, 1))
    assert policy.instalments.get().due_on == date(2026, 11, 15)


def test_billing_makes_the_premium_receivable_and_plans_what_follows(ctx):
    policy, instalment = billed(ctx)
    assert (instalment.status, instalment.billed_on) == ("BILLED", TODAY)
    assert receivable_balance(policy.pk) == Decimal("1200.00")
    assert agenda(instalment) == {
        "bill": date(2027, 2, 8),
        "grace": date(2027, 3, 16),
        "lapse": date(2027, 5, 15),
        "remind": date(2027, 2, 12),
    }
    following = policy.instalments.get(number=5)
    assert (following.status, following.due_on) == ("PLANNED", date(2028, 3, 15))


def test_nothing_is_planned_after_the_last_instalment(ctx):
    policy, _ = billed(ctx, premium_years=4)
    assert statuses(policy) == ["BILLED"]


def test_due_dates_stay_anchored_through_short_months(ctx):
    policy = a_policy(effective_on=date(2025, 12, 31), frequency="monthly", paid_to=date(2026, 11, 30))
    for _ in range(4):
        billing.bill(ctx, [policy.instalments.get(status="PLANNED").pk])
        ctx = ctx.on(ctx.business_date + timedelta(days=1))
    due = policy.instalments.order_by("number").values_list("due_on", flat=True)
    assert [day.isoformat() for day in due] == ["2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28", "2027-03-31"]


def test_billing_twice_bills_once(ctx):
    policy, instalment = billed(ctx)
    assert billing.bill(ctx, [instalment.pk]) == []
    assert statuses(policy) == ["BILLED", "PLANNED"]
    assert Posting.objects.count() == 2


@pytest.mark.promise("P25")
def test_a_policy_gets_at_most_two_bills_a_night(ctx):
    policy = a_policy(effective_on=date(2024, 1, 20), frequency="monthly", paid_to=date(2026, 2, 20))
    for _ in range(100):
        billing.bill(ctx, policy.instalments.values_list("pk", flat=True))
    assert statuses(policy) == ["BILLED", "BILLED", "PLANNED"]
    assert Posting.objects.filter(account="RECEIVABLE").count() == 2


@pytest.mark.promise("P25")
def test_the_night_bills_the_third_one_tomorrow(ctx):
    policy = a_policy(effective_on=date(2024, 1, 20), frequency="monthly", paid_to=date(2026, 2, 20))
    for _ in range(2):
        outcome = steps.bill(ctx, entries()[-1:])
        assert (len(outcome.done), outcome.moved) == (1, {})
        Agenda.objects.filter(pk__in=outcome.done).delete()
    entry = entries()[0]
    assert steps.bill(ctx, [entry]).moved == {entry.id: TOMORROW}
    assert statuses(policy) == ["BILLED", "BILLED", "PLANNED"]


def test_a_suspended_policy_is_not_billed_and_leaves_the_night_in_peace(ctx):
    policy, instalment = billed(ctx)
    a_lapse(policy, instalment.grace_ends_on + timedelta(days=1))
    planned = policy.instalments.get(status="PLANNED")
    outcome = steps.bill(ctx, [each for each in entries() if each.subject_id == planned.pk])
    assert len(outcome.done) == 1
    assert billing.bill(ctx, [planned.pk]) == []
    assert statuses(policy) == ["OVERDUE", "PLANNED"]


def test_no_premium_is_asked_for_while_a_non_disclosure_is_looked_into(ctx):
    policy = a_policy()
    policies.place_hold(ctx, policy_id=policy.pk, kind=HoldKind.NONDISCLOSURE, reason="hospital record")
    entry = entries()[0]
    assert steps.bill(ctx, [entry]).moved == {entry.id: TOMORROW}
    assert statuses(policy) == ["PLANNED"]


def test_waiting_money_pays_the_bill_at_once(ctx):
    policy = a_policy()
    assert a_receipt(policy, "1500.00").waiting.code == "money_waits_next_bill"
    instalment = policy.instalments.get()
    billing.bill(ctx, [instalment.pk])
    instalment = Instalment.objects.get(pk=instalment.pk)
    assert (instalment.status, instalment.paid_on) == ("PAID", TODAY)
    assert set(agenda(instalment)) == {"bill"}
    assert Policy.objects.get(pk=policy.pk).paid_to == date(2028, 3, 15)


def test_grace_begins_the_day_after_the_due_date(ctx):
    policy, instalment = billed(ctx)
    assert billing.enter_grace(ctx.on(instalment.due_on), [instalment.pk]) == []
    assert billing.enter_grace(ctx.on(instalment.due_on + timedelta(days=1)), [instalment.pk]) == [instalment.pk]
    assert billing.enter_grace(ctx.on(instalment.due_on + timedelta(days=2)), [instalment.pk]) == []
    assert statuses(policy) == ["IN_GRACE", "PLANNED"]


def test_grace_that_ends_on_a_holiday_announced_later_moves_behind_it(ctx):
    rolling = a_policy(product="WHOLE01", effective_on=date(2022, 12, 9))
    fixed = a_policy(effective_on=date(2022, 12, 9))
    instalments = [policy.instalments.get() for policy in (rolling, fixed)]
    billing.bill(ctx, [each.pk for each in instalments])
    assert [each.grace_ends_on for each in instalments] == [date(2027, 2, 8), date(2027, 2, 7)]
    deadlines.announce_year(ctx, 2027, [date(2027, 2, 5) + timedelta(days=day) for day in range(8)], [])
    ends = [Instalment.objects.get(pk=each.pk).grace_ends_on for each in instalments]
    assert ends == [date(2027, 2, 15), date(2027, 2, 7)]
    assert agenda(instalments[0])["lapse"] == date(2027, 2, 16)
    assert Event.objects.filter(name="instalment.grace_extended").count() == 1


def test_what_is_unpaid_when_cover_is_suspended_is_written_back_as_a_whole(ctx):
    policy = a_policy(frequency="monthly", effective_on=date(2026, 1, 10), paid_to=date(2026, 9, 10))
    for _ in range(3):
        billing.bill(ctx, [policy.instalments.get(status="PLANNED").pk])
        ctx = ctx.on(ctx.business_date + timedelta(days=1))
    assert receivable_balance(policy.pk) == Decimal("3600.00")
    a_lapse(policy, ctx.business_date)
    assert statuses(policy) == ["OVERDUE", "OVERDUE", "OVERDUE", "PLANNED"]
    assert receivable_balance(policy.pk) == 0
    assert not Agenda.objects.filter(kind__in=["grace", "lapse", "remind"]).exists()


def test_the_end_of_a_policy_cancels_what_is_open(ctx):
    policy, _ = billed(ctx)
    policies.terminate(ctx, {policy.pk: TODAY}, code=TerminationCode.SURRENDER)
    assert statuses(policy) == ["CANCELLED", "CANCELLED"]
    assert receivable_balance(policy.pk) == 0
    assert not Agenda.objects.filter(policy_id=policy.pk).exists()
    assert Event.objects.filter(name="instalment.cancelled", policy_id=policy.pk).count() == 2


@pytest.mark.promise("P35")
def test_every_move_leaves_its_event_on_the_policy(ctx):
    policy, instalment = billed(ctx)
    a_lapse(policy, instalment.grace_ends_on + timedelta(days=1))
    names = Event.objects.filter(subject_type="billing.instalment", subject_id=instalment.pk).order_by("pk")
    assert list(names.values_list("name", "policy_id")) == [
        ("instalment.planned", policy.pk),
        ("instalment.billed", policy.pk),
        ("instalment.grace_started", policy.pk),
        ("instalment.fell_overdue", policy.pk),
    ]


@pytest.mark.parametrize("size", [1, 5])
def test_a_chunk_is_billed_with_the_same_number_of_statements_whatever_its_size(
    ctx, size, django_assert_max_num_queries
):
    ids = [a_policy().instalments.get().pk for _ in range(size)]
    with django_assert_max_num_queries(24):
        assert len(billing.bill(ctx, ids)) == size
    assert Instalment.objects.filter(status__in=UNPAID).count() == size


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dates(date(2019, 1, 1), date(2026, 11, 22)),
    st.sampled_from(list(MONTHS_BETWEEN_INSTALMENTS)),
    st.integers(1, 12),
    st.integers(0, 900),
)
def test_what_is_billed_night_after_night_is_what_the_rule_says(begins, frequency, years, cutover):
    ends, cutover_on = add_years(begins, years), begins + timedelta(days=cutover)
    policy = a_policy(effective_on=begins, frequency=frequency, premium_years=years, cutover_on=cutover_on)
    for day in range(12):
        planned = policy.instalments.filter(status="PLANNED").values_list("pk", flat=True)
        billing.bill(the_system().on(TODAY + timedelta(days=day)), planned)
    every = (due_date(begins, frequency, k) for k in count())
    wanted = takewhile(lambda due_on: due_on < ends, every)
    to_come = [due_on for due_on in wanted if due_on >= max(policy.paid_to, cutover_on)][:13]
    rows = policy.instalments.order_by("number").values_list("due_on", "grace_ends_on", "billed_on")
    assert [due_on for due_on, *_ in rows] == to_come
    for due_on, grace_ends_on, billed_on in rows:
        late = billed_on and billed_on > due_on
        assert grace_ends_on == max(due_on + timedelta(days=60), (billed_on if late else due_on) + timedelta(days=30))


@pytest.mark.django_db(transaction=True)
def test_premium_billed_only_when_its_grace_is_over_is_asked_for_and_suspends_nobody_before_thirty_days(ctx):
    operations.open_first_day(ctx, TODAY)
    policy = a_policy(effective_on=date(2022, 12, 1))
    policies.place_hold(ctx, policy_id=policy.pk, kind=HoldKind.NONDISCLOSURE, reason="undisclosed illness")
    released = date(2027, 2, 15)
    operations.close_day(the_system(), through=released - timedelta(days=1))
    policies.release_hold(ctx.on(released), policy_id=policy.pk, kind=HoldKind.NONDISCLOSURE, reason="not material")
    operations.close_day(the_system().on(released), through=released + timedelta(days=30))
    instalment = policy.instalments.earliest("due_on")
    assert (instalment.status, instalment.billed_on) == ("IN_GRACE", released)
    assert instalment.grace_ends_on == released + timedelta(days=30)
    assert Event.objects.filter(name="reminder.planned", policy_id=policy.pk).count() == 1
    operations.close_day(the_system().on(released + timedelta(days=31)))
    suspended = Policy.objects.get(pk=policy.pk)
    assert (suspended.status, suspended.suspended_on) == ("SUSPENDED", released + timedelta(days=31))
