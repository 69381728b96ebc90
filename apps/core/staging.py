"""Staging 暂存: temporary tables for loads in bulk, filled by COPY, gone with the transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.db import connection

T = TypeVar("T")


class Staging:
    """One temporary table: its name and its columns with their types."""

    def __init__(self, name: str, columns: Mapping[str, str]) -> None:
        self.name, self.columns = name, columns

    def create(self) -> None:
        """Make it, empty, until the end of the transaction."""
        columns = ", ".join(f"{name} {kind}" for name, kind in self.columns.items())
        _drop(self.name)
        run(f"CREATE TEMPORARY TABLE {self.name} ({columns}) ON COMMIT DROP")

    def copy(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add rows, each with a value for every column, in their order."""
        names = ", ".join(self.columns)
        with connection.cursor() as cursor, cursor.copy(f"COPY {self.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def derive(name: str, key: str, query: str) -> None:
    """Make a temporary table of what a query finds, with its key and with statistics, like ``Staging.create``."""
    _drop(name)
    run(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {query}")
    run(f"ALTER TABLE {name} ADD PRIMARY KEY ({key})")
    run(f"ANALYZE {name}")


def _drop(name: str) -> None:
    run(f"DROP TABLE IF EXISTS pg_temp.{name}")


def run(sql: str, params: Sequence[Any] = ()) -> int:
    """Run one statement and say how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def fetch(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def stream(sql: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a query, fetched as they are read, while other statements run in the same transaction."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        yield from cursor


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut into lists of at most ``size``."""
    source = iter(items)
    while chunk := list(islice(source, size)):
        yield chunk
