"""Imports 存量导入 in the API: how far a file has come, and which of its cells are wrong. Importing is for people."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.api import (
    Call,
    Code,
    Day,
    Detail,
    Id,
    List,
    Moment,
    Number,
    Shape,
    Text,
    a_code,
    a_text,
    declare_scope,
    operation,
)
from apps.core.errors import Refusal

from . import selectors
from .models import CellFault, Upload
from .states import Mode, UploadStatus

IMPORTS_READ = declare_scope("imports:read", _("Read imports and their wrong cells"))


class ImportShape(Shape):
    """A file on its way into the book 导入任务."""

    model = Upload
    id = Id("import")
    status = Code(UploadStatus)
    mode = Code(Mode, "All rows or none, or row by row; null until it is run.", null=True)
    file_name = Text(example="book-2025.xlsx")
    rows = Number("Of the file, without its header.")
    imported = Number("Rows that are policies now.")
    known = Number("Rows that were here already.")
    wrong_rows = Number()
    wrong_cells = Number()
    next_row = Number("Where a row-by-row import goes on; what lies before it is committed.")
    cutover_on = Day("What falls due before this day is never billed again.", null=True)
    uploaded_at = Moment()
    ended_at = Moment(null=True)


class OfImports:
    """What all operations on imports share."""

    def uploads(self, call: Call) -> QuerySet:
        return selectors.uploads_visible_to(call.user)

    def rows(self, call: Call) -> QuerySet:
        return self.uploads(call)


@operation("GET", "imports")
class Imports(OfImports, List):
    """Imports in the caller's area, newest first."""

    summary = "List imports"
    permission, scope, shape = "data_import.R", IMPORTS_READ, ImportShape
    filters = (a_code("status", "导入任务状态.", UploadStatus),)


@operation("GET", "imports/{import}")
class ImportDetail(OfImports, Detail):
    """One import: its state, and how far it has come."""

    summary = "Read an import"
    permission, scope, shape = "data_import.R", IMPORTS_READ, ImportShape


class Sentence(Text):
    """What is wrong and what to do, made of the code and its values in the caller's language."""

    @property
    def columns(self) -> Sequence[str]:
        return "code", "params"

    def builder(self, plain: bool) -> Callable[..., Any]:
        return lambda code, params: str(Refusal(code, orjson.loads(params) if isinstance(params, str) else params))


class WrongCellShape(Shape):
    """One wrong cell 差错. What it says is not told: it may be a customer's."""

    model = CellFault
    row = Number("Of the spreadsheet; the header is row 1.")
    column = Text("The header of the column; empty for the row as a whole.")
    code = Text(example="import_date_unreadable")
    message = Sentence("What is wrong and what to do.")


@operation("GET", "imports/{import}/faults")
class WrongCells(OfImports, List):
    """The wrong cells of an import, as its latest check or run found them, in the order in which they were found."""

    summary = "List the wrong cells of an import"
    permission, scope, shape = "data_import.R", IMPORTS_READ, WrongCellShape
    filters = (a_text("code", "Only this fault.", r"[a-z_]{1,60}", "code"),)
    order = "pk"

    @property
    def model(self) -> type[Upload]:
        return Upload

    def rows(self, call: Call) -> QuerySet:
        upload = self.uploads(call).filter(public_id=call.ids["import"]).first()
        if upload is None:
            raise self.missing(call)
        return selectors.faults_of(upload)
