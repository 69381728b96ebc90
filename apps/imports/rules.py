"""Rules of the cut-over 接管规则: where a policy of the old book stands on the day it becomes ours. Pure.

Nothing due before the cut-over is ever billed again: what was unpaid then comes as an open instalment, what falls due
later is ours to bill (decision 22, state-machines §3.1).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from apps.billing.rules import Due, next_due
from apps.core.dates import Frequency, suspension_date
from apps.policies.rules import check_beneficiaries
from apps.policies.states import PolicyStatus, PremiumStatus
from apps.policies.terms import Beneficiary

from . import riders
from .rows import Row

S, M = PolicyStatus, PremiumStatus
ONE_DAY = timedelta(days=1)
Disagreement = tuple[str, str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Standing:
    """接管日状态: both dimensions of the status, how far premium is paid and what is owed from before."""

    status: str
    premium_status: str
    paid_to: date | None
    suspended_on: date | None = None
    owed: tuple[Due, ...] = ()


def standing(row: Row, cutover: date, *, assume_paid: bool) -> Standing:
    """Where the policy stands on the cut-over day, for a row without ``disagreements``.

    A status that the file states is kept. Otherwise: before its first day it is pending; with its premium paid to the
    cut-over or beyond it is in force; unpaid, it is in grace, and suspended from the day after grace has ended (B-03).
    """
    paid_to = row.paid_to
    if row.status == S.TERMINATED:
        return Standing(S.TERMINATED, _settled(row, paid_to), paid_to, row.suspended_on)
    if row.frequency is Frequency.SINGLE:
        return Standing(S.PENDING_EFFECT if row.effective_on > cutover else S.IN_FORCE, M.SINGLE, None)
    if paid_to is None and assume_paid:
        upcoming = next_due(row.schedule, cutover)
        paid_to = upcoming.due_on if upcoming else row.premium_ends_on
    assert paid_to is not None
    if row.effective_on > cutover:
        first_due = paid_to == row.effective_on
        return Standing(S.PENDING_EFFECT, M.FIRST_DUE if first_due else _settled(row, paid_to), paid_to)
    return _begun(row, paid_to, cutover)


def _begun(row: Row, paid_to: date, cutover: date) -> Standing:
    settled = _settled(row, paid_to)
    if settled == M.PAID_UP or paid_to >= cutover:
        return Standing(S.IN_FORCE, settled, paid_to)
    suspended_on = row.suspended_on or suspension_date(row.product.grace.ends(paid_to))
    if row.status == S.SUSPENDED or (not row.status and suspended_on <= cutover):
        return Standing(S.SUSPENDED, M.OVERDUE, paid_to, suspended_on, _dues(row, paid_to, suspended_on))
    return Standing(S.IN_FORCE, M.GRACE, paid_to, None, _dues(row, paid_to, cutover))


def _settled(row: Row, paid_to: date | None) -> str:
    """The premium status of a policy that owes nothing."""
    if row.frequency is Frequency.SINGLE:
        return M.SINGLE
    return M.PAID_UP if paid_to and row.premium_ends_on and paid_to >= row.premium_ends_on else M.PAYING


def _dues(row: Row, since: date, before: date) -> tuple[Due, ...]:
    """The instalments due from ``since`` on and before a day."""
    dues, due = [], next_due(row.schedule, since)
    while due and due.due_on < before:
        dues.append(due)
        due = next_due(row.schedule, due.due_on + ONE_DAY)
    return tuple(dues)


def disagreements(row: Row, cutover: date, *, assume_paid: bool) -> Iterator[Disagreement]:
    """What in one row contradicts itself, as ``(field, code, params)``."""
    yield from _dates(row)
    if row.beneficiaries:
        yield from _beneficiaries(row)
    if row.riders or row.product.terms.is_rider:
        yield from riders.disagreements(row)
    if row.frequency is not Frequency.SINGLE:
        yield from _paid_to(row, assume_paid)
    yield from _status(row, cutover)


def _dates(row: Row) -> Iterator[Disagreement]:
    start = row.effective_on
    if row.ends_on and row.ends_on <= start:
        yield "ends_on", "import_before_start", {"start": start}
    for name in ("premium_ends_on", "paid_to", "suspended_on", "terminated_on"):
        day = getattr(row, name)
        if day and day < start:
            yield name, "import_before_start", {"start": start}
    if row.premium_ends_on and row.ends_on and row.premium_ends_on > row.ends_on:
        yield "premium_ends_on", "import_premium_outlasts_cover", {"end": row.ends_on}


def _beneficiaries(row: Row) -> Iterator[Disagreement]:
    parties = tuple(
        Beneficiary(position, each.share, each.order, each.relationship)
        for position, each in enumerate(row.beneficiaries, 1)
    )
    for refusal in check_beneficiaries(parties):
        order = refusal.params["order"]
        first = next(each.party for each in parties if each.benefit_order == order)
        yield f"beneficiary{first}_share", refusal.code, dict(refusal.params)


def _paid_to(row: Row, assume_paid: bool) -> Iterator[Disagreement]:
    if row.paid_to is None:
        if row.status == S.SUSPENDED or not (assume_paid or row.status == S.TERMINATED):
            yield "paid_to", "import_value_missing", {}
    elif row.premium_ends_on and row.paid_to >= row.premium_ends_on:
        if row.paid_to > row.premium_ends_on:
            yield "paid_to", "import_paid_beyond_end", {"end": row.premium_ends_on}
    elif row.paid_to >= row.effective_on:
        due = next_due(row.schedule, row.paid_to)
        if due is None or due.due_on != row.paid_to:
            yield "paid_to", "import_not_a_due_date", {"start": row.effective_on}


def _status(row: Row, cutover: date) -> Iterator[Disagreement]:
    ended = row.status == S.TERMINATED
    for name in ("terminated_on", "termination_code"):
        if ended and not getattr(row, name):
            yield name, "import_end_unexplained", {}
        if not ended and getattr(row, name):
            yield name, "import_not_ended", {}
    for name in ("terminated_on", "suspended_on"):
        if (day := getattr(row, name)) and day > cutover:
            yield name, "import_after_cutover", {"cutover": cutover}
    if row.status not in ("", S.PENDING_EFFECT) and row.effective_on > cutover:
        yield "effective_on", "import_after_cutover", {"cutover": cutover}
    if row.status == S.PENDING_EFFECT and row.effective_on <= cutover:
        yield "status", "import_in_effect_already", {"cutover": cutover}
    if not ended and row.ends_on and row.effective_on < row.ends_on <= cutover:
        yield "ends_on", "import_past_its_end", {"cutover": cutover}
    if row.status == S.SUSPENDED:
        yield from _suspension(row)
    elif row.suspended_on and not ended:
        yield "suspended_on", "import_not_suspended", {}


def _suspension(row: Row) -> Iterator[Disagreement]:
    """Suspension is for non-payment (policy:P09): something must be owed, and since before it."""
    if row.suspended_on is None:
        yield "suspended_on", "import_value_missing", {}
    elif row.paid_to and row.paid_to >= row.suspended_on:
        yield "suspended_on", "import_suspended_before_due", {"due": row.paid_to}
    if row.frequency is Frequency.SINGLE or (row.paid_to and _settled(row, row.paid_to) == M.PAID_UP):
        yield "status", "import_suspended_though_paid", {}
