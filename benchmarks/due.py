"""What is due on the night that is measured."""

from dataclasses import astuple, dataclass
from datetime import date

from psycopg import Cursor

NIGHT = date(2026, 11, 24)
"""The business day to be closed: a Tuesday in the middle of a month, between two working days."""


@dataclass(frozen=True)
class Due:
    """What one night has to do, in policies: each has one thing due."""

    effect: int
    bill: int
    remind: int
    grace: int
    lapse: int

    @property
    def actions(self) -> int:
        return sum(astuple(self))


FIXED = Due(effect=500, bill=2000, remind=4000, grace=1000, lapse=500)
"""The night of the design: 8,000 actions, whatever the size of the book."""


def natural(policies: int) -> Due:
    """A night of a book of this size: 64 actions for every 1,000 policies, in the same proportions."""
    return Due(*(count * policies * 64 // (1000 * FIXED.actions) for count in astuple(FIXED)))


NOTHING = Due(effect=0, bill=0, remind=0, grace=0, lapse=0)


def most(policies: int) -> Due:
    """What is due in a book from which every other night of this size is made by putting things off."""
    return max(FIXED, natural(policies), key=lambda due: due.actions)


def put_off(cursor: Cursor, due: Due) -> None:
    """Leave so many things of each kind for the night, scattered evenly, and put the others off for three months."""
    for kind, keep in vars(due).items():
        cursor.execute(PUT_OFF, {"kind": kind, "keep": keep, "night": NIGHT})


PUT_OFF = """
UPDATE operations_agenda AS a SET due_on = a.due_on + 90
FROM (
    SELECT id, row_number() OVER (ORDER BY policy_id) AS n, count(*) OVER () AS due
    FROM operations_agenda WHERE kind = %(kind)s AND due_on <= %(night)s
) AS tonight
WHERE a.id = tonight.id AND n * %(keep)s / due = (n - 1) * %(keep)s / due
"""
