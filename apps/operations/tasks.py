"""The workers' door to the close of business."""

import logging
from datetime import date, timedelta

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from apps.core import clock
from apps.core.context import Context
from apps.core.errors import BusinessError, refuse

from . import health, selectors, services

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


@shared_task
def nightly() -> None:
    """The close by the clock, with every day that was missed. After midnight it is still yesterday's night."""
    through = (clock.office_now() - timedelta(hours=12)).date()
    close_day.delay(through.isoformat())


@shared_task
def sweep() -> None:
    """Show that beat and a worker are alive, and go on with a close that nobody is at any more (P03, P29)."""
    health.beat()
    if unfinished := selectors.unfinished_close():
        through, actor, person = unfinished
        close_day.delay(through.isoformat(), actor, person)
