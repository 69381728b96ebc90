"""Importing a book: our import against the same rows taken in one by one."""

from collections.abc import Iterator

from . import databases, worker
from .table import Row, limit

MANY, FEW = 100_000, 300


def measure(size: int, runs: int) -> Iterator[Row]:
    """Rows a second, with encryption and all indexes; the loop gets fewer rows, for it takes longer."""
    with databases.copy_of(databases.empty()) as copied:
        ours = worker.run(copied, "import_book", rows=MANY)
    with databases.copy_of(databases.empty()) as copied:
        loop = worker.run(copied, "import_rows", rows=FEW)
    rate, baseline = MANY / ours.seconds, loop.more["taken"] / loop.seconds
    title = f"import of {MANY:,} policies"
    ratio = rate / baseline
    yield Row(f"{title} vs row by row", f"{rate:,.0f}/s", f"{baseline:,.0f}/s", f"{ratio:.0f}×", "≥ 40×", ratio >= 40)
    yield Row(f"{title}, rows a second", f"{rate:,.0f}/s", "", "", "≥ 8,000/s", rate >= 8000)
    cpu = f"{ours.worker_cpu:.1f} s Python, {ours.backend_cpu:.1f} s PostgreSQL"
    yield Row("where the import's CPU time goes", cpu)
    yield limit("memory of the import", ours.worker_mb, 100, "MB")
