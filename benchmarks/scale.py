"""The same work in a small book and a large one, a natural night, an empty one, and the memory they take."""

from collections.abc import Iterator
from statistics import median

from . import databases, worker
from .databases import Visits
from .due import FIXED, NOTHING, Due, natural
from .table import Row, at_most, limit, within
from .worker import Report

SMALL = 10_000


def measure(size: int, runs: int) -> Iterator[Row]:
    """8,000 actions in a book of 10,000 and in one of ``size``; then what is natural there, and nothing at all."""
    (small, few), (large, many) = _nights(SMALL, runs), _nights(size, runs)
    title = f"same work, {SMALL:,} → {size:,} policies"
    yield within(f"{title}: rows visited", many.rows, few.rows, 0.1, "rows")
    yield at_most(f"{title}: time", _median(large), _median(small), 2.0)
    yield at_most(f"{title}: CPU time", median(each.cpu for each in large), median(each.cpu for each in small), 2.0)
    yield at_most(f"{title}: WAL", large[0].wal_mb, small[0].wal_mb, 2.5, "MB")
    yield Row(
        f"{title}: large tables read through", ", ".join(many.scanned) or "none", "", "", "none", not many.scanned
    )
    yield limit("memory of the worker", max(each.worker_mb for each in large), 128, "MB")
    yield limit("memory of its backend", max(each.backend_mb for each in large), 64, "MB")
    yield from _natural(size)
    yield from _empty(size)


def _nights(policies: int, runs: int, due: Due = FIXED) -> tuple[list[Report], Visits]:
    reports = []
    for _ in range(runs):
        with databases.night(policies, due) as copied:
            reports.append(worker.run(copied, "close_day"))
            visits = copied.visits()
    return reports, visits


def _natural(size: int) -> Iterator[Row]:
    [report], _ = _nights(size, 1, natural(size))
    title = f"natural night, {size:,} policies: {_actions(report):,} actions"
    yield limit(title, report.seconds, 10, "s")
    yield Row("its CPU time", f"{report.worker_cpu:.1f} s Python, {report.backend_cpu:.1f} s PostgreSQL")


def _empty(size: int) -> Iterator[Row]:
    [report], visits = _nights(size, 1, NOTHING)
    yield limit(f"night with nothing due, {size:,} policies", report.seconds, 1, "s")
    yield limit(f"night with nothing due, {size:,} policies: rows visited", visits.rows, 1000, "rows")


def _actions(report: Report) -> int:
    return sum(report.more.values())


def _median(reports: list[Report]) -> float:
    return median(report.seconds for report in reports)
