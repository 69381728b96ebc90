"""Rules of exports 导出规则."""

from enum import Enum, auto


class Way(Enum):
    """What becomes of a request, by the number of rows that match."""

    NOTHING = auto()
    AT_ONCE = auto()
    WITH_APPROVAL = auto()
    TOO_MANY = auto()


def way(rows: int, own_limit: int | None, most: int) -> Way:
    """How a list of so many rows may be taken out (P65, screen S22.3).

    Up to ``own_limit`` rows by oneself (None: no limit of one's own), up to ``most`` with another person's approval.
    """
    if not rows:
        return Way.NOTHING
    if rows > most:
        return Way.TOO_MANY
    return Way.AT_ONCE if own_limit is None or rows <= own_limit else Way.WITH_APPROVAL
