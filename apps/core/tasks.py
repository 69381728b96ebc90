"""The Celery door of the core."""

from celery import shared_task

from . import idempotency


@shared_task
def forget() -> int:
    """Forget the idempotency keys whose time is over."""
    return idempotency.purge()
