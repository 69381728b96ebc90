"""A process that closes a business day and is meant to be killed: ``python -m tests.storms.closer DATABASE``.

Prints a line for every chunk it has committed. Its only step records one event for each entry, slowly.
"""

import os
import sys
import time

import django

PACE = 0.002
CHUNK = 10


def main(database: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "policyops.settings")
    django.setup()
    from django.db import connection

    from apps.operations import registry, work
    from tests.conftest import become_app
    from tests.operations.conftest import KIND, do_chores

    def slow_chores(ctx, entries):
        outcome = do_chores(ctx, entries)
        time.sleep(PACE * len(entries))
        return outcome

    connection.settings_dict["NAME"] = database
    become_app(connection=connection)
    registry.STEPS._entries = {"chores": registry.Step("chores", "Chores", KIND, 10, slow_chores)}
    work.CHUNK = CHUNK
    while not closed():
        time.sleep(PACE)


def closed() -> bool:
    """Close the day; false while the database still thinks that the process killed before is at it."""
    from apps.core.errors import Conflict
    from apps.operations import selectors, services

    try:
        services.close_day(selectors.job_context("storm"), on_progress=lambda step: print(step.done, flush=True))
    except Conflict as conflict:
        if conflict.code != "day_is_closing":
            raise
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1])
