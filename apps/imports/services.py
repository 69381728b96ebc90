"""Importing a book 存量导入: a file is uploaded, mapped, checked, corrected and run; or read from disk whole (P66)."""

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from apps.audit import services as audit
from apps.core import clock
from apps.core.context import Context
from apps.core.errors import Conflict, NotFound, Refusal, refuse
from apps.core.files import accept
from apps.core.locks import only_one
from apps.core.sheets import Line, read_lines
from apps.parties import vault

from . import events, selectors, stored
from .faults import MOST_KEPT
from .importing import IMPORT_LOCK, Imported, import_whole, intake
from .mapping import BookMapping, header_digest, parse_mapping
from .models import CellFault, Correction, MappingVersion, Upload, UploadPart, UploadProgress
from .reading import FAULT_COLUMN, KINDS, check_header, header_of, open_file
from .states import AT_WORK, ENDED, Mode, Phase, UploadStatus

LONGEST_CELL = 500


def import_portfolio(
    ctx: Context, *, path: Path, mapping: BookMapping, cutover: date | None = None, dry_run: bool = False
) -> Imported:
    """Take over the policies of a file on disk as of the cut-over, the open business day unless said otherwise.

    All rows or none, in one transaction. The same file by the same mapping adds nothing, a changed file adds the rows
    whose keys are new. Refuses a file with wrong cells (``FileRefused`` names them), a cut-over in the future, and what
    is neither CSV nor XLSX, and to run beside another import. A dry run is the same act rolled back.
    """
    what = intake(open_file(path), mapping, _cutover(ctx, cutover))
    with only_one(IMPORT_LOCK) as free:
        if not free:
            raise Conflict(Refusal("import_running"))
        return import_whole(ctx, what, dry_run=dry_run)


@transaction.atomic
def upload(ctx: Context, *, branch_id: int, name: str, file: IO[bytes]) -> Upload:
    """Keep a file, sealed; nothing is imported. A file whose header is known is mapped at once, as it was before.

    Refuses what is no CSV or XLSX of ours (``core.files``), a first row that is no header, and a file without rows.
    """
    accepted = accept(name, file, kinds=KINDS)
    lines = read_lines(accepted, file)
    header = header_of(next(lines, None))
    columns = [column for column in header if column != FAULT_COLUMN]
    check_header(columns)
    rows = [_without_faults(line, header) for line in lines if any(line.cells) or line.problems]
    if not rows:
        raise refuse("import_no_rows")
    made = Upload.objects.create(
        branch_id=branch_id,
        file_name=accepted.name,
        file_kind=accepted.kind,
        file_sha256=accepted.sha256,
        size=accepted.size,
        columns=columns,
        header_sha256=header_digest(columns),
        rows=len(rows),
        uploaded_by=ctx.actor,
    )
    UploadProgress.objects.create(upload=made)
    stored.keep(made, rows)
    audit.record(ctx, events.RECEIVED, made.pk, file=accepted.name, rows=len(rows))
    if mapping := remembered(ctx, made.header_sha256):
        _map(ctx, made, mapping)
    return made


def _without_faults(line: Line, header: list[str]) -> Line:
    """The line without the column that said what was wrong with it."""
    if FAULT_COLUMN not in header:
        return line
    place = header.index(FAULT_COLUMN)
    cells = [cell for i, cell in enumerate(line.cells) if i != place]
    return Line(line.number, cells, {i - (i > place): why for i, why in line.problems.items() if i != place})


def remembered(ctx: Context, header_sha256: str) -> MappingVersion | None:
    """The latest mapping for files with this header: one used before, or one that came with the product."""
    if kept := selectors.mapping_for(header_sha256):
        return kept
    if shipped := selectors.shipped_mapping_for(header_sha256):
        return keep_mapping(ctx, name=shipped.name, content=selectors.shipped_content(shipped.name))
    return None


@transaction.atomic
def keep_mapping(ctx: Context, *, name: str, content: str) -> MappingVersion:
    """Keep a mapping's YAML as the next version of its name, unless this very content is kept already.

    Refuses content that is no mapping, with one refusal per wrong entry.
    """
    mapping = parse_mapping(name, content.encode())
    if known := MappingVersion.objects.filter(name=name, sha256=mapping.sha256).first():
        return known
    latest = MappingVersion.objects.filter(name=name).aggregate(latest=Max("version"))["latest"] or 0
    return MappingVersion.objects.create(
        name=name,
        version=latest + 1,
        header_sha256=mapping.header_sha256,
        content=content,
        sha256=mapping.sha256,
        made_by=ctx.actor,
    )


@transaction.atomic
def map_columns(ctx: Context, upload_id: int, *, name: str, content: str) -> MappingVersion:
    """Say what the columns of an upload mean, by a mapping in YAML; remembered for files with the same header.

    Refuses a mapping for other columns, and while a worker is at the upload.
    """
    held = _open(upload_id)
    mapping = keep_mapping(ctx, name=name, content=content)
    if mapping.header_sha256 != held.header_sha256:
        raise refuse("import_mapping_does_not_fit", mapping=name)
    _map(ctx, held, mapping)
    return mapping


def _map(ctx: Context, held: Upload, mapping: MappingVersion) -> None:
    held.mapping = mapping
    if held.status != UploadStatus.MAPPED:
        held.map()
    held.wrong_cells = held.wrong_rows = held.known = 0
    held.save(update_fields=["status", "mapping", "wrong_cells", "wrong_rows", "known"])
    CellFault.objects.filter(upload=held).delete()
    audit.record(ctx, events.MAPPED, held.pk, mapping=str(mapping))


@transaction.atomic
def check(ctx: Context, upload_id: int, *, cutover: date | None = None) -> None:
    """Have a worker read an upload without importing it, as of the cut-over; the one of before, or the open day.

    Refuses an upload without mapping, and a cut-over in the future.
    """
    held = _open(upload_id)
    if held.status == UploadStatus.UPLOADED:
        raise refuse("import_not_mapped")
    held.cutover_on = _cutover(ctx, cutover or held.cutover_on)
    held.begin_check()
    _hand_over(ctx, held, "cutover_on")
    audit.record(ctx, events.CHECK_ASKED, held.pk)


@transaction.atomic
def correct(ctx: Context, upload_id: int, *, cells: Mapping[tuple[int, str], str]) -> None:
    """Write other values in the place of cells, by ``(row, column)``. The upload must be checked again.

    Refuses cells the file does not have, and values longer than 500 characters.
    """
    held = _open(upload_id)
    if held.mapping_id is None:
        raise refuse("import_not_mapped")
    lines = stored.lines_at(held, {row for row, _column in cells})
    for (row, column), value in cells.items():
        if row not in lines or column not in held.columns or len(lines[row].cells) < len(held.columns):
            raise refuse("import_no_such_cell", row=row, column=column)
        if len(value) > LONGEST_CELL:
            raise refuse("import_value_too_long", longest=LONGEST_CELL)
        _write_over(ctx, held, row, column, value.strip())
    if held.status != UploadStatus.MAPPED:
        held.map()
        held.save(update_fields=["status"])
    audit.record(ctx, events.CORRECTED, held.pk, cells=len(cells))


def _write_over(ctx: Context, held: Upload, row: int, column: str, value: str) -> None:
    CellFault.objects.filter(upload=held, row=row, column=column).delete()
    Correction.objects.filter(upload=held, row=row, column=column).delete()
    public_id = uuid.uuid4()
    Correction.objects.create(
        public_id=public_id,
        upload=held,
        row=row,
        column=column,
        value=vault.seal(Correction, "value", public_id, value),
        corrected_by=ctx.actor,
    )


@transaction.atomic
def run(ctx: Context, upload_id: int, *, mode: Mode) -> None:
    """Have a worker import a checked upload: all rows or none, or row by row without those that are wrong.

    Refuses an upload that was not checked, and, for all rows or none, one with wrong cells.
    """
    held = _open(upload_id)
    if held.status not in (UploadStatus.CHECKED, UploadStatus.FAULTY):
        raise refuse("import_must_be_checked")
    if held.wrong_cells and (mode == Mode.WHOLE or held.wrong_cells > MOST_KEPT):
        raise refuse("import_has_faults")
    held.begin_run()
    held.mode, held.imported, held.known, held.next_row = mode, 0, 0, 0
    _hand_over(ctx, held, "mode", "imported", "known", "next_row")
    audit.record(ctx, events.RUN_ASKED, held.pk, cutover_on=held.cutover_on, mode=mode)


def _hand_over(ctx: Context, held: Upload, *changed: str) -> None:
    held.asked_by, held.asked_person, held.error, held.stopping = ctx.actor, ctx.person, "", False
    held.save(update_fields=["status", "asked_by", "asked_person", "error", "stopping", *changed])
    UploadProgress.objects.filter(upload=held).update(phase=Phase.WAITING, done=0)


@transaction.atomic
def cancel(ctx: Context, upload_id: int) -> None:
    """Give an upload up. A worker at it stops at its next step; what came in row by row stays. Refuses what is over."""
    held = _locked(upload_id)
    if held.status in AT_WORK:
        Upload.objects.filter(pk=held.pk).update(stopping=True)
        audit.record(ctx, events.STOP_ASKED, held.pk)
        return
    _give_up(ctx, held)


def _give_up(ctx: Context, held: Upload) -> None:
    held.cancel()
    held.ended_at = Now()  # type: ignore[assignment]
    held.save(update_fields=["status", "ended_at"])
    audit.record(ctx, events.CANCELLED, held.pk, imported=held.imported)


def purge(ctx: Context) -> int:
    """Remove files and corrections of imports that were over, or left alone, ``IMPORT_KEEP_DAYS`` ago (P60).

    What came in, the counts and the codes of the faults stay. Says how many imports that were.
    """
    before = clock.now() - timedelta(days=settings.IMPORT_KEEP_DAYS)
    ids = selectors.to_be_purged(before)
    for upload_id in ids:
        _purge(ctx, upload_id)
    return len(ids)


@transaction.atomic
def _purge(ctx: Context, upload_id: int) -> None:
    held = Upload.objects.select_for_update(no_key=True).get(pk=upload_id)
    if held.status not in ENDED:
        _give_up(ctx, held)
    UploadPart.objects.filter(upload=held).delete()
    Correction.objects.filter(upload=held).delete()
    Upload.objects.filter(pk=held.pk).update(purged_at=Now())
    audit.record(ctx, events.PURGED, held.pk)


def _cutover(ctx: Context, asked: date | None) -> date:
    cutover = asked or ctx.business_date
    if cutover > ctx.business_date:
        raise refuse("import_cutover_in_future", cutover=cutover, today=ctx.business_date)
    return cutover


def _open(upload_id: int) -> Upload:
    """The upload, locked, if there is something left to do with it."""
    held = _locked(upload_id)
    if held.status in AT_WORK:
        raise Conflict(Refusal("import_at_work"))
    return held


def _locked(upload_id: int) -> Upload:
    held = Upload.objects.select_for_update(no_key=True).filter(pk=upload_id).first()
    if held is None:
        raise NotFound(Refusal("not_found"))
    if held.status in ENDED:
        raise Conflict(Refusal("import_ended"))
    return held
