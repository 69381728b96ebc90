"""Endorsements: quotes on a long history, replay against its length, and changes carried out by two people."""

from collections.abc import Iterator

from . import databases, worker
from .table import Row, at_least, limit

ITEMS, QUOTES, CHANGES = 60, 20, 20


def measure(size: int, runs: int) -> Iterator[Row]:
    """On a policy of 30 years, paid monthly, with 60 items; the impact report beside one that replays each prefix."""
    with databases.copy_of(databases.empty()) as copied:
        told = worker.run(copied, "endorse", items=ITEMS, quotes=QUOTES, changes=CHANGES).more
    yield limit("quote, 30 years and 60 items, p50", told["p50"] * 1000, 300, "ms")
    yield limit("quote, 30 years and 60 items, p99", told["p99"] * 1000, 600, "ms")
    growth = told["whole"] / told["quarter"]
    yield Row(
        "replay of 60 items vs 15", _ms(told["whole"]), _ms(told["quarter"]), f"{growth:.1f}×", "≤ 5×", growth <= 5
    )
    yield at_least("impact report vs replaying each prefix", told["impact"] * 1000, told["naive"] * 1000, 1, "ms")
    yield Row("changes from entry to effect, two people", f"{told['applied']:.1f}/s")


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"
