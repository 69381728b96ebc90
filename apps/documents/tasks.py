"""The workers' door to documents. A message carries an id and is only a wake-up."""

import logging

from celery import shared_task
from kombu.exceptions import OperationalError

from apps.core import scanner
from apps.operations import selectors as operations

from . import selectors, services

logger = logging.getLogger(__name__)


@shared_task
def examine(document_id: int) -> None:
    """Have the scanner see one paper; while it is away the paper stays in quarantine."""
    try:
        services.examine(operations.job_context("examine_document"), document_id)
    except scanner.ScannerAway as error:
        logger.warning("the scanner is away, document %s stays in quarantine: %s", document_id, error)


@shared_task
def sweep() -> None:
    """Wake a worker for what waits in quarantine."""
    for document_id in selectors.waiting():
        wake(document_id)


def wake(document_id: int) -> None:
    """Never fails: the sweep finds what a lost ping leaves behind."""
    try:
        examine.apply_async((document_id,), retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("no broker to wake a worker for the document: %s", type(error).__name__)
