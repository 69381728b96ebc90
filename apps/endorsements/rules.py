"""Rules of the engine 保全引擎规则: replay, and the charges that follow from a timeline. Pure.

A policy is the replay of its endorsements (architecture §1): entries are ordered by (effective day, moment of receipt,
item), whatever the order they were entered in.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from apps.core.dates import MONTHS_BETWEEN_INSTALMENTS, Frequency, add_months
from apps.core.errors import Refusal, Refused
from apps.core.money import ZERO, round_fen
from apps.policies.terms import Coverage, Terms

Apply = Callable[[Terms], Terms]
Free = Callable[[date], bool]
"""Whether nothing is charged for an instalment due on a day, because cover was suspended then."""


@dataclass(frozen=True)
class Entry:
    """一次变更: one item in the order of replay."""

    item: int
    effective_on: date
    received_at: datetime
    apply: Apply

    @property
    def order(self) -> tuple[date, datetime, int]:
        return self.effective_on, self.received_at, self.item


@dataclass(frozen=True)
class Stretch:
    """From this day on these Terms hold; ``item`` brought them, None for the contract as it began."""

    since: date
    terms: Terms
    item: int | None = None


@dataclass(frozen=True)
class Timeline:
    """保单时间线: what the contract says on every day, and which items could not stand on what was before them."""

    stretches: tuple[Stretch, ...]
    conflicts: tuple[tuple[int, tuple[Refusal, ...]], ...] = ()

    def on(self, day: date) -> Terms:
        """The Terms of a day; those of its first day for an earlier one."""
        return self.stretches[max(bisect_right(self.days, day) - 1, 0)].terms

    @cached_property
    def days(self) -> list[date]:
        """The days on which the stretches begin, in order; one may stand there twice."""
        return [each.since for each in self.stretches]

    @property
    def last(self) -> Terms:
        return self.stretches[-1].terms


def replay(base: Terms, entries: Iterable[Entry]) -> Timeline:
    """The contract as it began, with each entry applied in order; one that cannot stand is left out and named.

    What was changed before the contract began holds from its first day.
    """
    stretches, conflicts = [Stretch(base.effective_on, base)], []
    for entry in sorted(entries, key=lambda each: each.order):
        try:
            terms = entry.apply(stretches[-1].terms)
        except Refused as refused:
            conflicts.append((entry.item, refused.refusals))
        else:
            stretches.append(Stretch(max(entry.effective_on, base.effective_on), terms, entry.item))
    return Timeline(tuple(stretches), tuple(conflicts))


def rewritten(known: Timeline, wanted: Timeline) -> Iterator[tuple[date, Terms]]:
    """The stretches to write so that ``wanted`` is told from now on: from the first day on which the two differ.

    Of the versions effective on or before a day the latest written counts, so that what is written here hides all that
    was known of the first day and later.
    """
    days = sorted({each.since for each in (*known.stretches, *wanted.stretches)})
    first = next((day for day in days if known.on(day) != wanted.on(day)), None)
    if first is None:
        return
    told = None
    for day in days:
        if day >= first and (terms := wanted.on(day)) != told:
            yield day, terms
            told = terms


@dataclass(frozen=True)
class Charge:
    """应收保费: what one instalment costs by a timeline: the period from ``due_on`` to before ``until``."""

    due_on: date
    until: date | None
    amount: Decimal


def charges(timeline: Timeline, before: date) -> Iterator[Charge]:
    """The instalments due before a day, by the frequency and the covers of the timeline (§4.1, §4.2).

    A cover that begins inside a period is charged by days to the end of it (§4.2 A, B); one that shrinks or ends inside
    a period that has been charged gives nothing back of it: its value is paid instead (§4.2).
    """
    due_on = timeline.stretches[0].terms.effective_on
    while due_on < before:
        terms = timeline.on(due_on)
        until = next_due(due_on, terms)
        yield Charge(due_on, until, _amount(timeline, due_on, until))
        if until is None:
            return
        due_on = until


def next_due(due_on: date, terms: Terms) -> date | None:
    """The due date after this one; None for a single premium. Counted from the contract's day (T-02)."""
    if terms.frequency == Frequency.SINGLE:
        return None
    anchor, step = terms.effective_on, MONTHS_BETWEEN_INSTALMENTS[Frequency(terms.frequency)]
    passed = 12 * (due_on.year - anchor.year) + due_on.month - anchor.month
    return add_months(anchor, passed + step)


def _amount(timeline: Timeline, due_on: date, until: date | None) -> Decimal:
    terms = timeline.on(due_on)
    amount = sum((each.premium for each in terms.coverages if _is_due(each, due_on)), ZERO)
    for cover in _joining(timeline, due_on, until):
        amount += cover.premium if until is None else by_days(cover.premium, cover.effective_on, due_on, until)
    return amount


def _is_due(cover: Coverage, on: date) -> bool:
    """Whether it is paid for on a due date; a single premium once, on the day it begins."""
    if cover.effective_on >= on:
        return cover.effective_on == on
    return cover.premium_ends_on is None or on < cover.premium_ends_on


def _joining(timeline: Timeline, due_on: date, until: date | None) -> Iterator[Coverage]:
    """The covers that begin inside a period, as they were at the end of the day on which they began."""
    first = bisect_right(timeline.days, due_on)
    last = len(timeline.days) if until is None else bisect_left(timeline.days, until)
    for since in dict.fromkeys(timeline.days[first:last]):
        yield from (cover for cover in timeline.on(since).coverages if cover.effective_on == since)


def by_days(premium: Decimal, since: date, due_on: date, until: date) -> Decimal:
    """The part of an instalment from a day to the end of its period, to the fen (§4.2 A)."""
    return round_fen(premium * (until - since).days / (until - due_on).days)


def never(due_on: date) -> bool:
    """Cover was never suspended: every instalment is charged."""
    return False


def difference(known: Timeline, wanted: Timeline, before: date, free: Free = never) -> Decimal:
    """保费差额: what the wanted timeline charges more than the known one, over the instalments due before a day."""
    return total(wanted, before, free) - total(known, before, free)


def total(timeline: Timeline, before: date, free: Free = never) -> Decimal:
    """What a timeline charges for the instalments due before a day."""
    return sum((each.amount for each in charges(timeline, before) if not free(each.due_on)), ZERO)


UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Impact:
    """影响: what an insertion or an undoing means for a later item."""

    item: int
    before: Decimal
    after: Decimal
    conflict: tuple[Refusal, ...] = ()

    @property
    def verdict(self) -> str:
        if self.conflict:
            return "conflict"
        return UNCHANGED if self.before == self.after else "repriced"


def impacts(known: Timeline, wanted: Timeline, before: date, free: Free = never) -> list[Impact]:
    """影响报告: for every item in both histories, what it added to the charges before and adds now (W1)."""
    then, now = _shares(known, before, free), _shares(wanted, before, free)
    stand = {item: Impact(item, then[item], share) for item, share in now.items() if item in then}
    fail = {item: Impact(item, then[item], ZERO, why) for item, why in wanted.conflicts if item in then}
    return [{**stand, **fail}[each] for each in then if each in stand or each in fail]


def _shares(timeline: Timeline, before: date, free: Free) -> dict[int, Decimal]:
    """What each item adds to the charges when it is applied upon those before it, in the order of replay."""
    shares, so_far = {}, ZERO
    for count, stretch in enumerate(timeline.stretches, 1):
        now = total(Timeline(timeline.stretches[:count]), before, free)
        if stretch.item is not None:
            shares[stretch.item] = now - so_far
        so_far = now
    return shares
