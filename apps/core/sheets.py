"""Sheets 表格: a CSV text or the first sheet of a spreadsheet as lines of text, and lines of text as files.

Every cell is text, as a person reads it: numbers without exponent, dates as 2026-01-31. A cell that has no text to be
trusted (a formula, an error, a number longer than spreadsheets can keep) is empty and says why.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from .errors import BusinessError, explain, refuse
from .files import Accepted, FileKind

NO_COLUMN = -1
MOST_LINES, MOST_COLUMNS, MOST_CELLS = 200_000, 200, 3_000_000
"""Of a spreadsheet; text has no such bounds."""
DIGITS_KEPT = 15
TOO_LONG = 10**DIGITS_KEPT
FORMULA_START = re.compile("^'*[=+\\-@\t\r＝＋－＠]")
GUARDED = re.compile("^'+[=+\\-@\t\r＝＋－＠]")
TEXT = "@"

Problem = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number in the sheet (from 1), its cells, and what is wrong with a cell by position.

    Under ``NO_COLUMN`` stands what is wrong with the line as a whole.
    """

    number: int
    cells: list[str]
    problems: Mapping[int, Problem] = field(default_factory=dict)


def read_lines(accepted: Accepted, file: IO[bytes]) -> Iterator[Line]:
    """All lines of an accepted file, the header among them; refuses a sheet out of all proportion."""
    return _csv_lines(accepted, file) if accepted.kind is FileKind.CSV else _sheet_lines(file)


def _csv_lines(accepted: Accepted, file: IO[bytes]) -> Iterator[Line]:
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=accepted.encoding, newline="")
    reader = csv.reader(text, strict=True)
    try:
        for number, cells in enumerate(reader, 1):
            yield Line(number, [unguarded(cell) for cell in cells])
    except csv.Error as error:
        yield Line(reader.line_num, [], {NO_COLUMN: ("sheet_row_broken", {"problem": str(error)})})
    finally:
        text.detach()


def _sheet_lines(file: IO[bytes]) -> Iterator[Line]:
    file.seek(0)
    try:
        book = load_workbook(file, read_only=True, keep_links=False)
        sheet = next(sheet for sheet in book.worksheets if sheet.sheet_state == "visible")
        sheet.reset_dimensions()
        cells = width = 0
        for number, row in enumerate(sheet.iter_rows(), 1):
            cells += len(row)
            if number > MOST_LINES or len(row) > MOST_COLUMNS or cells > MOST_CELLS:
                raise refuse("sheet_too_large", lines=MOST_LINES, columns=MOST_COLUMNS)
            line = _line(number, row, width)
            width = width or len(line.cells)
            yield line
    except BusinessError:
        raise
    except Exception as error:  # whatever an odd file makes of a library that trusts files
        raise refuse("file_broken") from error


def _line(number: int, row: Sequence[Any], width: int) -> Line:
    """A line as wide as the header, or as far as anything is written in it."""
    problems = {position: problem for position, cell in enumerate(row) if (problem := _problem(cell))}
    cells = ["" if i in problems else _text(cell.value) for i, cell in enumerate(row)]
    written = max((i for i, cell in enumerate(cells, 1) if cell or i - 1 in problems), default=0)
    return Line(number, [*cells[:written], *[""] * (width - written)], problems)


def _problem(cell: Any) -> Problem | None:
    if cell.data_type == "f":
        return "sheet_formula", {}
    if cell.data_type == "e":
        return "sheet_error_value", {}
    if cell.data_type == "n" and cell.value is not None and abs(cell.value) >= TOO_LONG:
        return "sheet_number_too_long", {"digits": DIGITS_KEPT}
    return None


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return f"{Decimal(f'{value:.{DIGITS_KEPT}g}').normalize():f}"
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ")
        case _:
            return str(value)


def unguarded(cell: str) -> str:
    """A cell as it was before ``guarded``."""
    return cell[1:] if cell.startswith("'") and GUARDED.match(cell) else cell


def guarded(cell: str) -> str:
    """A cell that no spreadsheet program takes for a formula (P65)."""
    return f"'{cell}" if FORMULA_START.match(cell) else cell


def write_csv(lines: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with byte order mark, as spreadsheet programs open it; no cell is a formula."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([guarded(cell) for cell in line] for line in lines)
    return text.getvalue().encode("utf-8-sig")


def write_xlsx(sheets: Mapping[str, Iterable[Sequence[str]]], *, widths: Sequence[int] = ()) -> bytes:
    """A spreadsheet of text cells, each sheet with its first line as header; no cell is a formula.

    Control characters, which a spreadsheet cannot hold, are left out.
    """
    book = Workbook(write_only=True)
    for title, lines in sheets.items():
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        for position, width in enumerate(widths, 1):
            column = sheet.column_dimensions[get_column_letter(position)]
            column.width, column.number_format = width, TEXT
        for number, line in enumerate(lines):
            sheet.append([_text_cell(sheet, text, header=number == 0) for text in line])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _text_cell(sheet: Any, text: str, *, header: bool) -> Any:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type, cell.number_format = "s", TEXT
    if header:
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    return cell


explain(
    sheet_too_large=_(
        "The sheet has more than {lines} rows or {columns} columns, or too many cells. Divide it, or save it as CSV."
    ),
    sheet_row_broken=_("The row cannot be read any further: {problem}. Look for a quote that does not close."),
    sheet_formula=_("The cell is a formula. Paste its value in its place."),
    sheet_error_value=_("The cell shows an error of the spreadsheet. Write the value."),
    sheet_number_too_long=_(
        "Spreadsheets keep only {digits} digits of a number. Format the cell as text and type it anew."
    ),
)
