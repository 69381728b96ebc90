"""The workers' door to the imports. A message is a wake-up with an id: what is to be done stands in the rows."""

import logging

from celery import shared_task
from kombu.exceptions import OperationalError

from apps.operations import selectors as operations

from . import jobs, selectors, services

logger = logging.getLogger(__name__)
LONGEST = 3600
"""Seconds. A row-by-row import goes on in another task; one transaction cannot."""


@shared_task(soft_time_limit=LONGEST - 60, time_limit=LONGEST)
def perform(upload_id: int) -> None:
    """Check or import one upload; then those that waited for it."""
    if jobs.perform(upload_id):
        sweep()


@shared_task
def sweep() -> None:
    """Wake a worker for every upload that waits, or whose worker died."""
    for upload_id in selectors.waiting():
        wake(upload_id)


@shared_task
def purge() -> None:
    """Remove the content of imports that have been over for long enough (P60)."""
    services.purge(operations.job_context("purge_imports"))


def wake(upload_id: int) -> None:
    """Never fails: the sweep finds what a lost ping leaves behind."""
    try:
        perform.apply_async((upload_id,), retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("no broker to wake a worker for the import: %s", type(error).__name__)
