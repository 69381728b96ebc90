"""Sealing what was committed, and verifying it."""

from collections.abc import Iterator

from . import databases, worker
from .table import Row

ROWS = 50_000


def measure(size: int, runs: int) -> Iterator[Row]:
    """Events a second."""
    with databases.copy_of(databases.empty()) as copied:
        sealed = worker.run(copied, "seal_and_verify", events=ROWS)
    yield Row("sealing", f"{ROWS / sealed.seconds:,.0f} events/s")
    yield Row("verifying", f"{ROWS / sealed.more['verify_seconds']:,.0f} events/s")
