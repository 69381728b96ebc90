"""``manage.py open_day`` and ``manage.py close_day``."""

import json

import pytest
from django.core.management import CommandError, call_command

from apps.operations import selectors

from .conftest import DAY, chores, later

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_new_installation_opens_its_first_day_once(capsys):
    call_command("open_day", DAY.isoformat())
    assert selectors.business_date() == DAY
    with pytest.raises(CommandError, match="day_already_open"):
        call_command("open_day", DAY.isoformat())


def test_the_table_shows_each_step(day, step, capsys):
    step()
    chores(3)
    call_command("close_day", "--dry-run")
    call_command("close_day")
    text = capsys.readouterr().out
    assert f"{DAY} would close" in text
    assert f"{DAY} closed" in text
    assert text.count("chores") == 2


def test_json_for_programs_and_catch_up(day, step, capsys):
    step()
    chores(3)
    call_command("close_day", "--json", "--through", later(1).isoformat())
    first, second = json.loads(capsys.readouterr().out)
    assert first["steps"] == [{"step": "chores", "label": "Chores", "due": 3, "done": 3, "skipped": 0, "failed": 0}]
    assert (second["day"], second["dry_run"]) == (later(1).isoformat(), False)


def test_a_refusal_is_a_sentence_and_a_code(day, step):
    with pytest.raises(CommandError, match=r"is closed already.*day_already_closed"):
        call_command("close_day", "--through", later(-1).isoformat())
