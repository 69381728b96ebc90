"""Set-based changes: one UPDATE for many rows. A move takes its legal sources from the same transition methods."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Model

from .statemachine import sources


class Statement(NamedTuple):
    """SQL and its parameters, to become part of a larger statement; ``given`` are WITH queries it builds upon."""

    sql: str
    params: Sequence[Any]
    given: str = ""


def moving(
    model: type[Model],
    ids: Iterable[int],
    target: str,
    *,
    returning: str,
    field: str = "status",
    origin: str | None = None,
    each: Mapping[str, Sequence[Any]] | None = None,
    **same: Any,
) -> Statement:
    """The UPDATE that moves the rows ``t`` that may legally go to ``target``, and no others.

    ``origin`` narrows the legal sources to one. ``each`` gives columns one value per id, in the order of ``ids``;
    ``same`` gives columns one value for all. The caller has locked the rows and records the event of each one returned.
    """
    each = each or {}
    legal = [state for state in sources(model, target, field) if origin in (None, state)]
    if origin and not legal:
        raise ValueError(f"{model._meta.label}.{field}: {origin} to {target} is not an edge")
    types = [model._meta.get_field(name).db_type(connection) for name in each]
    assignments = [f"{field} = %s", *(f"{name} = v.{name}" for name in each), *(f"{name} = %s" for name in same)]
    arrays = ["%s::bigint[]", *(f"%s::{type_}[]" for type_ in types)]
    return Statement(
        f"""UPDATE {model._meta.db_table} AS t SET {", ".join(assignments)}
            FROM unnest({", ".join(arrays)}) AS v({", ".join(["id", *each])})
            WHERE t.id = v.id AND t.{field} = ANY(%s) RETURNING {returning}""",
        [target, *same.values(), list(ids), *map(list, each.values()), legal],
    )


def move(model: type[Model], ids: Iterable[int], target: str, **how: Any) -> list[int]:
    """Move these rows as ``moving`` says and return the ids of those that really moved, in order."""
    keys = list(ids)
    statement = moving(model, keys, target, returning="t.id", **how)
    if not keys:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.params)
        return sorted(row[0] for row in cursor.fetchall())


def assign(model: type[Model], column: str, values: Mapping[int, Any]) -> None:
    """Give one column, which is no state, its own value in each row."""
    if not values:
        return
    type_ = model._meta.get_field(column).db_type(connection)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE {model._meta.db_table} AS t SET {column} = v.value
                FROM unnest(%s::bigint[], %s::{type_}[]) AS v(id, value) WHERE t.id = v.id""",
            [list(values), list(values.values())],
        )


def save(rows: Sequence[Model], columns: Sequence[str]) -> None:
    """Save these columns of rows that the caller has locked, states included: one UPDATE with plain values.

    ``bulk_update`` says the same with an expression per cell, which costs more than the database's whole work.
    """
    if not rows:
        return
    model = type(rows[0])
    types = [model._meta.get_field(name).db_type(connection) for name in columns]
    arrays = ["%s::bigint[]", *(f"%s::{type_}[]" for type_ in types)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE {model._meta.db_table} AS t SET {", ".join(f"{name} = v.{name}" for name in columns)}
                FROM unnest({", ".join(arrays)}) AS v({", ".join(["id", *columns])}) WHERE t.id = v.id""",
            [[row.pk for row in rows], *([getattr(row, name) for row in rows] for name in columns)],
        )
