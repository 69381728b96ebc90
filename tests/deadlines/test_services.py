"""Duties start, pause, restart, warn and breach by events alone."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.audit import services as audit
from apps.audit.events import EVENTS
from apps.audit.models import Event
from apps.core.calendar import published_calendar
from apps.core.context import Context
from apps.core.errors import BusinessError
from apps.deadlines import selectors, services, steps
from apps.deadlines.clocks import CLOCKS
from apps.deadlines.models import CalendarYear, Deadline
from apps.deadlines.services import Subjects
from apps.deadlines.states import DeadlineStatus as S

pytestmark = pytest.mark.django_db
NOTICE = CLOCKS["LAPSE_NOTICE"]
COMPLAINT = CLOCKS["COMPLAINT_SIMPLE"]
SUSPENDED = date(2026, 3, 2)


def subjects(*ids, type="policies.policy"):
    return Subjects(type, ids, ids)


def happens(ctx, name, *policies):
    audit.record_many(ctx, EVENTS[name], [audit.Fact(policy, policy) for policy in policies])


@pytest.fixture
def then(ctx):
    return lambda days=0: ctx.on(SUSPENDED + timedelta(days=days))


def status(policy=1):
    return Deadline.objects.values_list("status", flat=True).get(subject_id=policy)


def test_a_suspension_starts_the_duty_to_tell_the_customer(then, django_assert_num_queries):
    happens(then(), "policy.suspended", 1, 2, 3)
    deadline = Deadline.objects.get(subject_id=2)
    assert (deadline.clock, deadline.policy_id, deadline.status) == ("LAPSE_NOTICE", 2, S.RUNNING)
    assert (deadline.started_on, deadline.due_on) == (SUSPENDED, date(2026, 3, 16))
    assert Deadline.objects.count() == 3


def test_a_batch_costs_as_many_statements_as_a_single_one(then, django_assert_num_queries):
    with django_assert_num_queries(2):
        services.start(then(), NOTICE, subjects(*range(500)))
    with django_assert_num_queries(2):
        services.stop(then(1), NOTICE, subjects(*range(500)))


def test_the_notice_meets_the_duty(then):
    happens(then(), "policy.suspended", 1)
    happens(then(4), "lapse_notice.sent", 1)
    assert Deadline.objects.values_list("status", "ended_on").get() == (S.MET, SUSPENDED + timedelta(days=4))


def test_a_suspension_undone_leaves_no_duty(then):
    happens(then(), "policy.suspended", 1)
    happens(then(1), "policy.suspension_undone", 1)
    assert status() == S.CANCELLED
    happens(then(2), "policy.suspended", 1)
    assert Deadline.objects.filter(status=S.RUNNING).count() == 1


def test_the_same_duty_does_not_start_twice(then):
    services.start(then(), NOTICE, subjects(1))
    services.start(then(3), NOTICE, subjects(1, 2))
    assert Deadline.objects.filter(subject_id=1).values_list("started_on", flat=True).get() == SUSPENDED
    assert Deadline.objects.count() == 2


def test_the_night_warns_once_and_marks_what_is_overdue_once(then):
    happens(then(), "policy.suspended", 1)
    deadline = Deadline.objects.get()
    for days in range(20):
        steps.watch_deadlines(then(days), ())
    warned, breached = Event.objects.filter(name__startswith="deadline.").order_by("id")
    assert (warned.name, warned.business_date) == ("deadline.warned", deadline.warn_on - timedelta(days=1))
    assert (breached.name, breached.business_date) == ("deadline.breached", deadline.due_on)
    assert (warned.policy_id, warned.payload["clock"]) == (1, "效力中止通知")
    assert status() == S.BREACHED
    happens(then(20), "lapse_notice.sent", 1)
    assert status() == S.MET_LATE


def test_a_duty_done_on_its_last_day_is_met(then):
    happens(then(), "policy.suspended", 1)
    happens(then(14), "lapse_notice.sent", 1)
    steps.watch_deadlines(then(14), ())
    assert Deadline.objects.values_list("due_on", "status").get() == (SUSPENDED + timedelta(days=14), S.MET)


def test_paused_days_are_added_at_the_end(then):
    services.start(then(), COMPLAINT, subjects(1, 2))
    services.pause(then(5), COMPLAINT, subjects(1))
    services.breach(then(90))
    services.resume(then(95), COMPLAINT, subjects(1, 2))
    assert status(2) == S.BREACHED
    deadline = Deadline.objects.get(subject_id=1)
    assert (deadline.status, deadline.paused_days, deadline.paused_on) == (S.RUNNING, 90, None)
    assert deadline.due_on == SUSPENDED + timedelta(days=15 + 90)


def test_new_facts_start_the_period_anew(then):
    services.start(then(), COMPLAINT, subjects(1, 2))
    services.stop(then(3), COMPLAINT, subjects(2))
    services.restart(then(10), COMPLAINT, subjects(1, 2))
    old, new = Deadline.objects.filter(subject_id=1).order_by("id")
    assert (old.status, new.status) == (S.CANCELLED, S.RUNNING)
    assert new.due_on == SUSPENDED + timedelta(days=25)
    assert status(2) == S.MET, "what is done is done"


def test_an_announced_year_counts_provisional_duties_again(ctx):
    """T-06: the New Year holiday of 2027 moves a day that was counted by weekends alone."""
    services.start(ctx.on(date(2026, 12, 28)), NOTICE, subjects(1))
    services.start(ctx.on(date(2026, 11, 2)), NOTICE, subjects(2))
    before = Deadline.objects.get(subject_id=1)
    assert (before.due_on, before.provisional) == (date(2027, 1, 11), True)
    holidays, makeup = [date(2027, 1, 1), date(2027, 1, 4)], [date(2027, 1, 9)]
    assert services.announce_year(ctx, 2027, holidays, makeup) == 1
    after = Deadline.objects.get(subject_id=1)
    assert (after.due_on, after.provisional) == (date(2027, 1, 12), False)
    assert not selectors.work_calendar().is_working_day(date(2027, 1, 4))
    assert selectors.work_calendar().is_working_day(date(2027, 1, 9))
    assert Event.objects.filter(name="calendar_year.announced").count() == 1


@pytest.mark.parametrize(
    ("holidays", "makeup", "code"),
    [
        ([date(2028, 1, 1)], [], "calendar_day_outside_year"),
        ([], [date(2027, 1, 4)], "makeup_day_not_on_weekend"),
        ([date(2027, 1, 9)], [date(2027, 1, 9)], "calendar_day_twice"),
    ],
)
def test_a_year_that_contradicts_itself_is_refused_and_nothing_changes(ctx, holidays, makeup, code):
    with pytest.raises(BusinessError) as refused:
        services.announce_year(ctx, 2027, holidays, makeup)
    assert refused.value.code == code
    assert not CalendarYear.objects.exists()
    assert not Event.objects.exists()


def test_open_duties_come_most_urgent_first(then):
    services.start(then(), COMPLAINT, subjects(1))
    services.start(then(), NOTICE, subjects(2))
    assert [d.subject_id for d in selectors.open_deadlines()] == [2, 1]
    assert selectors.of_policy(1).get().clock == "COMPLAINT_SIMPLE"


CALENDAR = published_calendar()


class DutyMachine(RuleBasedStateMachine):
    """One duty, lived day by day, beside a reference that counts every single day on its fingers."""

    def __init__(self):
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @initialize(
        code=st.sampled_from(["LAPSE_NOTICE", "COMPLAINT_SIMPLE"]), day=st.dates(date(2024, 1, 1), date(2025, 6, 1))
    )
    def begin(self, code, day):
        self.clock, self.day = CLOCKS[code], day
        self.call(services.start)
        self.count_anew(S.RUNNING)

    def count_anew(self, state):
        self.state, self.counted = state, 0

    def call(self, verb):
        verb(Context(actor="user:clerk", business_date=self.day), self.clock, subjects(1))

    @rule(days=st.integers(1, 6))
    def days_pass(self, days):
        for _ in range(days):
            services.breach(Context(actor="job:night", business_date=self.day))
            if self.state == S.RUNNING and self.counted >= self.clock.n:
                self.state = S.BREACHED
            self.day += timedelta(days=1)
            if self.state == S.RUNNING:
                self.counted += self.clock.unit == "NATURAL" or CALENDAR.is_working_day(self.day)

    @rule()
    def pause(self):
        self.call(services.pause)
        self.state = S.PAUSED if self.state == S.RUNNING else self.state

    @rule()
    def resume(self):
        self.call(services.resume)
        self.state = S.RUNNING if self.state == S.PAUSED else self.state

    @rule()
    def restart(self):
        self.call(services.restart)
        if self.state in (S.RUNNING, S.PAUSED, S.BREACHED):
            self.count_anew(S.RUNNING)

    @precondition(lambda self: self.state in (S.RUNNING, S.PAUSED, S.BREACHED))
    @rule()
    def finish(self):
        self.call(services.stop)
        self.state = S.MET_LATE if self.state == S.BREACHED else S.MET

    @rule()
    def begin_again(self):
        self.call(services.start)
        if self.state in (S.MET, S.MET_LATE):
            self.count_anew(S.RUNNING)

    @invariant()
    def agrees(self):
        if not hasattr(self, "state"):
            return
        deadline = Deadline.objects.order_by("id").last()
        assert deadline.status == self.state
        if self.state == S.RUNNING and self.counted < self.clock.n:
            assert deadline.due_on == self.last_day_on_the_fingers()
        elif self.state == S.RUNNING:
            assert deadline.due_on <= self.day, "the last day is today, or was a working day before it"

    def last_day_on_the_fingers(self):
        left, day = self.clock.n - self.counted, self.day
        while left:
            day += timedelta(days=1)
            left -= self.clock.unit == "NATURAL" or CALENDAR.is_working_day(day)
        return day


def test_a_duty_agrees_with_counting_on_the_fingers():
    examples = settings(max_examples=30, stateful_step_count=25, deadline=None, database=None)
    run_state_machine_as_test(DutyMachine, settings=examples)
