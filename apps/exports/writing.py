"""Writing an export: the cells of a list as text, with a mark of who took it (P65, screens S22.1, S22.2)."""

import html
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from apps.core.sheets import write_csv, write_xlsx

from .models import Export
from .states import ExportFormat

EMPTY = "—"
WIDTH = 18


def write(export: Export, columns: Sequence[Any], objects: Iterable[Any]) -> bytes:
    """The file: every cell is text, as masked as on the page, and every line carries the mark 水印 of the export."""
    lines = _lines(export, columns, objects)
    if export.format == ExportFormat.CSV:
        return write_csv(lines)
    return write_xlsx({_("List"): lines, _("About"): about(export)}, widths=[WIDTH] * (len(columns) + 1))


def _lines(export: Export, columns: Sequence[Any], objects: Iterable[Any]) -> Iterator[list[str]]:
    mark = f"{export.number} {export.requested_by}"
    yield [*(str(column.label) for column in columns), _("Export")]
    for obj in objects:
        yield [*(plain(column.of(obj)) for column in columns), mark]


def plain(cell: str) -> str:
    """What a cell of a page says, without its looks."""
    text = html.unescape(strip_tags(str(cell))).strip()
    return "" if text == EMPTY else text


def about(export: Export) -> list[list[str]]:
    """The sheet that says what this file is, for whoever finds it."""
    return [
        [_("Export"), export.number],
        [_("List"), export.title],
        [_("Requested by"), export.requested_by],
        [_("Approved by"), export.approved_by],
        [_("Purpose"), f"{export.get_purpose_display()}: {export.note}"],
        [_("Requested at"), f"{export.requested_at:%Y-%m-%d %H:%M:%S%z}"],
        ["", _("Personal data is masked. This file is for the purpose above only; delete it when you are done.")],
    ]
