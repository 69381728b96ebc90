"""What a worker does with an upload: check it, or import it; killed anywhere, another worker goes on (P66).

Two locks that die with their process say who is at an upload, and that one import runs at a time. What a worker has to
do stands in the upload's state, so that a lost message or a killed worker loses nothing.
"""

import logging
from collections.abc import Callable
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models.functions import Now

from apps.audit import services as audit
from apps.core.context import Context
from apps.core.failure import describe
from apps.core.locks import only_one
from apps.operations import selectors as operations

from . import events, selectors
from .faults import MOST_KEPT, Fault, Faults, FileRefused
from .importing import IMPORT_LOCK, Intake, OnProgress, import_rows, import_whole, intake, open_batch, record_batch
from .models import CellFault, PortfolioImport, Upload, UploadPart
from .progress import Stopped, told_of
from .reading import cells_of
from .states import AT_WORK, Mode, Phase, UploadStatus
from .stored import corrections_of, lines_of, open_upload

logger = logging.getLogger(__name__)
FAULTS_AT_ONCE = 5000


def perform(upload_id: int) -> bool:
    """Do what the upload waits for; false if there is nothing to do, or others are at it."""
    with only_one(f"upload {upload_id}") as alone, only_one(IMPORT_LOCK) as free:
        upload = Upload.objects.select_related("mapping", "branch").filter(pk=upload_id, status__in=AT_WORK).first()
        if not alone or not free or upload is None:
            return False
        ctx = _context(upload)
        try:
            with told_of(upload.pk) as on_progress:
                on_progress(Phase.CHECKING, upload.next_row)
                WORK[UploadStatus(upload.status)](ctx, upload, on_progress)
        except FileRefused as refused:
            _find_faulty(ctx, upload.pk, refused.faults, refused.known)
        except Stopped:
            _cancel(ctx, upload.pk)
        except Exception as error:
            if isinstance(error, SoftTimeLimitExceeded) and upload.mode == Mode.EACH:
                raise  # what is committed stays, and the sweep goes on with the rest; one transaction would never end
            logger.warning("import %s broke off: %s", upload.pk, describe(error))
            _fail(ctx, upload.pk, error)
        return True


def _context(upload: Upload) -> Context:
    """The worker acts for whoever asked; one request id ties the events of an import together."""
    return Context(
        actor=upload.asked_by,
        person=upload.asked_person,
        business_date=operations.business_date(),
        request_id=f"import-{upload.public_id}",
    )


def _intake(upload: Upload) -> Intake:
    assert upload.cutover_on is not None
    return intake(open_upload(upload), selectors.mapping_of(upload), upload.cutover_on, within=upload.branch.path)


def _check(ctx: Context, upload: Upload, on_progress: OnProgress) -> None:
    """The same act as the import, rolled back."""
    done = import_whole(ctx, _intake(upload), dry_run=True, most=MOST_KEPT, on_progress=on_progress)
    with transaction.atomic():
        _keep_faults(upload, [])
        upload = _locked(upload.pk)
        upload.wrong_cells = upload.wrong_rows = 0
        upload.known = done.known
        upload.pass_check()
        _save(upload)
        audit.record(ctx, events.PASSED, upload.pk, known=done.known)


def _run(ctx: Context, upload: Upload, on_progress: OnProgress) -> None:
    if upload.mode == Mode.EACH:
        _run_each(ctx, upload, on_progress)
        return
    with transaction.atomic():
        done = import_whole(ctx, _intake(upload), most=MOST_KEPT, on_progress=on_progress)
        upload = _locked(upload.pk)
        upload.imported, upload.known, upload.batch_id = done.loaded.policies, done.known, done.batch_id
        _finish(ctx, upload)


def _run_each(ctx: Context, upload: Upload, on_progress: OnProgress) -> None:
    """A part of the file is a commit: its policies, its faults and the place to go on from."""
    what, corrections = _intake(upload), corrections_of(upload)
    wrong = set(upload.faults.values_list("row", flat=True))
    waiting = upload.parts.filter(first_row__gte=upload.next_row).order_by("first_row")
    for part_id in list(waiting.values_list("pk", flat=True)):
        with transaction.atomic():
            part = UploadPart.objects.get(pk=part_id)
            faults = Faults(MOST_KEPT)
            rows = list(cells_of(upload.columns, lines_of(part, upload, corrections), faults))
            upload = _locked(upload.pk)
            upload.batch_id = upload.batch_id or open_batch(ctx, what, rows=upload.rows).pk
            came = import_rows(ctx, what, upload.batch_id, rows, faults, wrong)
            _add_faults(upload, faults.named)
            upload.imported += came.imported
            upload.known += came.known
            upload.next_row = part.last_row + 1
            _save(upload)
        on_progress(Phase.LOADING, part.last_row - 1)
    with transaction.atomic():
        upload = _locked(upload.pk)
        _close_batch(ctx, upload)
        _finish(ctx, upload)


def _close_batch(ctx: Context, upload: Upload) -> None:
    batch = PortfolioImport.objects.get(uploads=upload)
    batch.imported, batch.known = upload.imported, upload.known
    batch.save(update_fields=["imported", "known"])
    record_batch(ctx, batch)


def _finish(ctx: Context, upload: Upload) -> None:
    upload.finish()
    _count_wrong(upload)
    _end(upload)
    audit.record(ctx, events.DONE, upload.pk, imported=upload.imported, wrong_rows=upload.wrong_rows)


@transaction.atomic
def _find_faulty(ctx: Context, upload_id: int, faults: Faults, known: int) -> None:
    upload = _locked(upload_id)
    _keep_faults(upload, faults.named)
    upload.wrong_cells, upload.wrong_rows, upload.known = faults.total, len(faults.rows), known
    upload.find_faulty()
    _save(upload)
    audit.record(ctx, events.FOUND_FAULTY, upload_id, wrong_cells=faults.total, wrong_rows=upload.wrong_rows)


@transaction.atomic
def _cancel(ctx: Context, upload_id: int) -> None:
    upload = _locked(upload_id)
    if upload.batch_id:
        _close_batch(ctx, upload)
    upload.cancel()
    _end(upload)
    audit.record(ctx, events.CANCELLED, upload_id, imported=upload.imported)


@transaction.atomic
def _fail(ctx: Context, upload_id: int, error: Exception) -> None:
    upload = _locked(upload_id)
    upload.fail()
    upload.error = describe(error)
    _save(upload)
    audit.record(ctx, events.FAILED, upload_id)


def _locked(upload_id: int) -> Upload:
    return Upload.objects.select_for_update(no_key=True).get(pk=upload_id)


def _save(upload: Upload, *more: str) -> None:
    counts = ("wrong_cells", "wrong_rows", "known", "imported", "next_row", "batch", "error")
    upload.save(update_fields=["status", *counts, *more])


def _end(upload: Upload) -> None:
    upload.ended_at, upload.stopping = Now(), False  # type: ignore[assignment]
    _save(upload, "ended_at", "stopping")


def _count_wrong(upload: Upload) -> None:
    upload.wrong_cells = upload.faults.count()
    upload.wrong_rows = upload.faults.values("row").distinct().count()


def _keep_faults(upload: Upload, faults: list[Fault]) -> None:
    upload.faults.all().delete()
    _add_faults(upload, faults)


def _add_faults(upload: Upload, faults: list[Fault]) -> None:
    found = (CellFault(upload=upload, **_plain(fault)) for fault in faults)
    CellFault.objects.bulk_create(found, batch_size=FAULTS_AT_ONCE, ignore_conflicts=True)


def _plain(fault: Fault) -> dict[str, Any]:
    """A fault as a row: its sentence's values as text."""
    params = {name: value if isinstance(value, int) else str(value) for name, value in fault.params.items()}
    return {"row": fault.row, "column": fault.column, "code": fault.code, "params": params}


WORK: dict[UploadStatus, Callable[[Context, Upload, OnProgress], None]] = {
    UploadStatus.CHECKING: _check,
    UploadStatus.RUNNING: _run,
}
