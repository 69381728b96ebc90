"""The workers' door to exports. A message carries an id and is only a wake-up."""

import logging
from functools import partial

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from apps.operations import selectors as operations

from . import selectors, services
from .models import Export
from .states import ExportStatus

logger = logging.getLogger(__name__)


@shared_task
def write(export_id: int) -> None:
    """Write one export, unless somebody is at it."""
    services.write_export(operations.job_context("write_export"), export_id)


@shared_task
def sweep() -> None:
    """Wake a worker for what waits, and remove what has outlived its time."""
    for export_id in selectors.waiting():
        wake(export_id)
    services.expire_exports(operations.job_context("expire_exports"))


def soon(export: Export) -> None:
    """Have it written once the transaction has committed, if it waits for nobody."""
    if export.status == ExportStatus.QUEUED:
        transaction.on_commit(partial(wake, export.pk), robust=True)


def wake(export_id: int) -> None:
    """Never fails: the sweep finds what a lost ping leaves behind."""
    try:
        write.apply_async((export_id,), retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("no broker to wake a worker for the export: %s", type(error).__name__)
