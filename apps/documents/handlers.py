"""What was handed in is examined as soon as it is committed."""

from functools import partial

from django.db import transaction

from apps.audit.models import Event
from apps.audit.outbox import subscribe
from apps.core import scanner

from . import events, tasks


@subscribe("documents", events.RECEIVED)
def have_examined(batch: list[Event]) -> None:
    if scanner.is_set_up():
        for event in batch:
            transaction.on_commit(partial(tasks.wake, event.subject_id), robust=True)
