"""Lists as PostgreSQL arrays, written quickly: a chunk of the night names thousands of keys in each statement."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.array import ListDumper

PLAIN = frozenset({int, date, Decimal, UUID})
"""Types whose text needs no quotes inside an array."""


class PlainListDumper(ListDumper):
    """Joins values that need no quotes, where the driver looks at each of them in turn."""

    def dump(self, obj: list[Any]) -> Any:
        if obj and set(map(type, obj)) <= PLAIN:
            return f"{{{','.join(map(str, obj))}}}".encode()
        return super().dump(obj)


psycopg.adapters.register_dumper(list, PlainListDumper)
