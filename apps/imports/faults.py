"""Faults 差错: the wrong cells of a file, each named by row and column, with a stable code and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.core.errors import Refusal, Refused

MOST_NAMED = 200


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
    """The first ``MOST_NAMED`` faults of a file, and how many there are in all. A cell is named once, by what was found
    first."""

    def __init__(self) -> None:
        self._named: list[Fault] = []
        self._row, self._columns = 0, set[str]()
        self.total = 0

    def add(self, row: int, column: str, code: str, /, **params: Any) -> None:
        if row != self._row:
            self._row, self._columns = row, set()
        if column in self._columns:
            return
        self._columns.add(column)
        self.total += 1
        if len(self._named) < MOST_NAMED:
            self._named.append(Fault(row, column, code, params))

    @property
    def named(self) -> list[Fault]:
        """In the order of the rows."""
        return sorted(self._named, key=lambda fault: fault.row)


class FileRefused(Refused):
    """Nothing was imported; ``faults`` says where the file is wrong."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        super().__init__(Refusal("import_faults", {"total": faults.total}))
