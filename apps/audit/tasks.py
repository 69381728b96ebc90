"""The workers' door to the outbox and the seal. Messages are wake-up pings: the truth is in the rows (R2)."""

import logging
import time

from celery import shared_task
from kombu.exceptions import OperationalError

from . import dispatch as outbox_dispatch
from .anchors import anchor as write_anchor
from .sealing import seal as seal_stream
from .states import Stream

logger = logging.getLogger(__name__)

SILENCE_SECONDS = 15.0
_silent_until = 0.0


@shared_task
def dispatch(subscriber: str) -> None:
    """Deliver all that is due to one subscriber."""
    if not outbox_dispatch.drain(subscriber):
        ping(subscriber)


@shared_task
def sweep() -> None:
    """Find what a lost ping left behind, and bury what never answered."""
    outbox_dispatch.bury()
    for subscriber in outbox_dispatch.due_subscribers():
        ping(subscriber)


@shared_task
def seal() -> None:
    """Seal what was committed since the last block (P37)."""
    for stream in Stream:
        seal_stream(stream)


@shared_task
def anchor() -> None:
    """Write the heads of both chains down outside the database (P38)."""
    write_anchor()


def ping(subscriber: str) -> None:
    """Wake a worker for this subscriber. Never fails and never makes a request wait for a broker that is down."""
    global _silent_until
    if time.monotonic() < _silent_until:
        return
    try:
        dispatch.apply_async((subscriber,), retry=False)
    except (OperationalError, OSError) as error:
        _silent_until = time.monotonic() + SILENCE_SECONDS
        logger.warning("no broker to wake %s: %s", subscriber, type(error).__name__)
