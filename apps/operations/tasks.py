"""The workers' door to the close of business."""

import logging
from datetime import date, timedelta
from functools import partial

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from apps.core import clock, pulses
from apps.core.context import Context
from apps.core.errors import BusinessError, refuse

from . import selectors, services

logger = logging.getLogger(__name__)
JOB = "close_of_business"


@shared_task
def close_day(through: str, actor: str = f"job:{JOB}", person: str = "") -> None:
    """Close the open day if it is not later than ``through``, and wake the next task for the day after it.

    Delivered twice or too late it does nothing: the message names the last day it may close.
    """
    try:
        day = selectors.business_date()
        if day <= date.fromisoformat(through):
            services.close_day(Context(actor=actor, person=person, business_date=day))
    except BusinessError as refused:
        logger.info("close through %s: %s", through, refused.code)
        return
    if day < date.fromisoformat(through):
        close_day.delay(through, actor, person)


@transaction.atomic
def hand_over(ctx: Context, through: date) -> None:
    """Ask a worker to close the days up to ``through``. Refuses ``workers_out_of_reach`` when the broker is away."""
    services.ask_to_close(ctx, through=through)
    try:
        close_day.apply_async((through.isoformat(), ctx.actor, ctx.person), retry=False)
    except (OperationalError, OSError) as error:
        raise refuse("workers_out_of_reach") from error


@transaction.atomic
def go_on(ctx: Context) -> None:
    """Resume a paused close and wake a worker for it; if the broker is away the sweep does."""
    services.resume_close(ctx)
    day = selectors.open_day()
    if day is not None:
        through = day.close_through or day.date
        transaction.on_commit(partial(_wake, through, ctx), robust=True)


def _wake(through: date, ctx: Context) -> None:
    try:
        close_day.apply_async((through.isoformat(), ctx.actor, ctx.person), retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("no broker to wake the close: %s", type(error).__name__)


@shared_task
def nightly() -> None:
    """The close by the clock, with every day that was missed. After midnight it is still yesterday's night."""
    through = (clock.office_now() - timedelta(hours=12)).date()
    close_day.delay(through.isoformat())


@shared_task
def pulse() -> None:
    """Beat sent this and a worker took it: both are alive (P78)."""
    pulses.give(pulses.BEAT)


@shared_task
def sweep() -> None:
    """Go on with a close that nobody is at any more (P03, P29)."""
    if unfinished := selectors.unfinished_close():
        through, actor, person = unfinished
        close_day.delay(through.isoformat(), actor, person)
