"""A close of business killed anywhere goes on without repeat or hole (P29)."""

import os
import random
import subprocess
import sys
import time
from collections import Counter

import pytest
from django.conf import settings
from django.db import connection

from apps.audit.models import Event
from apps.operations import selectors, services
from apps.operations.models import Agenda, Run, StepRun
from apps.operations.states import RunStatus
from tests.operations.conftest import CHORE_DONE, DAY, chores, later

ENTRIES, KILLS = (20_000, 30) if os.environ.get("STORM") else (400, 4)


def closer() -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.storms.closer", connection.settings_dict["NAME"]]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=settings.BASE_DIR)


@pytest.mark.storm
@pytest.mark.promise("P29")
@pytest.mark.django_db(transaction=True)
def test_a_close_killed_again_and_again_does_everything_once(ctx):
    dice = random.Random(29)
    services.open_first_day(ctx, DAY)
    chores(ENTRIES)
    for _ in range(KILLS):
        process = closer()
        for _ in range(dice.randint(1, 6)):
            process.stdout.readline()
        time.sleep(dice.uniform(0, 0.02))
        process.kill()
        process.communicate()
    assert selectors.business_date() == DAY, "killed before its end every time"
    last = closer()
    last.communicate()
    assert last.returncode == 0
    done = Counter(Event.objects.filter(name=CHORE_DONE.name).values_list("subject_id", flat=True))
    assert done == Counter(range(ENTRIES))
    assert selectors.business_date() == later(1)
    assert not Agenda.objects.exists()
    assert list(Run.objects.values_list("status", flat=True)) == [RunStatus.DONE]
    assert StepRun.objects.values_list("due", "done").get() == (ENTRIES, ENTRIES)
