"""What a night wrote, as finished rows: the difference between a book and its copy after the night.

Loading these rows with COPY is the least any program could do to bring the database to the same state.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from .databases import Database

GIVEN_BY_THE_DATABASE = ("txid",)
"""A guard compares it with the transaction at work."""


@dataclass(frozen=True)
class Change:
    """One table's rows: files of COPY's text format, and what is to be done with them."""

    table: str
    key: str
    columns: list[str]
    inserted: str
    updated: str
    deleted: str
    assigned: list[str]
    """The columns in which an updated row differs."""


def extract(book: Database, result: Database, folder: Path) -> None:
    """Write the differences of all tables that were written to into the folder."""
    with book.connect() as before, result.connect() as after:
        changes = [_compare(before, after, table, folder) for table in _written(after)]
    (folder / "changes.json").write_text(json.dumps([asdict(change) for change in changes]))


def read(folder: Path) -> list[Change]:
    """What ``extract`` wrote."""
    return [Change(**change) for change in json.loads((folder / "changes.json").read_text())]


def _written(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT relname FROM pg_stat_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 ORDER BY relname"
    )
    return [name for (name,) in rows]


def _compare(before: psycopg.Connection, after: psycopg.Connection, table: str, folder: Path) -> Change:
    key, columns = _key(after, table), _columns(after, table)
    old, new = (_rows(connection, table, key, columns) for connection in (before, after))
    changed = [row for row in new if row in old and old[row] != new[row]]
    differs = {
        column
        for row in changed
        for column, was, is_ in zip(columns, old[row].split(b"\t"), new[row].split(b"\t"), strict=True)
        if was != is_
    }
    return Change(
        table,
        key,
        columns,
        _write(folder / f"{table}.inserted", [line for row, line in new.items() if row not in old]),
        _write(folder / f"{table}.updated", [new[row] for row in changed]),
        _write(folder / f"{table}.deleted", [old[row] for row in old if row not in new]),
        [column for column in columns if column in differs],
    )


def _rows(connection: psycopg.Connection, table: str, key: str, columns: list[str]) -> dict[bytes, bytes]:
    """The lines of a table by their key, which stands first."""
    query = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table), sql.Identifier(key)
    )
    with connection.cursor().copy(query) as copy:
        lines = b"".join(copy).splitlines(keepends=True)
    return {line.split(b"\t", 1)[0].rstrip(): line for line in lines}


def _key(connection: psycopg.Connection, table: str) -> str:
    row = connection.execute(
        """SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
           WHERE indisprimary AND indrelid = %s::regclass""",
        [table],
    ).fetchone()
    assert row
    return row[0]


def _columns(connection: psycopg.Connection, table: str) -> list[str]:
    """The key first."""
    rows = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND column_name <> ALL(%s)",
        [table, list(GIVEN_BY_THE_DATABASE)],
    )
    key = _key(connection, table)
    return [key, *(name for (name,) in rows if name != key)]


def _write(path: Path, lines: list[bytes]) -> str:
    path.write_bytes(b"".join(lines))
    return str(path) if lines else ""
