"""Reading 读取: a file as a header and rows of cells, wherever its lines come from. Knows nothing of policies."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from apps.core.errors import Refusal, Refused, refuse
from apps.core.files import Accepted, FileKind, accept
from apps.core.sheets import NO_COLUMN, Line, read_lines

from .faults import Faults

KINDS = (FileKind.CSV, FileKind.XLSX)
HEADER_ROW = 1
FAULT_COLUMN = "差错说明"
"""What a file of wrong rows says beside them; a file that comes in with it is read as if it were not there."""

Cells = dict[str, str]
Lines = Iterable[Line]


@dataclass(frozen=True)
class BookFile:
    """A file as found: its digest tells whether it was here before. ``lines`` reads it anew, header first."""

    name: str
    sha256: str
    lines: Callable[[], Iterator[Line]]


def open_file(path: Path) -> BookFile:
    """A file on disk, of any size. Refuses one that is missing, or is not what it says (``core.files``)."""
    if not path.is_file():
        raise refuse("import_file_missing", file=str(path))
    with path.open("rb") as file:
        accepted = accept(path.name, file, kinds=KINDS, largest=None)
    return BookFile(accepted.name, accepted.sha256, lambda: _lines_on_disk(path, accepted))


def _lines_on_disk(path: Path, accepted: Accepted) -> Iterator[Line]:
    with path.open("rb") as file:
        yield from read_lines(accepted, file)


def header_of(first: Line | None) -> list[str]:
    """The names of the columns, trimmed, without empty ones at the end."""
    names = [name.strip() for name in first.cells] if first else []
    while names and not names[-1]:
        names.pop()
    return names


def check_header(names: list[str]) -> None:
    """Refuse a first row that cannot be a header: a name twice or missing, or what looks like somebody's data."""
    problems = [(column, "import_column_twice") for column, times in Counter(names).items() if times > 1 and column]
    if "" in names or not names:
        problems.append(("", "import_column_unnamed"))
    if any("@" in name or (name.isdigit() and len(name) > 5) for name in names):
        problems.append(("", "import_header_missing"))
    if problems:
        raise Refused(*(Refusal(code, {"row": HEADER_ROW, "column": column}) for column, code in problems))


def rows(file: BookFile, columns: Collection[str], faults: Faults) -> Iterator[tuple[int, Cells]]:
    """The rows as ``(row number, cells by header)``; rows with nothing in them are passed over.

    The header must hold exactly ``columns``, each once, in any order. Notes a header that does not, a row of another
    length, and cells that cannot be read as text; after a header that does not fit nothing more is read.
    """
    lines = file.lines()
    header = header_of(next(lines, None))
    if _header_fits([name for name in header if name != FAULT_COLUMN], columns, faults):
        yield from cells_of(header, lines, faults)


def cells_of(header: list[str], lines: Lines, faults: Faults) -> Iterator[tuple[int, Cells]]:
    """The lines below a header as rows; notes those that are none."""
    for line in lines:
        for position, (code, params) in line.problems.items():
            column = header[position] if NO_COLUMN < position < len(header) else ""
            faults.add(line.number, column, code, **params)
        if NO_COLUMN in line.problems or not (any(line.cells) or line.problems):
            continue
        if len(line.cells) != len(header):
            faults.add(line.number, "", "import_row_length", expected=len(header), found=len(line.cells))
        else:
            yield line.number, dict(zip(header, line.cells, strict=True))


def _header_fits(header: list[str], columns: Collection[str], faults: Faults) -> bool:
    before = faults.total
    for name, times in Counter(header).items():
        if times > 1:
            faults.add(HEADER_ROW, name, "import_column_twice", column=name)
        if name not in columns:
            faults.add(HEADER_ROW, name, "import_column_unknown", column=name)
    for name in columns:
        if name not in header:
            faults.add(HEADER_ROW, name, "import_column_missing", column=name)
    return faults.total == before
