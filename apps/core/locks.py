"""Named locks of the database: for work that only one process may do at a time. They die with their connection."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.connection import ConnectionProxy


@contextmanager
def only_one(name: str) -> Iterator[bool]:
    """Hold the lock across transactions. Yields whether it was free; if not, somebody else is at it.

    It lives in a transaction of a connection of its own, which does nothing else: so it holds behind a pooler too,
    which lends connections for one transaction (ADR 0013), and keeps neither a snapshot nor a row from anybody.
    """
    keeper = connection.copy()
    try:
        keeper.set_autocommit(False)
        yield _ask("pg_try_advisory_xact_lock", name, keeper)
    finally:
        with suppress(DatabaseError):
            keeper.rollback()
        keeper.close()


def wait_for(name: str) -> None:
    """Take the lock until this transaction ends, after whoever has it now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def is_held(name: str) -> bool:
    """Whether some process of this database holds the lock; asks without trying to take it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT EXISTS (
                   SELECT FROM pg_locks
                   WHERE locktype = 'advisory' AND granted AND objsubid = 1
                     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                     AND (classid::bigint << 32 | objid::bigint) = hashtextextended(%s, 0))""",
            [name],
        )
        return cursor.fetchone()[0]


def only_one_transaction(name: str) -> bool:
    """Take the lock until this transaction ends; false if somebody else has it."""
    return _ask("pg_try_advisory_xact_lock", name)


def _ask(function: str, name: str, using: BaseDatabaseWrapper | ConnectionProxy = connection) -> bool:
    with using.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtextextended(%s, 0))", [name])
        return cursor.fetchone()[0]
