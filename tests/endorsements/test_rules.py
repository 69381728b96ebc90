"""Replay, what is written of it, and what follows for premium: without a database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.dates import add_years
from apps.core.errors import refuse
from apps.core.money import round_fen
from apps.endorsements import rules
from apps.endorsements.rules import Entry, Stretch, Timeline, charges, difference, replay, rewritten, total
from apps.policies.terms import Coverage, Life, Terms

BEGAN = date(2023, 3, 15)
AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DAYS = st.integers(0, 900).map(lambda days: BEGAN + timedelta(days=days))


def cover(premium: str, code: str = "C1", since: date = BEGAN, ends: date | None = None) -> Coverage:
    amount = Decimal(premium)
    return Coverage(code, "WHOLE01", 1, "O", "20Y", Decimal(100000), amount, since, None, ends)


def terms(*covers: Coverage, frequency: str = "annual", since: date = BEGAN) -> Terms:
    lives = (Life(1, date(1986, 5, 17), "2"),)
    return Terms(1, lives, covers or (cover("8600.00", since=since),), frequency, "CNY", since)


def paying(amount: int):
    """A change of the main premium to so much, and of nothing else."""
    premium = Decimal(amount).quantize(Decimal("0.01"))
    return lambda old: replace(old, coverages=(replace(old.main, premium=premium), *old.coverages[1:]))


def layered(number: int, since: date, premium: str = "1000.00"):
    return lambda old: replace(old, coverages=(*old.coverages, cover(premium, f"C1+{number}", since)))


def every(frequency: str, factor: str = "1"):
    def apply(old: Terms) -> Terms:
        covers = tuple(replace(each, premium=round_fen(each.premium * Decimal(factor))) for each in old.coverages)
        return replace(old, frequency=frequency, coverages=covers)

    return apply


def standing(*changes: tuple[date, object]) -> Timeline:
    return replay(terms(), [Entry(n, day, AT, apply) for n, (day, apply) in enumerate(changes, 1)])


entries = st.lists(st.tuples(DAYS, st.integers(0, 40), st.integers(1, 9)), max_size=8).map(
    lambda drawn: [
        Entry(n, day, AT + timedelta(seconds=received), paying(amount * 100))
        for n, (day, received, amount) in enumerate(drawn, 1)
    ]
)


@given(entries, st.randoms())
def test_the_order_of_entry_does_not_matter(history, chance):
    shuffled = list(history)
    chance.shuffle(shuffled)
    assert replay(terms(), shuffled) == replay(terms(), history)


def test_replay_orders_by_effective_day_then_receipt_then_number():
    early, late = AT, AT + timedelta(seconds=1)
    history = [
        Entry(4, BEGAN + timedelta(days=9), early, paying(4)),
        Entry(3, BEGAN + timedelta(days=5), late, paying(3)),
        Entry(2, BEGAN + timedelta(days=5), early, paying(2)),
        Entry(1, BEGAN + timedelta(days=5), early, paying(1)),
    ]
    assert [each.item for each in replay(terms(), history).stretches] == [None, 1, 2, 3, 4]


def test_an_item_that_cannot_stand_is_left_out_and_named():
    def fails(old: Terms) -> Terms:
        raise refuse("decrease_not_lower", now=1)

    told = replay(terms(), [Entry(1, BEGAN, AT, fails), Entry(2, BEGAN, AT, paying(100))])
    assert [each.item for each in told.stretches] == [None, 2]
    assert [(item, why[0].code) for item, why in told.conflicts] == [(1, "decrease_not_lower")]


def test_what_was_changed_before_the_contract_began_holds_from_its_first_day():
    told = replay(terms(), [Entry(1, BEGAN - timedelta(days=3), AT, paying(100))])
    assert [each.since for each in told.stretches] == [BEGAN, BEGAN]
    assert list(rewritten(Timeline((Stretch(BEGAN, terms()),)), told)) == [(BEGAN, told.last)]


def written(versions: Sequence[tuple[date, Terms]], day: date) -> Terms:
    """What the database tells of a day: of the versions effective by then, the latest written."""
    return [told for since, told in versions if since <= day][-1]


@pytest.mark.promise("P18")
@settings(max_examples=150, deadline=None)
@given(st.lists(entries, min_size=1, max_size=5))
def test_what_is_written_tells_the_wanted_timeline_on_every_day(histories):
    known = Timeline((Stretch(BEGAN, terms()),))
    versions = [(BEGAN, terms())]
    for history in histories:
        wanted = replay(terms(), history)
        new = list(rewritten(known, wanted))
        versions, known = [*versions, *new], wanted
        assert [since for since, _told in new] == sorted({since for since, _told in new})
        for day in (BEGAN + timedelta(days=n) for n in range(0, 910)):
            assert written(versions, day) == wanted.on(day)
        assert versions[-1][1] == wanted.last


@given(entries)
def test_nothing_is_written_when_nothing_changes(history):
    told = replay(terms(), history)
    assert list(rewritten(told, told)) == []


# --- premium ----------------------------------------------------------------------------------------------------------


def test_vector_1_a_monthly_premium_by_the_modal_factor():
    assert round_fen(Decimal("8600") * Decimal("0.09")) == Decimal("774.00")
    monthly = standing((date(2024, 3, 15), every("monthly", "0.09")))
    assert [each.amount for each in charges(monthly, date(2024, 5, 15))] == [
        Decimal("8600.00"),
        *[Decimal("774.00")] * 2,
    ]


def test_vector_2_a_change_inside_a_period_is_charged_by_days():
    assert rules.by_days(Decimal(4300), date(2025, 9, 1), date(2025, 3, 15), date(2026, 3, 15)) == Decimal("2297.26")
    known = standing()
    wanted = standing((date(2025, 9, 1), layered(2, date(2025, 9, 1), "4300.00")))
    assert difference(known, wanted, date(2026, 3, 15)) == Decimal("2297.26")
    assert difference(known, wanted, date(2027, 3, 15)) == Decimal("6597.26")


def test_a_layer_is_charged_once_though_other_items_begin_on_its_day():
    day = date(2025, 9, 1)
    alone = standing((day, layered(2, day)))
    among = standing((day, layered(2, day)), (day, paying(8600)), (day, every("annual")))
    assert total(among, date(2026, 3, 15)) == total(alone, date(2026, 3, 15))


def test_two_layers_of_one_period_are_each_charged_from_their_own_day():
    first, second = date(2025, 4, 1), date(2025, 9, 1)
    both = standing((first, layered(2, first)), (second, layered(3, second)))
    parts = [standing((day, layered(2, day))) for day in (first, second)]
    base = total(standing(), date(2026, 3, 15))
    assert total(both, date(2026, 3, 15)) - base == sum(total(each, date(2026, 3, 15)) - base for each in parts)


def test_a_layer_that_begins_on_a_due_date_is_charged_whole():
    day = date(2025, 3, 15)
    wanted = standing((day, layered(2, day)))
    assert difference(standing(), wanted, date(2026, 3, 15)) == Decimal("1000.00")


def test_a_cover_that_shrinks_inside_a_charged_period_gives_nothing_back_of_it():
    wanted = standing((date(2025, 9, 1), paying(4300)))
    assert difference(standing(), wanted, date(2026, 3, 15)) == 0
    assert difference(standing(), wanted, date(2027, 3, 15)) == Decimal("-4300.00")


@pytest.mark.parametrize(
    ("frequency", "dues"),
    [
        ("annual", ["2024-03-15", "2025-03-15"]),
        ("semi_annual", ["2024-03-15", "2024-09-15", "2025-03-15"]),
        ("quarterly", ["2024-03-15", "2024-06-15", "2024-09-15", "2024-12-15", "2025-03-15"]),
    ],
)
def test_due_dates_follow_the_frequency_of_the_day(frequency, dues):
    told = standing((date(2024, 3, 15), every(frequency)))
    found = [each.due_on.isoformat() for each in charges(told, date(2025, 3, 16))]
    assert found == ["2023-03-15", *dues]


def test_periods_join_without_hole_or_overlap_over_changes_of_frequency():
    told = standing(
        (date(2024, 3, 15), every("monthly")),
        (date(2024, 6, 15), every("quarterly")),
        (date(2025, 3, 15), every("annual")),
    )
    found = list(charges(told, date(2027, 1, 1)))
    assert [each.until for each in found[:-1]] == [each.due_on for each in found[1:]]


def test_due_dates_of_a_leap_day_return_to_it():
    anchor = date(2024, 2, 29)
    yearly = list(charges(Timeline((Stretch(anchor, terms(since=anchor)),)), date(2028, 3, 1)))
    assert [each.due_on.isoformat() for each in yearly] == [
        *("2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29")
    ]


def test_due_dates_of_a_month_end_return_to_it():
    anchor = date(2025, 1, 31)
    monthly = list(charges(Timeline((Stretch(anchor, terms(since=anchor, frequency="monthly")),)), date(2025, 5, 1)))
    assert [each.due_on.isoformat() for each in monthly] == ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30"]


def test_nothing_is_charged_after_the_premium_term():
    told = Timeline((Stretch(BEGAN, terms(cover("100.00", ends=add_years(BEGAN, 2)))),))
    assert total(told, date(2030, 1, 1)) == Decimal("200.00")


def test_a_single_premium_is_charged_once():
    single = terms(cover("50000.00", ends=BEGAN), frequency="single")
    told = Timeline((Stretch(BEGAN, single),))
    assert [each.amount for each in charges(told, date.max)] == [Decimal("50000.00")]
    dearer = replay(single, [Entry(1, BEGAN, AT, paying(52000))])
    assert difference(told, dearer, date.max) == Decimal("2000.00")


def test_a_layer_on_a_single_premium_is_charged_whole():
    single, day = terms(cover("50000.00", ends=BEGAN), frequency="single"), date(2025, 9, 1)
    wanted = replay(single, [Entry(1, day, AT, layered(2, day, "9000.00"))])
    assert difference(Timeline((Stretch(BEGAN, single),)), wanted, date.max) == Decimal("9000.00")


def test_nothing_is_charged_while_cover_was_suspended():
    wanted = standing((BEGAN, paying(9600)))
    assert difference(standing(), wanted, date(2027, 1, 1)) == Decimal("4000.00")
    assert difference(standing(), wanted, date(2027, 1, 1), lambda day: day.year == 2025) == Decimal("3000.00")


@settings(max_examples=60, deadline=None)
@given(entries, DAYS)
def test_differences_add_up_over_any_number_of_changes(history, before):
    steps = [replay(terms(), history[:count]) for count in range(len(history) + 1)]
    parts = [difference(old, new, before) for old, new in pairwise(steps)]
    assert sum(parts, Decimal(0)) == difference(steps[0], steps[-1], before)


# --- impact -----------------------------------------------------------------------------------------------------------


def test_an_impact_tells_what_later_items_add_now():
    half = lambda old: replace(old, coverages=(replace(old.main, premium=round_fen(old.main.premium / 2)),))  # noqa: E731
    first, second = Entry(1, BEGAN, AT, paying(10000)), Entry(2, date(2024, 3, 15), AT, half)
    known = replay(terms(), [first, second])
    [impact] = rules.impacts(known, replay(terms(), [second]), date(2025, 3, 15))
    assert (impact.item, impact.verdict) == (2, "repriced")
    assert (impact.before, impact.after) == (Decimal("-5000.00"), Decimal("-4300.00"))


def test_an_impact_tells_an_item_that_cannot_stand_any_more():
    def needs_more(old: Terms) -> Terms:
        if old.premium < 9000:
            raise refuse("decrease_not_lower", now=old.premium)
        return old

    first, second = Entry(1, BEGAN, AT, paying(10000)), Entry(2, date(2024, 3, 15), AT, needs_more)
    known = replay(terms(), [first, second])
    [impact] = rules.impacts(known, replay(terms(), [second]), date(2025, 3, 15))
    assert (impact.item, impact.verdict, impact.conflict[0].code) == (2, "conflict", "decrease_not_lower")


@given(entries)
def test_what_changes_nothing_touches_no_item(history):
    told = replay(terms(), history)
    assert {each.verdict for each in rules.impacts(told, told, date(2027, 1, 1))} <= {"unchanged"}
