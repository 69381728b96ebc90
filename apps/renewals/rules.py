"""When a premium is reminded of, and when unpaid premium suspends cover 续期规则 (B-01 … B-05, T-04, policy:P05, P09).

Days are natural days. ``on`` is the business day being closed: grace begins on the day after the due date, cover is
suspended on the day after grace ends, and a reminder is planned the day before the day it is for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from apps.core.dates import suspension_date
from apps.products.states import NonForfeiture

from .states import SkipReason, Tone, WaitReason

ONE_DAY = timedelta(days=1)
LAST_DAYS = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Stage:
    """提醒阶段: ``days`` from the due date, the day it is for, and the last day on which it is still true."""

    days: int
    on: date
    useful_until: date

    @property
    def plan_on(self) -> date:
        """The close of business that plans it: messages planned tonight reach people tomorrow."""
        return self.on - ONE_DAY


@dataclass(frozen=True, slots=True)
class Planning:
    """What one night does with a cadence: the stage to plan, those whose time has passed, when to look again."""

    current: Stage | None
    superseded: tuple[Stage, ...]
    next_on: date | None


@lru_cache(maxsize=4096)
def stages(cadence: Sequence[int], due_on: date, grace_ends_on: date) -> tuple[Stage, ...]:
    """The cadence of one instalment, in order. A stage is of use until the next one, or until its words are untrue.

    "Falls due" holds until the due date, "due today" on it, "in grace" until grace ends (decision 8).
    """
    days_on = [due_on + timedelta(days=days) for days in cadence]
    eves = [day - ONE_DAY for day in days_on[1:]] + [grace_ends_on]
    return tuple(
        Stage(days, on, min(eve, _last_true_day(days, due_on, grace_ends_on)))
        for days, on, eve in zip(cadence, days_on, eves, strict=True)
    )


def _last_true_day(days: int, due_on: date, grace_ends_on: date) -> date:
    if days > 0:
        return grace_ends_on
    return due_on if days == 0 else due_on - ONE_DAY


def planning(cadence: Sequence[Stage], *, since: date, on: date) -> Planning:
    """Of the stages that fell to be planned from ``since`` to ``on``, the latest still of use is planned (P05).

    The others are superseded: a customer who was not written to for three days gets one reminder, not three. Who has
    not been written to at all, and of whose stages none is of use any more, is told now what he would be told next.
    """
    fallen = [stage for stage in cadence if since <= stage.plan_on <= on]
    current = fallen[-1] if fallen and on < fallen[-1].useful_until else None
    superseded = tuple(stage for stage in fallen if stage is not current)
    ahead = [stage for stage in cadence if stage.plan_on > on]
    never_told = bool(fallen) and not current and since <= cadence[0].plan_on
    if never_told and ahead:
        current = _brought_forward(ahead.pop(0), on)
    return Planning(current, superseded, ahead[0].plan_on if ahead else None)


def _brought_forward(stage: Stage, on: date) -> Stage:
    """A stage of grace for tomorrow already, and never for a day on which grace has not begun: it would be untrue."""
    due_on = stage.on - timedelta(days=stage.days)
    return replace(stage, on=max(on, due_on) + ONE_DAY)


def tone(days: int, on: date, grace_ends_on: date) -> Tone:
    """提醒口径: which text a stage sends."""
    if days < 0:
        return Tone.BEFORE_DUE
    if days == 0:
        return Tone.DUE_TODAY
    return Tone.FINAL if grace_ends_on - on <= LAST_DAYS else Tone.IN_GRACE


def why_not_remind(*, unpaid: bool, in_force: bool, barred: bool, wanted: bool) -> SkipReason | None:
    """Why nobody is to be reminded of this instalment (P06); None if somebody is.

    Reminders are sent unless the holder has said no (B-04, 基本服务规定 §21). Who asks for premium although he knows of
    a non-disclosure gives up the right to rescind (L-11, 解释二 §7).
    """
    if not in_force:
        return SkipReason.NOT_IN_FORCE
    if not unpaid:
        return SkipReason.PAID
    if barred:
        return SkipReason.BARRED
    return None if wanted else SkipReason.OPTED_OUT


def grace_begins(unpaid: bool, due_on: date, on: date) -> bool:
    """进入宽限期: an unpaid premium is in grace from the day after its due date (policy:P05, B-03, T-01)."""
    return unpaid and due_on < on


@dataclass(frozen=True, slots=True)
class LapseFacts:
    """What is known about one instalment and its policy, read under their locks."""

    unpaid: bool
    in_force: bool
    grace_ends_on: date
    receipt_in_flight: bool = False
    blocking_hold: bool = False
    non_forfeiture: NonForfeiture = NonForfeiture.SUSPEND


@dataclass(frozen=True, slots=True)
class Suspend:
    """中止: the instalment is overdue, and with it cover is suspended from 00:00 of ``suspended_on`` (B-03)."""

    suspended_on: date


@dataclass(frozen=True, slots=True)
class FallOverdue:
    """The instalment is overdue; an earlier one has suspended the policy already."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Not today: the same question is asked at the next close."""

    reason: WaitReason


@dataclass(frozen=True, slots=True)
class NotDue:
    """Nothing to decide: it is paid, or its grace has not ended."""


LapseDecision = Suspend | FallOverdue | Wait | NotDue


def lapse_decision(facts: LapseFacts, on: date) -> LapseDecision:
    """Whether unpaid premium suspends cover (policy:P09, 保险法 §36, B-01, B-03). Decided from facts, never by a timer.

    Not while a receipt waits for its second person, nor while a claim, dispute, freeze or known non-disclosure is open;
    not where the product has another way than suspension (policy:P07, P08).
    """
    if not facts.unpaid or on <= facts.grace_ends_on:
        return NotDue()
    if not facts.in_force:
        return FallOverdue()
    if reason := _why_wait(facts):
        return Wait(reason)
    return Suspend(suspension_date(facts.grace_ends_on))


def _why_wait(facts: LapseFacts) -> WaitReason | None:
    if facts.receipt_in_flight:
        return WaitReason.MONEY_IN_FLIGHT
    if facts.blocking_hold:
        return WaitReason.HOLD
    if facts.non_forfeiture != NonForfeiture.SUSPEND:
        return WaitReason.NON_FORFEITURE
    return None
