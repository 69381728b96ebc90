"""The databases of the benchmarks: one book is made, and every run gets a copy of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import psycopg

from .due import Due, most, put_off

OWNER = "DATABASE_OWNER_URL" if "DATABASE_OWNER_URL" in os.environ else "DATABASE_URL"
EMPTY = "policyops_bench_empty"
LARGE = 5000
"""Rows from which on a table is large: a night has no business reading it through."""


@dataclass(frozen=True)
class Visits:
    """What the cumulative statistics say a database was asked since it was copied."""

    rows: int
    scanned: tuple[str, ...]
    """Large tables that were read through by a sequential scan."""


@dataclass(frozen=True)
class Database:
    """One database on the server of ``DATABASE_URL``."""

    name: str

    def environment(self) -> dict[str, str]:
        """By which a process finds this database instead of the usual one. No pool: one process, one connection."""
        urls = {name: self._url(name) for name in ("DATABASE_URL", "DATABASE_OWNER_URL") if name in os.environ}
        return {**os.environ, **urls, "TESTING": "1"}

    def connect(self) -> psycopg.Connection:
        """As the owner."""
        return psycopg.connect(self._url(OWNER), autocommit=True)

    def visits(self) -> Visits:
        """Ask when no other connection is left: a backend reports what it read when it ends."""
        with self.connect() as connection:
            rows = connection.execute(
                """SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables)
                        + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes)"""
            ).fetchone()
            scanned = connection.execute(
                """SELECT c.relname FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
                   WHERE s.seq_scan > 0 AND c.reltuples >= %s ORDER BY c.relname""",
                [LARGE],
            ).fetchall()
        return Visits(int(rows[0]), tuple(name for (name,) in scanned))

    def _url(self, variable: str) -> str:
        return urlsplit(os.environ[variable])._replace(path=f"/{self.name}").geturl()


@contextmanager
def copy_of(original: Database, name: str = "policyops_bench_copy") -> Iterator[Database]:
    """An identical copy, dropped afterwards."""
    copied = _create(name, template=original.name)
    try:
        yield copied
    finally:
        _drop(name)


@contextmanager
def night(policies: int, due: Due) -> Iterator[Database]:
    """A copy of the book of this size, with so many things due on its night."""
    with copy_of(book(policies)) as copied:
        if due.actions < most(policies).actions:
            with copied.connect() as connection:
                put_off(connection.cursor(), due)
                connection.execute("VACUUM (ANALYZE) operations_agenda")
                connection.execute("SELECT pg_stat_force_next_flush()")
                connection.execute("SELECT pg_stat_reset()")
        yield copied


@cache
def book(policies: int) -> Database:
    """The book of this size; made once in a process."""
    made = _create(f"policyops_bench_{policies}", template=empty().name)
    command = [sys.executable, "-m", "benchmarks.worker", "benchmarks.jobs.make_book", f'{{"policies": {policies}}}']
    subprocess.run(command, env=made.environment() | {"DATABASE_ROLE": "owner"}, check=True, stdout=subprocess.DEVNULL)
    with made.connect() as connection:
        connection.execute("VACUUM (ANALYZE)")
    return made


@cache
def empty() -> Database:
    """A migrated database without rows."""
    made = _create(EMPTY, template="template0")
    for command in ("migrate", "grant_app"):
        subprocess.run(
            [sys.executable, "manage.py", command, "-v0"],
            env=made.environment() | {"DATABASE_ROLE": "owner"},
            check=True,
        )
    return made


def drop_all() -> None:
    """Drop what this process made."""
    with _server() as connection:
        names = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'policyops_bench_%'").fetchall()
    for (name,) in names:
        _drop(name)


def _create(name: str, *, template: str) -> Database:
    _drop(name)
    with _server() as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return Database(name)


def _drop(name: str) -> None:
    with _server() as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _server() -> psycopg.Connection:
    return psycopg.connect(os.environ[OWNER], autocommit=True)
