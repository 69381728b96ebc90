"""Faults 差错: the wrong cells of a file, each named by row and column, with a stable code and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.core.errors import Refusal, Refused

MOST_NAMED = 200
MOST_KEPT = 100_000
"""Of an upload; beyond that the file is not worth correcting cell by cell."""


@dataclass(frozen=True)
class Fault:
    """One wrong cell. ``row`` is the row of a spreadsheet, where the header is row 1; ``column`` its header."""

    row: int
    column: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return str(Refusal(self.code, self.params))

    def as_json(self) -> dict[str, Any]:
        return {"row": self.row, "column": self.column, "code": self.code, "hint": str(self)}


class Faults:
    """The first ``most`` faults of a file, and how many there are in all. A cell is named once, by what was found
    first."""

    def __init__(self, most: int = MOST_NAMED) -> None:
        self._named: list[Fault] = []
        self._columns: dict[int, set[str]] = {}
        self._most = most
        self.total = 0

    def add(self, row: int, column: str, code: str, /, **params: Any) -> None:
        columns = self._columns.setdefault(row, set())
        if column in columns:
            return
        columns.add(column)
        self.total += 1
        if len(self._named) < self._most:
            self._named.append(Fault(row, column, code, params))

    def of(self, row: int) -> int:
        """How many cells of a row are wrong."""
        return len(self._columns.get(row, ()))

    @property
    def rows(self) -> set[int]:
        """The rows in which something is wrong."""
        return set(self._columns)

    @property
    def named(self) -> list[Fault]:
        """In the order of the rows."""
        return sorted(self._named, key=lambda fault: fault.row)


class FileRefused(Refused):
    """Nothing was imported; ``faults`` says where the file is wrong, ``known`` how many rows are here already."""

    def __init__(self, faults: Faults, known: int = 0) -> None:
        self.faults, self.known = faults, known
        super().__init__(Refusal("import_faults", {"total": faults.total}))
