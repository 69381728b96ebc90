"""Premiums by the rule, one at a time. There is no bulk path to set against it: nothing in the product asks for one."""

from collections.abc import Iterator

from . import databases, worker
from .table import Row

MANY = 20_000


def measure(size: int, runs: int) -> Iterator[Row]:
    """Quotes a second, each exact to the fen and with its trace."""
    with databases.copy_of(databases.empty()) as copied:
        quoted = worker.run(copied, "quote", quotes=MANY)
    yield Row("bulk quotes vs Decimal", "no bulk path yet", f"{MANY / quoted.seconds:,.0f}/s", "", "≥ 20×", False)
