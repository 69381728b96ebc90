"""An upload that was asked to be checked or imported wakes a worker."""

from functools import partial

from django.db import transaction

from apps.audit.services import Recorded, on

from . import events, tasks


@on(events.CHECK_ASKED, events.RUN_ASKED)
def wake_a_worker(recorded: Recorded) -> None:
    for fact in recorded.facts:
        transaction.on_commit(partial(tasks.wake, fact.subject_id), robust=True)
