"""Questions about files on their way in, and about books that came in."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from apps.accounts import scoping
from apps.accounts.models import User
from apps.core.errors import Refusal
from apps.core.masking import MaskKind, mask
from apps.core.sheets import Line
from apps.core.staging import fetch

from . import stored, suggesting
from .faults import Fault
from .fields import DATES, PERSONS, RIDERS
from .mapping import SHIPPED, BookMapping, parse_mapping, shipped
from .models import CellFault, ImportedPolicy, MappingVersion, PortfolioImport, Upload
from .states import AT_WORK, ENDED

READ = "data_import.R"
MASKS = {
    "name": MaskKind.NAME,
    "id_number": MaskKind.ID_NUMBER,
    "mobile": MaskKind.PHONE,
    "email": MaskKind.EMAIL,
    "address": MaskKind.ADDRESS,
    "bank_account": MaskKind.BANK_CARD,
}


OUT_OF_PLACE = re.compile(r"\d{11}|@")
"""What is a number or an address of somebody, in whatever column it stands."""
MOST_SAMPLED, MOST_VALUES, LONGEST_VALUE = 20, 30, 20


def same_import(file_sha256: str, mapping_sha256: str) -> PortfolioImport | None:
    """The import of this very file by this very mapping, if there was one (P66)."""
    return PortfolioImport.objects.filter(file_sha256=file_sha256, mapping_sha256=mapping_sha256).first()


def known_keys(book: str, keys: Iterable[str]) -> set[str]:
    """Those of these row keys that were imported into the book already."""
    sql = "SELECT row_key FROM imports_importedpolicy WHERE book = %s AND row_key = ANY(%s)"
    return {row[0] for row in fetch(sql, [book, list(keys)])}


def uploads_visible_to(user: User) -> QuerySet[Upload]:
    """Uploads of the person's branch and those below it."""
    return Upload.objects.filter(scoping.rows(user, READ, agent_user="", own="uploaded_by"))


def uploads_reached_by(user: User, permission: str) -> QuerySet[Upload]:
    """The uploads on which a permission lets this person act."""
    return Upload.objects.filter(scoping.rows(user, permission, agent_user="", own="uploaded_by"))


def waiting() -> list[int]:
    """Uploads a worker should be at."""
    return list(Upload.objects.filter(status__in=AT_WORK).order_by("pk").values_list("pk", flat=True))


def to_be_purged(before: datetime) -> list[int]:
    """Uploads whose content has been kept long enough: over, or left alone, since ``before``."""
    over = Q(status__in=ENDED, ended_at__lt=before)
    left_alone = ~Q(status__in=(*ENDED, *AT_WORK)) & Q(uploaded_at__lt=before)
    return list(Upload.objects.filter(over | left_alone, purged_at=None).order_by("pk").values_list("pk", flat=True))


def imported_policies(batch_id: int, most: int) -> list[int]:
    """The first policies of a book that came in."""
    found = ImportedPolicy.objects.filter(batch=batch_id).order_by("pk")
    return list(found.values_list("policy_id", flat=True)[:most])


def mapping_for(header_sha256: str) -> MappingVersion | None:
    """The mapping kept last for files with this header."""
    return MappingVersion.objects.filter(header_sha256=header_sha256).order_by("-pk").first()


def shipped_mapping_for(header_sha256: str) -> BookMapping | None:
    """The shipped mapping for files with this header."""
    return next((mapping for mapping in shipped() if mapping.header_sha256 == header_sha256), None)


def shipped_content(name: str) -> str:
    return (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")


def mapping_of(upload: Upload) -> BookMapping:
    """The mapping of a mapped upload."""
    assert upload.mapping is not None
    return parse_mapping(upload.mapping.name, upload.mapping.content.encode())


@dataclass(frozen=True, slots=True)
class Group:
    """差错分组: how many cells of one column are wrong in one way."""

    column: str
    code: str
    cells: int
    first_row: int
    params: dict[str, Any]

    @property
    def sentence(self) -> str:
        """The hint of the first of them."""
        return str(Refusal(self.code, self.params))


def fault_groups(upload: Upload) -> list[Group]:
    """The faults of an upload by column and code, the most frequent first."""
    counted = upload.faults.values_list("column", "code").annotate(cells=Count("pk")).order_by()
    cells = {(column, code): number for column, code, number in counted}
    firsts = upload.faults.order_by("column", "code", "row").distinct("column", "code")
    groups = [Group(each.column, each.code, cells[each.column, each.code], each.row, each.params) for each in firsts]
    return sorted(groups, key=lambda group: -group.cells)


def faults_of(upload: Upload, group: Group | None = None) -> QuerySet[CellFault]:
    """The faults of an upload in the order of the file; of one group if asked."""
    found = upload.faults.order_by("row", "pk")
    return found.filter(column=group.column, code=group.code) if group else found


@dataclass(frozen=True, slots=True)
class WrongCell:
    """One fault as a person may see it: what the cell says is masked where it is a customer's.

    ``correctable``: there is such a cell, in which something else can be written. ``beside``: the filled cells of the
    same rider or person, so that one who should not be there can be emptied whole.
    """

    fault: Fault
    said: str
    masked: bool
    correctable: bool
    beside: tuple["WrongCell", ...] = ()


def wrong_cells(upload: Upload, faults: Sequence[CellFault]) -> list[WrongCell]:
    """Some faults, each with what its cell says now."""
    lines = stored.lines_at(upload, {fault.row for fault in faults})
    mapping = mapping_of(upload) if upload.mapping_id else None
    kinds, groups = (mask_kinds(mapping), _columns_beside(mapping)) if mapping else ({}, {})
    wrong = {(fault.row, fault.column) for fault in faults}
    found = []
    for each in faults:
        line = lines.get(each.row)
        cell = _wrong_cell(upload, Fault(each.row, each.column, each.code, each.params), line, kinds)
        others = [column for column in groups.get(each.column, ()) if (each.row, column) not in wrong]
        wrong.update((each.row, column) for column in others)
        beside = (_wrong_cell(upload, Fault(each.row, column, "import_beside"), line, kinds) for column in others)
        found.append(replace(cell, beside=tuple(other for other in beside if other.said)))
    return found


def _columns_beside(mapping: BookMapping) -> dict[str, list[str]]:
    """By column, those of the same rider or person."""
    groups: dict[str, list[str]] = {}
    for name, source in mapping.fields.items():
        prefix = name.partition("_")[0]
        if source.column and prefix in (*RIDERS, *PERSONS):
            groups.setdefault(prefix, []).append(source.column)
    return {column: columns for columns in groups.values() for column in columns}


def _wrong_cell(upload: Upload, fault: Fault, line: Line | None, kinds: dict[str, MaskKind]) -> WrongCell:
    if line is None or fault.column not in upload.columns or len(line.cells) < len(upload.columns):
        return WrongCell(fault, "", False, False)
    text = line.cells[upload.columns.index(fault.column)]
    kind = kinds.get(fault.column) or (MaskKind.ID_NUMBER if OUT_OF_PLACE.search(text) else None)
    return WrongCell(fault, mask(kind, text) if kind else text, kind is not None, True)


def mask_kinds(mapping: BookMapping) -> dict[str, MaskKind]:
    """The columns that hold what is masked, and as what; whatever else is a person's is masked like a name."""
    kinds = {}
    for name, source in mapping.fields.items():
        if source.column and name.partition("_")[0] in PERSONS and name not in DATES:
            kinds[source.column] = MASKS.get(name.partition("_")[2], MaskKind.NAME)
    return kinds


def suggested_columns(upload: Upload) -> dict[str, str]:
    """The field of each column: as its mapping has it, or as the names of the columns suggest."""
    if upload.mapping_id is None:
        return suggesting.suggest(upload.columns)
    by_column = {source.column: name for name, source in mapping_of(upload).fields.items() if source.column}
    return {column: by_column.get(column, "") for column in upload.columns}


def samples(upload: Upload, fields: Mapping[str, str]) -> dict[str, str]:
    """What the first rows say in each column, masked unless its field holds nothing of a customer's."""
    found = dict.fromkeys(upload.columns, "")
    for line in stored.first_lines(upload, MOST_SAMPLED):
        for column, text in zip(upload.columns, line.cells, strict=False):
            found[column] = found[column] or text.strip()
    return {column: _shown(fields[column], text) for column, text in found.items()}


def _shown(field: str, text: str) -> str:
    person, _underscore, part = field.partition("_")
    if not field or person in PERSONS or OUT_OF_PLACE.search(text):
        return mask(MASKS.get(part, MaskKind.NAME), text)
    return text


def distinct_values(upload: Upload, columns: Sequence[str]) -> dict[str, list[str]]:
    """The different values of columns with few and short ones, as those of codes are; the others are left out."""
    places = {column: upload.columns.index(column) for column in columns}
    found: dict[str, dict[str, None]] = {column: {} for column in columns}
    for line in stored.all_lines(upload) if columns else ():
        for column, place in places.items():
            if place < len(line.cells) and (text := line.cells[place].strip()) and len(found[column]) <= MOST_VALUES:
                found[column][text] = None
    return {
        column: list(values)
        for column, values in found.items()
        if len(values) <= MOST_VALUES and all(len(value) <= LONGEST_VALUE for value in values)
    }
