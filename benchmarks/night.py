"""The same night of 8,000 actions four ways, on identical copies of a book of 10,000 policies."""

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from . import databases, finished, outcome, worker
from .databases import Database
from .table import Row, at_least, at_most
from .worker import Report

POLICIES = 10_000
OURS, LIMIT, BULK, LOOP = "close_day", "copied", "in_bulk", "one_by_one"


def measure(size: int, runs: int) -> Iterator[Row]:
    """Medians of so many runs in turn; the loop runs once in three, for it takes as long as all others together."""
    book = databases.book(POLICIES)
    reports: dict[str, list[Report]] = defaultdict(list)
    ends: dict[str, dict[str, str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        ends[OURS] = _finish(book, Path(folder))
        for turn in range(runs):
            for way in (OURS, LIMIT, BULK, LOOP):
                if way != LOOP or turn % 3 == 0:
                    options = {"folder": folder} if way == LIMIT else {}
                    reports[way].append(_run(book, way, ends, **options))
    yield from _compare(reports)
    yield _same_end(ends)


def _finish(book: Database, folder: Path) -> dict[str, str]:
    """One night of ours in advance: its finished rows are what the COPY way loads."""
    with databases.copy_of(book) as copied:
        worker.run(copied, OURS)
        finished.extract(book, copied, folder)
        return outcome.of(copied)


def _run(book: Database, way: str, ends: dict[str, dict[str, str]], **options: Any) -> Report:
    with databases.copy_of(book) as copied:
        report = worker.run(copied, way, **options)
        if way not in ends:
            ends[way] = outcome.of(copied)
        return report


def _compare(reports: dict[str, list[Report]]) -> Iterator[Row]:
    seconds = {way: median(report.seconds for report in done) for way, done in reports.items()}
    cpu = {way: median(report.cpu for report in done) for way, done in reports.items()}
    for clock, spent in (("", seconds), (", CPU time", cpu)):
        yield at_least(f"night vs object by object{clock}", spent[OURS], spent[LOOP], 80)
        yield at_least(f"night vs bulk ORM{clock}", spent[OURS], spent[BULK], 8)
        yield at_most(f"night vs COPY of finished rows{clock}", spent[OURS], spent[LIMIT], 1.5)
    ours = reports[OURS]
    parts = f"{median(r.worker_cpu for r in ours):.2f} s Python, {median(r.backend_cpu for r in ours):.2f} s PostgreSQL"
    yield Row("where the night's CPU time goes", parts)


def _same_end(ends: dict[str, dict[str, str]]) -> Row:
    differing = sorted({f"{way}: {name}" for way, end in ends.items() for name in end if end[name] != ends[OURS][name]})
    return Row("all four ways end alike", ", ".join(differing) or "yes", "", "", "yes", not differing)
