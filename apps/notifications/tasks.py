"""The workers' door to the sender. Messages of the broker are wake-up pings: what is due is in the rows (R2)."""

import logging

from celery import shared_task
from kombu.exceptions import OperationalError

from . import sender

logger = logging.getLogger(__name__)


@shared_task
def drain() -> None:
    """Send what is due, and go on in another task until nothing is."""
    if sender.drain():
        wake()


@shared_task
def ask() -> None:
    """Ask providers about messages whose fate is not known."""
    sender.ask()


def wake() -> None:
    """Wake a sender. Never fails: a sweep finds what a lost ping leaves behind."""
    try:
        drain.apply_async(retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("no broker to wake the sender: %s", type(error).__name__)
