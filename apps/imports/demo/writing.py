"""Writing the book 写出: rows as files, a large book by several processes.

Imports no models: a process that writes knows no database.
"""

import csv
import pickle
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from .book import BLOCK, Book, Cells

FILE_ROWS = 100 * BLOCK
"""Rows of one file, and of one transaction. Memory follows this and not the size of the book."""
AHEAD = 2
"""Files written while one is imported."""


def files(book: Book, size: int, folder: Path, processes: int) -> Iterator[Path]:
    """The book as files of at most ``FILE_ROWS`` rows, in order, never many at a time; the reader removes them."""
    starts = list(range(1, size + 1, FILE_ROWS))
    if len(starts) == 1:
        yield write(folder / "book.csv", book.rows(size))
        return
    kept = folder / "book.pickle"  # in a file: what is handed to a starting process must fit into a pipe
    kept.write_bytes(pickle.dumps(book))
    with ProcessPoolExecutor(processes, get_context("spawn"), _take, (kept,)) as pool:
        coming: list[Future[Path]] = []
        while starts or coming:
            while starts and len(coming) < AHEAD:
                first = starts.pop(0)
                last = min(first + FILE_ROWS - 1, size)
                coming.append(pool.submit(_write_part, folder / f"book-{first:07d}.csv", first, last))
            yield coming.pop(0).result()


_mine: list[Book] = []
"""The book of a writing process."""


def _take(kept: Path) -> None:
    _mine.append(pickle.loads(kept.read_bytes()))


def _write_part(path: Path, first: int, last: int) -> Path:
    return write(path, _mine[0].rows(last, first))


def write(path: Path, rows: Iterable[Cells]) -> Path:
    """Rows as CSV with a byte order mark, as spreadsheets save it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer: csv.DictWriter[str] | None = None
        for row in rows:
            if writer is None:
                writer = csv.DictWriter(file, fieldnames=list(row))
                writer.writeheader()
            writer.writerow(row)
    return path
