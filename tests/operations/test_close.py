"""The close of business: each due entry once, whatever fails, whoever interrupts (P29–P33)."""

import threading
from collections import Counter

import pytest
from django.db import connection, connections

from apps.audit import services as audit
from apps.audit.models import Event
from apps.core import clock
from apps.core.errors import BusinessError, Conflict
from apps.operations import close, selectors, services, tasks, work
from apps.operations.agenda import Outcome
from apps.operations.models import Agenda, BusinessDay, Quarantine, Run, StepRun
from apps.operations.states import DayStatus, QuarantineReason, RunStatus

from .conftest import CHORE_DONE, DAY, KIND, chores, do_chores, later, raise_sqlstate

pytestmark = pytest.mark.django_db(transaction=True)


def done() -> Counter:
    return Counter(Event.objects.filter(name=CHORE_DONE.name).values_list("subject_id", flat=True))


def poisoned(*subjects):
    """A step that fails when it meets one of these."""

    def run(ctx, entries):
        outcome = do_chores(ctx, entries)
        if {entry.subject_id for entry in entries} & set(subjects):
            raise ValueError("cannot handle 110101199003077571")
        return outcome

    return run


def test_a_day_closes_and_the_next_one_opens(ctx, day, step):
    step()
    chores(5)
    (result,) = services.close_day(ctx)
    assert (result.day, result.dry_run) == (DAY, False)
    assert [(s.step, s.due, s.done, s.skipped, s.failed) for s in result.steps] == [("chores", 5, 5, 0, 0)]
    assert selectors.business_date() == later(1)
    closed = BusinessDay.objects.get(date=DAY)
    assert (closed.status, closed.closed_by) == (DayStatus.CLOSED, ctx.actor)
    run = Run.objects.get()
    assert (run.status, run.digest) == (RunStatus.DONE, result.digest)
    assert Event.objects.get(name="business_day.closed").payload["digest"] == result.digest
    assert Event.objects.filter(name="business_day.opened").count() == 2


def test_each_due_entry_is_handled_once_and_the_future_is_left_alone(ctx, day, step, monkeypatch):
    monkeypatch.setattr(work, "CHUNK", 3)
    step()
    chores(10)
    services.schedule(KIND, [(later(1), 1, 500)])
    services.close_day(ctx)
    assert done() == Counter(range(10))
    assert list(Agenda.objects.values_list("subject_id", flat=True)) == [500]


def test_chunks_come_in_the_order_of_due_date_and_policy(ctx, day, step, monkeypatch):
    monkeypatch.setattr(work, "CHUNK", 2)
    seen = []

    def run(ctx, entries):
        seen.append([(entry.due_on, entry.policy_id) for entry in entries])
        return do_chores(ctx, entries)

    step(run)
    services.schedule(KIND, [(later(0), 9, 1), (later(-2), 8, 2), (later(0), 7, 3), (later(-1), 6, 4)])
    services.close_day(ctx)
    assert seen == [[(later(-2), 8), (later(-1), 6)], [(later(0), 7), (later(0), 9)]]


def test_a_moved_entry_comes_back_on_its_new_date(ctx, day, step):
    def run(ctx, entries):
        do_chores(ctx, entries)
        return Outcome(moved={entry.id: later(2) for entry in entries})

    step(run)
    chores(2)
    services.close_day(ctx, through=later(1))
    assert done() == Counter(range(2))
    assert set(Agenda.objects.values_list("due_on", flat=True)) == {later(2)}


def test_what_a_step_schedules_for_tonight_is_done_tonight(ctx, day, step):
    def run(ctx, entries):
        services.schedule(KIND, [(later(-9), 1, e.subject_id + 100) for e in entries if e.subject_id < 100])
        return do_chores(ctx, entries)

    step(run)
    chores(3)
    services.close_day(ctx)
    assert done() == Counter([0, 1, 2, 100, 101, 102])


def test_a_step_may_put_a_finished_entry_on_the_agenda_again(ctx, day, step):
    def run(ctx, entries):
        services.schedule(KIND, [(later(5), e.policy_id, e.subject_id) for e in entries])
        return do_chores(ctx, entries)

    step(run)
    chores(3)
    services.close_day(ctx)
    assert set(Agenda.objects.values_list("due_on", flat=True)) == {later(5)}
    assert done() == Counter(range(3))


def test_a_failing_entry_is_set_aside_and_the_rest_goes_on(ctx, day, step):
    step(poisoned(7))
    chores(20)
    (result,) = services.close_day(ctx)
    assert done() == Counter(set(range(20)) - {7})
    (kept,) = Quarantine.objects.all()
    assert (kept.subject_id, kept.policy_id, kept.reason) == (7, 107, QuarantineReason.FAILING)
    assert kept.error.startswith("ValueError")
    assert "1101011990" not in kept.error, "no personal data"
    assert (result.steps[0].done, result.steps[0].failed) == (19, 1)
    assert selectors.business_date() == later(1)


def test_what_was_set_aside_is_tried_at_every_close_until_it_is_resolved(ctx, day, step, monkeypatch):
    poison = [7]
    step(lambda ctx, entries: poisoned(*poison)(ctx, entries))
    chores(9)
    services.close_day(ctx, through=later(2))
    assert Quarantine.objects.values_list("attempts", "first_day", "last_day").get() == (3, DAY, later(2))
    poison.clear()
    services.close_day(ctx.on(later(3)))
    assert Quarantine.objects.get().resolved_at is not None
    assert done() == Counter(range(9))


def test_what_was_set_aside_can_be_tried_by_hand(ctx, day, step):
    poison = [1]
    step(lambda ctx, entries: poisoned(*poison)(ctx, entries))
    chores(3)
    services.close_day(ctx)
    kept, today = Quarantine.objects.get(), ctx.on(later(1))
    with pytest.raises(BusinessError) as refused:
        services.retry_quarantined(today, kept.pk)
    assert refused.value.code == "still_failing"
    kept.refresh_from_db()
    assert (kept.attempts, kept.resolved_at) == (2, None)
    poison.clear()
    services.retry_quarantined(today, kept.pk)
    assert done() == Counter(range(3))
    with pytest.raises(BusinessError) as refused:
        services.retry_quarantined(today, kept.pk)
    assert refused.value.code == "already_resolved"
    assert done() == Counter(range(3))


def test_what_was_settled_otherwise_is_resolved(ctx, day, step):
    step(poisoned(1))
    chores(3)
    services.close_day(ctx)
    services.unschedule(KIND, [1])
    services.close_day(ctx.on(later(1)))
    assert Quarantine.objects.get().resolved_at is not None


@pytest.mark.promise("P32")
def test_an_entry_held_by_another_user_is_skipped_listed_and_done_the_next_night(ctx, day, step, other_connection):
    step()
    chores(5)
    with other_connection() as other:
        other.execute("BEGIN")
        other.execute("SELECT 1 FROM operations_agenda WHERE subject_id = 3 FOR UPDATE")
        (result,) = services.close_day(ctx)
        other.execute("COMMIT")
    assert (result.steps[0].done, result.steps[0].skipped) == (4, 1)
    assert Quarantine.objects.values_list("subject_id", "reason").get() == (3, QuarantineReason.LOCKED)
    services.close_day(ctx.on(later(1)))
    assert done() == Counter(range(5))
    assert Quarantine.objects.get().resolved_at is not None


@pytest.mark.promise("P32")
def test_what_a_step_finds_locked_is_tried_again_at_its_end(ctx, day, step):
    held = {2}

    def run(ctx, entries):
        free = [entry for entry in entries if entry.subject_id not in held]
        locked = [entry.id for entry in entries if entry.subject_id in held]
        held.clear()
        return Outcome(done=do_chores(ctx, free).done, locked=locked)

    step(run)
    chores(5)
    (result,) = services.close_day(ctx)
    assert done() == Counter(range(5))
    assert (result.steps[0].done, result.steps[0].skipped) == (5, 0)
    assert not Quarantine.objects.exists()


@pytest.mark.promise("P20")
def test_a_deadlock_is_tried_again_and_leaves_no_trace(ctx, day, step):
    turns = []

    def run(ctx, entries):
        turns.append(1)
        outcome = do_chores(ctx, entries)
        if len(turns) < 3:
            raise_sqlstate("40P01")
        return outcome

    step(run)
    chores(5)
    services.close_day(ctx)
    assert len(turns) == 3
    assert done() == Counter(range(5))
    assert not Quarantine.objects.exists()


def test_a_step_that_waits_too_long_for_one_policy_finds_it_locked(ctx, day, step):
    def run(ctx, entries):
        if any(entry.subject_id == 2 for entry in entries):
            raise_sqlstate("55P03")
        return do_chores(ctx, entries)

    step(run)
    chores(4)
    services.close_day(ctx)
    assert Quarantine.objects.values_list("subject_id", "reason").get() == (2, QuarantineReason.LOCKED)


def test_what_the_database_would_refuse_at_commit_is_set_aside_too(ctx, day, step):
    def run(ctx, entries):
        if any(entry.subject_id == 2 for entry in entries):
            StepRun.objects.create(run_id=10**9, step="none", position=1)
        return do_chores(ctx, entries)

    step(run)
    chores(4)
    services.close_day(ctx)
    assert done() == Counter([0, 1, 3])
    assert Quarantine.objects.get().error.startswith("ForeignKeyViolation 23503")


@pytest.mark.parametrize(
    "answer",
    [lambda entries: Outcome(), lambda entries: Outcome(moved={entry.id: entry.due_on for entry in entries})],
)
def test_a_step_must_answer_for_every_entry(ctx, day, step, answer):
    step(lambda ctx, entries: answer(entries))
    chores(2)
    services.close_day(ctx)
    assert Quarantine.objects.filter(error__startswith="ValueError").count() == 2
    assert Agenda.objects.count() == 2


@pytest.mark.promise("P31")
def test_a_closed_day_and_a_day_out_of_turn_are_refused_and_nothing_changes(ctx, day, step):
    step()
    services.close_day(ctx)
    chores(3, due_on=DAY)
    before = Event.objects.count()
    for asked, through, code in [
        (ctx, None, "day_already_closed"),
        (ctx.on(later(2)), None, "day_out_of_order"),
        (ctx.on(later(1)), DAY, "day_already_closed"),
    ]:
        with pytest.raises(Conflict) as refused:
            services.close_day(asked, through=through)
        assert refused.value.code == code
    assert Event.objects.count() == before
    assert (selectors.business_date(), Run.objects.count(), done()) == (later(1), 1, Counter())


@pytest.mark.promise("P05")
def test_missed_days_are_closed_one_by_one(ctx, day, step):
    dates = []

    def run(ctx, entries):
        dates.append((ctx.business_date, len(entries)))
        return do_chores(ctx, entries)

    step(run)
    services.schedule(KIND, [(later(0), 1, 1), (later(2), 2, 2), (later(2), 3, 3)])
    results = services.close_day(ctx, through=later(3))
    assert [result.day for result in results] == [later(n) for n in range(4)]
    assert dates == [(later(0), 1), (later(2), 2)]
    assert selectors.business_date() == later(4)


@pytest.mark.promise("P33")
def test_a_dry_run_tells_what_the_real_run_does_and_changes_nothing(ctx, day, step):
    step(poisoned(4))
    chores(10)
    before = (Event.objects.count(), Agenda.objects.count())
    (dry,) = services.close_day(ctx, dry_run=True)
    assert (Event.objects.count(), Agenda.objects.count()) == before
    assert not Run.objects.exists()
    assert not Quarantine.objects.exists()
    assert selectors.business_date() == DAY
    (real,) = services.close_day(ctx)
    assert dry.dry_run
    assert (dry.digest, dry.steps) == (real.digest, real.steps)


@pytest.mark.promise("P33")
def test_a_dry_run_of_several_days_agrees_with_the_real_ones(ctx, day, step):
    step()
    services.schedule(KIND, [(later(n % 3), n, n) for n in range(9)])
    dry = services.close_day(ctx, through=later(2), dry_run=True)
    real = services.close_day(ctx, through=later(2))
    assert [result.digest for result in dry] == [result.digest for result in real]
    assert len({result.digest for result in real}) == 3, "different effects, different digests"


@pytest.mark.promise("P30")
def test_the_result_does_not_depend_on_when_or_where_it_ran(ctx, day, step, monkeypatch):
    step()
    chores(5)
    digests = set()
    for zone in ("Asia/Shanghai", "America/New_York"):
        for days in (-400, 0, 30):
            moment = clock.now() + (later(days) - DAY)
            with monkeypatch.context() as patch, connection.cursor() as cursor:
                patch.setattr(clock, "now", lambda moment=moment: moment)
                cursor.execute("SELECT set_config('TimeZone', %s, false)", [zone])
                digests |= {result.digest for result in services.close_day(ctx, dry_run=True)}
                cursor.execute("SET TimeZone = 'UTC'")
    assert len(digests) == 1


@pytest.mark.promise("P05")
def test_three_closers_at_once_close_one_day_once(ctx, day, step):
    step()
    chores(300)
    barrier, results, refusals = threading.Barrier(3), [], []

    def close_it():
        barrier.wait()
        try:
            results.append(services.close_day(ctx))
        except Conflict as conflict:
            refusals.append(conflict.code)
        finally:
            connections.close_all()

    closers = [threading.Thread(target=close_it) for _ in range(3)]
    for closer in closers:
        closer.start()
    for closer in closers:
        closer.join()
    assert len(results) == 1
    assert set(refusals) <= {"day_is_closing", "day_already_closed"}
    assert len(refusals) == 2
    assert done() == Counter(range(300))
    assert selectors.business_date() == later(1)


@pytest.mark.promise("P29")
def test_a_run_whose_process_died_is_taken_over_with_its_progress(ctx, day, step):
    step()
    chores(5)
    run = Run.objects.create(day=DAY, started_by="job:one_that_died")
    StepRun.objects.create(run=run, step="chores", position=1, due=8, done=3)
    assert selectors.unfinished_close() == (DAY, "job:one_that_died", "")
    (result,) = services.close_day(ctx)
    assert (result.steps[0].due, result.steps[0].done) == (8, 8)
    assert Run.objects.values_list("status", flat=True).get() == RunStatus.DONE
    assert selectors.unfinished_close() is None


@pytest.mark.promise("P03")
def test_a_close_of_many_days_goes_on_when_the_message_for_the_next_day_is_lost(ctx, day, step):
    """The wish is a row that passes from day to day; the sweep finds it."""
    step()
    services.ask_to_close(ctx, through=later(2))
    wish = (later(2), ctx.actor, ctx.person)
    for n in range(3):
        assert selectors.unfinished_close() == wish
        services.close_day(ctx.on(later(n)))
    assert selectors.business_date() == later(3)
    assert selectors.unfinished_close() is None


def test_a_step_that_cannot_run_at_all_leaves_the_day_open(ctx, day, step):
    broken = [True]

    def run(ctx, entries):
        if broken:
            raise ValueError
        return Outcome()

    step()
    step(run, name="broken", kind="", order=20)
    chores(3)
    with pytest.raises(ValueError):
        services.close_day(ctx)
    assert selectors.business_date() == DAY
    assert Run.objects.get().status == RunStatus.FAILED
    assert done() == Counter(range(3)), "what was done stays done"
    broken.clear()
    services.close_day(ctx)
    assert done() == Counter(range(3))
    assert selectors.business_date() == later(1)


def test_the_night_acts_on_behalf_of_whoever_started_it(ctx, day, step):
    step()
    chores(1)
    services.close_day(ctx)
    event = Event.objects.get(name=CHORE_DONE.name)
    assert (event.actor, event.person, event.on_behalf_of) == ("job:close_of_business", "", ctx.actor)
    assert event.request_id == close.request_id(DAY)


def test_progress_is_told_chunk_by_chunk(ctx, day, step, monkeypatch):
    monkeypatch.setattr(work, "CHUNK", 2)
    step()
    chores(5)
    told = []
    services.close_day(ctx, on_progress=lambda progress: told.append((progress.done, progress.due)))
    assert told == [(2, 5), (4, 5), (5, 5), (5, 5)]


def test_a_message_delivered_twice_closes_no_second_day(ctx, day, step, monkeypatch):
    step()
    sent = []
    monkeypatch.setattr(tasks.close_day, "delay", lambda *message: sent.append(message))
    tasks.close_day(DAY.isoformat(), ctx.actor, ctx.person)
    tasks.close_day(DAY.isoformat(), ctx.actor, ctx.person)
    assert (selectors.business_date(), sent) == (later(1), [])
    tasks.close_day(later(2).isoformat(), ctx.actor, ctx.person)
    assert sent == [(later(2).isoformat(), ctx.actor, ctx.person)], "the next day is the next task's"


def test_events_of_clerks_are_not_part_of_the_digest(ctx, day, step):
    step()
    chores(2)
    (dry,) = services.close_day(ctx, dry_run=True)
    with close.transaction.atomic():
        audit.record(ctx, CHORE_DONE, 999)
    assert services.close_day(ctx)[0].digest == dry.digest


@pytest.mark.promise("P05")
def test_two_beats_close_the_missed_days_once(ctx, day, step, monkeypatch):
    """Beat was down for three days; then two of them ring at once."""
    dates = []

    def run(ctx, entries):
        dates.append(ctx.business_date)
        return do_chores(ctx, entries)

    step(run)
    services.schedule(KIND, [(later(n), n, n) for n in range(9)])
    ringing = clock.office_now().replace(year=DAY.year, month=DAY.month, day=DAY.day + 3, hour=23, minute=30)
    monkeypatch.setattr(clock, "office_now", lambda: ringing)
    monkeypatch.setattr(tasks.close_day, "delay", tasks.close_day)
    tasks.nightly()
    tasks.nightly()
    assert dates == [later(n) for n in range(4)]
    assert selectors.business_date() == later(4)


def test_after_midnight_it_is_still_yesterdays_night(monkeypatch):
    asked = []
    monkeypatch.setattr(tasks.close_day, "delay", asked.append)
    for hour in (0, 11, 12, 23):
        moment = clock.office_now().replace(year=DAY.year, month=DAY.month, day=DAY.day, hour=hour)
        monkeypatch.setattr(clock, "office_now", lambda moment=moment: moment)
        tasks.nightly()
    assert asked == [later(-1).isoformat()] * 2 + [DAY.isoformat()] * 2


@pytest.mark.promise("P29")
def test_the_sweep_goes_on_with_a_close_whose_process_died(ctx, day, step, monkeypatch):
    step()
    chores(3)
    monkeypatch.setattr(tasks.close_day, "delay", tasks.close_day)
    tasks.sweep()
    assert selectors.business_date() == DAY, "nobody had begun"
    Run.objects.create(day=DAY, started_by="job:one_that_died")
    tasks.sweep()
    assert done() == Counter(range(3))
    assert selectors.business_date() == later(1)


def test_before_the_first_day_there_is_nothing_to_close():
    tasks.close_day(DAY.isoformat())
    assert not Run.objects.exists()
