"""The agenda's vocabulary 日程: the kinds of entries, an entry as a step sees it, and what a step answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

EFFECT = "effect"
"""A policy takes effect. Subject: the policy."""
EXPIRE = "expire"
"""A policy's term ends. Subject: the policy."""
BILL = "bill"
"""A planned instalment is billed. Subject: the instalment."""
GRACE = "grace"
"""A billed instalment enters grace, the day after its due date. Subject: the instalment."""
LAPSE = "lapse"
"""Grace is over and the policy is suspended, the day after grace ends. Subject: the instalment."""
REMIND = "remind"
"""The next reminder of a billed instalment is planned, the day before its date. Subject: the instalment."""

ENDORSE = "endorse"
"""An approved endorsement takes effect at 00:00 of the next day. Subject: the case."""
ENDORSE_EXPIRY = "endorse_expiry"
"""An endorsement that waits for papers or money has waited long enough. Subject: the case."""


@dataclass(frozen=True)
class Entry:
    """One thing to look at, due on or before the day being closed."""

    id: int
    due_on: date
    policy_id: int
    subject_id: int


@dataclass(frozen=True)
class Outcome:
    """What a step did with its entries, by agenda id.

    ``done`` entries leave the agenda, ``moved`` ones get their next date, which must lie after the day being closed;
    ``locked`` ones are held by somebody else and tried again at the end of the step. An entry not mentioned is an
    error of the step.
    """

    done: Sequence[int] = ()
    moved: Mapping[int, date] = field(default_factory=dict)
    locked: Sequence[int] = ()
