"""Handing events to a subscriber that does nothing: our drain loop against one Celery task for each message."""

from collections.abc import Iterator

from . import databases, worker
from .table import Row

MANY, FEW = 50_000, 2_000


def measure(size: int, runs: int) -> Iterator[Row]:
    """Messages a second; the tasks get fewer messages, for they take longer."""
    with databases.copy_of(databases.empty()) as copied:
        ours = worker.run(copied, "drain_outbox", messages=MANY)
    with databases.copy_of(databases.empty()) as copied:
        tasks = worker.run(copied, "task_per_message", messages=FEW)
    rate, baseline = MANY / ours.seconds, FEW / tasks.seconds
    ratio = rate / baseline
    title = "outbox vs a task per message"
    yield Row(title, f"{rate:,.0f}/s", f"{baseline:,.0f}/s", f"{ratio:.0f}×", "≥ 50×", ratio >= 50)
    yield Row("outbox, messages a second", f"{rate:,.0f}/s", "", "", "≥ 20,000/s", rate >= 20_000)
