"""The least that can be done: COPY the finished rows of the night into the same tables, under the same guards."""

from pathlib import Path

from django.db import connection, transaction
from psycopg import sql

from benchmarks import finished
from benchmarks.finished import Change
from benchmarks.meter import Meter


def run(meter: Meter, *, folder: str) -> None:
    changes = finished.read(Path(folder))
    files = {
        name: Path(name).read_bytes()
        for each in changes
        for name in (each.inserted, each.updated, each.deleted)
        if name
    }
    with meter, transaction.atomic():
        for change in changes:
            if change.deleted:
                _delete(change, files[change.deleted])
            if change.updated:
                _update(change, files[change.updated])
            if change.inserted:
                _copy(change.table, change.columns, files[change.inserted])


def _delete(change: Change, content: bytes) -> None:
    _stage(change, content)
    _execute("DELETE FROM {table} USING incoming WHERE {table}.{key} = incoming.{key}", change)


def _update(change: Change, content: bytes) -> None:
    _stage(change, content)
    assigned = (sql.SQL("{0} = incoming.{0}").format(sql.Identifier(column)) for column in change.assigned)
    statement = "UPDATE {table} SET {assigned} FROM incoming WHERE {table}.{key} = incoming.{key}"
    _execute(statement, change, assigned=sql.SQL(", ").join(assigned))


def _stage(change: Change, content: bytes) -> None:
    _execute("DROP TABLE IF EXISTS incoming")
    _execute("CREATE TEMPORARY TABLE incoming (LIKE {table}) ON COMMIT DROP", change)
    for column in finished.GIVEN_BY_THE_DATABASE:
        _execute("ALTER TABLE incoming DROP COLUMN IF EXISTS {column}", column=sql.Identifier(column))
    _copy("incoming", change.columns, content)


def _copy(table: str, columns: list[str], content: bytes) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(content)


def _execute(statement: str, change: Change | None = None, **parts: sql.Composable) -> None:
    if change:
        parts |= {"table": sql.Identifier(change.table), "key": sql.Identifier(change.key)}
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(**parts))
