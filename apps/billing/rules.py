"""Rules of premium billing 收费规则: when instalments fall due, how long grace lasts, and what money covers."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from apps.core.calendar import WorkCalendar, published_calendar
from apps.core.dates import MONTHS_BETWEEN_INSTALMENTS, Frequency, due_date, grace_end
from apps.core.errors import Refusal
from apps.core.money import ZERO

MOST_BILLS_A_NIGHT = 2
"""Bound of the biller (promise P25): more bills of one policy wait for the next night."""

DEMAND_DAYS = 30
"""催告期: for premium demanded anew after a payment bounced, or billed only after it fell due (B-01, 保险法 §36)."""

OLDEST_VALUE_DATE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Schedule:
    """交费计划: due dates are counted from ``anchor`` (T-02); the last lies before ``ends_on`` (None: for life)."""

    anchor: date
    frequency: Frequency
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Due:
    """One instalment to come: numbered from 1 at the anchor."""

    number: int
    due_on: date


def next_due(schedule: Schedule, not_before: date) -> Due | None:
    """The first instalment due on or after a day; None when premiums have ended. A single premium has none."""
    if schedule.frequency is Frequency.SINGLE:
        return None
    step = MONTHS_BETWEEN_INSTALMENTS[schedule.frequency]
    months = 12 * (not_before.year - schedule.anchor.year) + not_before.month - schedule.anchor.month
    k = max(0, months // step)
    while (day := due_date(schedule.anchor, schedule.frequency, k)) < not_before:
        k += 1
    return Due(k + 1, day) if schedule.ends_on is None or day < schedule.ends_on else None


@lru_cache(maxsize=4096)
def following(
    schedule: Schedule,
    *,
    paid_to: date | None,
    cutover_on: date | None,
    last_number: int = 0,
    last_due: date | None = None,
) -> Due | None:
    """The instalment to plan next: not before what is paid, nor before the cut-over, and after the last one there is.

    It is numbered on from the last one, so that a change of frequency cannot give a number twice.
    """
    bounds = [schedule.anchor, paid_to, cutover_on, last_due and last_due + timedelta(days=1)]
    due = next_due(schedule, max(day for day in bounds if day))
    return due and Due(last_number + 1 if last_number else due.number, due.due_on)


@lru_cache(maxsize=4096)
def period_end(schedule: Schedule, due_on: date) -> date:
    """The day to which the instalment due on ``due_on`` pays: the next due date, were premiums to go on."""
    due = next_due(replace(schedule, ends_on=None), due_on + timedelta(days=1))
    assert due is not None  # a single premium has no instalments
    return due.due_on


def grace_ends_on(due_on: date, days: int, rolls: bool, calendar: WorkCalendar | None = None) -> date:
    """宽限期届满日: the last day of grace by the product (B-03), rolled to a working day if it says so (T-04)."""
    return grace_end(due_on, days, (calendar or published_calendar()) if rolls else None).day


@lru_cache(maxsize=4096)
def first_reminder(stages: Sequence[int], due_on: date) -> date | None:
    """The night that plans the first reminder: the one before its date.

    It may have passed when premium is billed late. Reminders are then planned tonight, for all that was missed (P05).
    """
    return due_on + timedelta(days=stages[0] - 1) if stages else None


@lru_cache(maxsize=4096)
def next_reminder(stages: Sequence[int], due_on: date, tonight: date) -> date | None:
    """The night that plans the next reminder to come, of premium that was asked for before and is owed again.

    When all have passed it is the last one's, so that nobody is left without any who is asked late.
    """
    nights = [due_on + timedelta(days=stage - 1) for stage in stages]
    return next((night for night in nights if night >= tonight), nights[-1] if nights else None)


def grace_after_demand(before: date, demanded_on: date, rolls: bool, calendar: WorkCalendar | None = None) -> date:
    """Premium asked for after it fell due has 30 days from the demand, and never less than before (B-01)."""
    return max(before, grace_ends_on(demanded_on, DEMAND_DAYS, rolls, calendar))


def in_time(value_on: date, grace_ends_on: date) -> bool:
    """Whether a payment came inside grace: the day it was paid counts, not the day we learnt of it (B-03)."""
    return value_on <= grace_ends_on


@dataclass(frozen=True, slots=True)
class Money:
    """What is left of one receipt."""

    receipt_id: int
    amount: Decimal
    value_on: date


@dataclass(frozen=True, slots=True)
class Owed:
    """What is paid whole or not at all: an unpaid instalment, or extra premium, whose money may be of any day."""

    debt_id: int
    amount: Decimal
    due_on: date
    grace_ends_on: date


@dataclass(frozen=True, slots=True)
class Use:
    """核销: so much of a receipt for one debt; ``value_on`` is the receipt's."""

    receipt_id: int
    debt_id: int
    amount: Decimal
    value_on: date


def cover(owed: Iterable[Owed], money: Iterable[Money]) -> list[Use]:
    """What the money pays: whole instalments, the oldest first, with the oldest money; the rest waits in suspense.

    An instalment takes only money paid inside its grace; one that cannot be paid whole stops those after it.
    """
    uses: list[Use] = []
    purse = sorted(money, key=lambda each: (each.value_on, each.receipt_id))
    left = {each.receipt_id: each.amount for each in purse}
    for debt in sorted(owed, key=_by_age):
        timely = [each for each in purse if left[each.receipt_id] and in_time(each.value_on, debt.grace_ends_on)]
        part = _take(debt, timely, left)
        if not part:
            break
        for use in part:
            left[use.receipt_id] -= use.amount
        uses += part
    return uses


def _take(debt: Owed, timely: Sequence[Money], left: dict[int, Decimal]) -> list[Use]:
    """The parts that make up one instalment; none if the money does not reach."""
    missing, parts = debt.amount, []
    for each in timely:
        part = min(missing, left[each.receipt_id])
        parts.append(Use(each.receipt_id, debt.debt_id, part, each.value_on))
        missing -= part
        if not missing:
            return parts
    return []


def _by_age(debt: Owed) -> tuple[date, int]:
    return debt.due_on, debt.debt_id


def left_of(money: Iterable[Money], uses: Iterable[Use]) -> list[Money]:
    """What remains of the money after these uses."""
    used: dict[int, Decimal] = defaultdict(Decimal)
    for use in uses:
        used[use.receipt_id] += use.amount
    rest = (replace(each, amount=each.amount - used[each.receipt_id]) for each in money)
    return [each for each in rest if each.amount]


def exactly(extra: Iterable[Owed], money: Iterable[Money]) -> list[Use]:
    """Extra premium that one receipt pays to the fen: that is what the customer meant it for."""
    uses: list[Use] = []
    purse = sorted(money, key=lambda each: (each.value_on, each.receipt_id))
    for debt in sorted(extra, key=_by_age):
        if match := next((each for each in purse if each.amount == debt.amount), None):
            purse.remove(match)
            uses.append(Use(match.receipt_id, debt.debt_id, debt.amount, match.value_on))
    return uses


def share_out(
    premiums: Sequence[Owed], extra: Iterable[Owed], money: Iterable[Money], today: date
) -> tuple[list[Use], list[Use]]:
    """核销顺序: what the money pays of instalments, and of extra premium.

    Instalments that have fallen due come first, for they keep the cover; while one of them cannot be paid, nothing else
    is. Then extra premium, the oldest first, passing over what cannot be paid whole; then instalments due later.
    """
    due = [each for each in premiums if each.due_on <= today]
    for_cover = cover(due, money)
    if len({use.debt_id for use in for_cover}) < len(due):
        return for_cover, []
    for_changes: list[Use] = []
    rest = left_of(money, for_cover)
    for debt in sorted(extra, key=_by_age):
        part = cover([debt], rest)
        for_changes += part
        rest = left_of(rest, part)
    ahead = cover((each for each in premiums if each.due_on > today), rest)
    return for_cover + ahead, for_changes


def billing_day(due_on: date, days_before: int, put_off: Iterable[date] = ()) -> date:
    """开单日: so many days before it falls due, but not before a change that takes effect by then."""
    return max([due_on - timedelta(days=days_before), *(day for day in put_off if day <= due_on)])


def why_waiting(
    left: Decimal,
    owed: Sequence[Owed],
    extra: Sequence[Owed],
    *,
    value_on: date,
    ended: bool,
    suspended: bool,
    barred: bool,
) -> Refusal | None:
    """Why money stays in suspense, in words for the one who entered it; None if none does."""
    if left == ZERO:
        return None
    if ended:
        return Refusal("money_waits_policy_ended", {"left": left})
    if barred:
        return Refusal("money_waits_premium_barred", {"left": left})
    if suspended:
        return Refusal("money_waits_policy_suspended", {"left": left})
    if not owed and extra:
        return Refusal("money_waits_for_change", {"left": left, "owed": min(extra, key=_by_age).amount})
    if not owed:
        return Refusal("money_waits_next_bill", {"left": left})
    oldest = min(owed, key=lambda each: each.due_on)
    if not in_time(value_on, oldest.grace_ends_on):
        return Refusal("money_waits_paid_late", {"left": left, "grace_ends_on": oldest.grace_ends_on})
    return Refusal("money_waits_too_little", {"left": left, "owed": oldest.amount})


@dataclass(frozen=True, slots=True)
class Part:
    """So much of a receipt, to be paid out."""

    receipt_id: int
    amount: Decimal


def draw(amount: Decimal, money: Iterable[Money]) -> list[Part]:
    """Which receipts a payout takes its amount from: the newest money first, which is what came too much.

    Empty if the money does not reach.
    """
    parts, missing = [], amount
    for each in sorted(money, key=lambda each: (each.value_on, each.receipt_id), reverse=True):
        part = min(missing, each.amount)
        if part > ZERO:
            parts.append(Part(each.receipt_id, part))
            missing -= part
    return [] if missing else parts


def approvals_needed(amount: Decimal, two_above: Decimal, *, account_is_new: bool) -> int:
    """复核人数: two above the amount set, or where the account was added a short time ago (P26); else one (P24)."""
    return 2 if amount > two_above or account_is_new else 1


def check_value_date(value_on: date, today: date) -> Refusal | None:
    """Money is not paid in the future, and not reported more than a year late: that is a typing mistake."""
    if value_on > today:
        return Refusal("value_date_in_future", {"value_on": value_on, "today": today})
    if value_on < today - OLDEST_VALUE_DATE:
        return Refusal("value_date_too_old", {"value_on": value_on})
    return None
