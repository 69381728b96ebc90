"""Committed events become messages, failures the next channel; then a sender is woken."""

from django.db import transaction

from apps.audit.models import Event
from apps.audit.outbox import subscribe
from apps.operations.selectors import job_context

from . import events, services, tasks
from .messages import MESSAGES


@subscribe("notifications", *{kind.event for kind in MESSAGES})
def write(batch: list[Event]) -> None:
    if services.plan(job_context("messages"), batch):
        transaction.on_commit(tasks.wake, robust=True)


@subscribe("notifications.fallback", events.FAILED, events.DEAD, events.SKIPPED)
def fall_back(batch: list[Event]) -> None:
    if services.fall_back(job_context("messages"), [event.subject_id for event in batch]):
        transaction.on_commit(tasks.wake, robust=True)
