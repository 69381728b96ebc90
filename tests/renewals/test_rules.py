from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.products.states import NonForfeiture
from apps.products.terms import DEFAULT_REMINDERS
from apps.renewals import rules
from apps.renewals.rules import FallOverdue, LapseFacts, NotDue, Suspend, Wait
from apps.renewals.states import SkipReason, Tone, WaitReason

CADENCE = (-30, -15, -7, -1, 0, 7, 15, 30, 45, 55, 59)
DUE = date(2026, 3, 15)
GRACE_END = date(2026, 5, 14)
STAGES = rules.stages(CADENCE, DUE, GRACE_END)
UNPAID = LapseFacts(unpaid=True, in_force=True, grace_ends_on=GRACE_END)
DAY = timedelta(days=1)

days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
cadences = st.sampled_from(sorted(set(DEFAULT_REMINDERS.values()))) | st.sets(st.integers(-35, 60), min_size=1).map(
    lambda stages: tuple(sorted(stages))
)


def at(days: int) -> rules.Stage:
    return next(stage for stage in STAGES if stage.days == days)


def test_a_stage_is_for_its_day_and_planned_the_night_before():
    assert (at(-30).on, at(-30).plan_on) == (date(2026, 2, 13), date(2026, 2, 12))


def test_a_stage_is_of_use_until_the_next_one():
    assert at(-30).useful_until == at(-15).on - DAY
    assert at(7).useful_until == at(15).on - DAY


def test_nobody_reads_falls_due_after_the_due_date_nor_due_today_the_day_after():
    assert at(-1).useful_until == DUE - DAY
    assert at(0).useful_until == DUE


def test_the_last_stage_is_of_use_until_grace_ends():
    assert at(59).useful_until == GRACE_END


def test_a_night_plans_the_stage_of_tomorrow_and_looks_again_at_the_next():
    plan = rules.planning(STAGES, since=at(-15).plan_on, on=at(-15).plan_on)
    assert (plan.current, plan.superseded, plan.next_on) == (at(-15), (), at(-7).plan_on)


def test_a_night_on_which_no_stage_falls_only_moves_on():
    plan = rules.planning(STAGES, since=DUE - 35 * DAY, on=DUE - 35 * DAY)
    assert (plan.current, plan.superseded, plan.next_on) == (None, (), at(-30).plan_on)


@pytest.mark.promise("P05")
def test_after_three_days_without_a_close_the_latest_open_stage_is_sent_and_the_closed_ones_are_superseded():
    plan = rules.planning(STAGES, since=at(-1).plan_on, on=DUE + 7 * DAY)
    assert (plan.current, plan.superseded) == (at(7), (at(-1), at(0)))


@pytest.mark.promise("P05")
def test_a_stage_whose_day_has_passed_with_none_after_it_is_superseded():
    plan = rules.planning(STAGES, since=at(0).plan_on, on=DUE)
    assert (plan.current, plan.superseded, plan.next_on) == (None, (at(0),), at(7).plan_on)


@pytest.mark.promise("P05")
@given(cadences, days, st.data())
def test_however_the_nights_are_cut_every_stage_is_planned_or_superseded_once(cadence, due_on, data):
    grace_ends_on = due_on + 60 * DAY
    cadence_stages = rules.stages(cadence, due_on, grace_ends_on)
    nights = sorted(data.draw(st.sets(st.integers(-40, 70), max_size=30)) | {75})
    entry, planned, superseded = due_on - 36 * DAY, [], []
    for night in (due_on + offset * DAY for offset in nights):
        if entry is None or night < entry:
            continue
        plan = rules.planning(cadence_stages, since=entry, on=night)
        planned += [plan.current] if plan.current else []
        superseded += plan.superseded
        entry = plan.next_on
        assert entry is None or entry > night
        assert plan.current is None or plan.current.on <= max(night, due_on) + DAY
        assert plan.current is None or night + DAY <= plan.current.useful_until
    assert entry is None
    assert sorted(stage.days for stage in (*planned, *superseded)) == [stage.days for stage in cadence_stages]


@pytest.mark.promise("P05")
@given(cadences, days, st.integers(-40, 59))
def test_who_is_asked_late_is_told_tomorrow_unless_no_stage_has_fallen_or_is_left(cadence, due_on, late):
    cadence_stages, on = rules.stages(cadence, due_on, due_on + 60 * DAY), due_on + late * DAY
    plan = rules.planning(cadence_stages, since=cadence_stages[0].plan_on, on=on)
    missed = [stage for stage in cadence_stages if stage.plan_on <= on]
    assert bool(plan.current) == bool(missed and on < cadence_stages[-1].useful_until)
    assert [*plan.superseded, *([plan.current] if plan.current in missed else [])] == missed
    if plan.current and plan.current.days > 0:
        assert plan.current.on > due_on, "grace has begun when he is told so"


def test_who_was_not_asked_before_the_due_date_is_told_the_day_after_and_not_a_week_later():
    plan = rules.planning(STAGES, since=at(-30).plan_on, on=DUE)
    assert plan.current == replace(at(7), on=DUE + DAY)
    assert [stage.days for stage in plan.superseded] == [-30, -15, -7, -1, 0]
    assert plan.next_on == at(15).plan_on


@given(cadences, days)
def test_the_days_of_use_of_two_stages_never_overlap(cadence, due_on):
    cadence_stages = rules.stages(cadence, due_on, due_on + 60 * DAY)
    for earlier, later in pairwise(cadence_stages):
        assert earlier.on <= earlier.useful_until < later.on


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (-30, Tone.BEFORE_DUE),
        (-1, Tone.BEFORE_DUE),
        (0, Tone.DUE_TODAY),
        (7, Tone.IN_GRACE),
        (45, Tone.IN_GRACE),
        (55, Tone.FINAL),
        (59, Tone.FINAL),
    ],
)
def test_the_words_fit_the_stage(stage, expected):
    assert rules.tone(stage, DUE + stage * DAY, GRACE_END) == expected


def test_the_last_days_are_counted_from_the_end_of_a_grace_that_a_holiday_moved():
    assert rules.tone(55, DUE + 55 * DAY, GRACE_END + 3 * DAY) == Tone.IN_GRACE


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ((True, True, True), None),
        ((False, True, True), SkipReason.PAID),
        ((True, False, True), SkipReason.NOT_IN_FORCE),
        ((True, True, False), SkipReason.OPTED_OUT),
        ((False, False, False), SkipReason.NOT_IN_FORCE),
    ],
)
def test_only_a_holder_who_owes_and_wants_to_be_told_is_reminded(facts, reason):
    unpaid, in_force, wanted = facts
    assert rules.why_not_remind(unpaid=unpaid, in_force=in_force, barred=False, wanted=wanted) == reason


def test_nobody_is_asked_for_premium_that_may_not_be_taken():
    assert rules.why_not_remind(unpaid=True, in_force=True, barred=True, wanted=True) == SkipReason.BARRED


def test_cover_is_suspended_from_the_day_after_grace():
    assert rules.lapse_decision(UNPAID, GRACE_END + DAY) == Suspend(date(2026, 5, 15))


def test_a_suspension_decided_late_still_dates_from_the_end_of_grace():
    assert rules.lapse_decision(UNPAID, GRACE_END + 9 * DAY) == Suspend(date(2026, 5, 15))


def test_nothing_is_decided_on_the_last_day_of_grace():
    assert rules.lapse_decision(UNPAID, GRACE_END) == NotDue()


def test_what_is_paid_never_lapses():
    assert rules.lapse_decision(replace(UNPAID, unpaid=False), GRACE_END + 99 * DAY) == NotDue()


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        ({"receipt_in_flight": True}, WaitReason.MONEY_IN_FLIGHT),
        ({"blocking_hold": True}, WaitReason.HOLD),
        ({"non_forfeiture": NonForfeiture.PREMIUM_LOAN}, WaitReason.NON_FORFEITURE),
        ({"non_forfeiture": NonForfeiture.REDUCED_PAID_UP}, WaitReason.NON_FORFEITURE),
    ],
)
def test_suspension_waits_while_it_may_be_without_ground(fact, reason):
    assert rules.lapse_decision(replace(UNPAID, **fact), GRACE_END + DAY) == Wait(reason)


def test_a_second_unpaid_instalment_of_a_suspended_policy_only_falls_overdue():
    assert rules.lapse_decision(replace(UNPAID, in_force=False), GRACE_END + DAY) == FallOverdue()


facts = st.builds(
    LapseFacts,
    unpaid=st.booleans(),
    in_force=st.booleans(),
    grace_ends_on=days,
    receipt_in_flight=st.booleans(),
    blocking_hold=st.booleans(),
    non_forfeiture=st.sampled_from(NonForfeiture),
)


@given(facts, days)
def test_nobody_is_suspended_who_paid_or_is_in_grace_or_whose_money_is_under_way(known, on):
    if isinstance(rules.lapse_decision(known, on), Suspend):
        assert (known.unpaid, known.in_force, known.receipt_in_flight, known.blocking_hold) == (
            True,
            True,
            False,
            False,
        )
        assert on > known.grace_ends_on
