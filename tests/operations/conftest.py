"""A night of the tests' own making: no step of the product runs unless a test asks for it."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import translation

from apps.audit import services as audit
from apps.audit.events import EventType
from apps.operations import registry, services
from apps.operations.agenda import Outcome
from apps.operations.registry import Step

DAY = date(2026, 11, 22)
KIND = "chore"
CHORE_DONE = EventType("chore.done", "tests.chore", "Done")


def do_chores(ctx, entries):
    """The simplest step: one event for each entry."""
    facts = [audit.Fact(e.subject_id, e.policy_id, {"due_on": e.due_on, "chore_id": e.id}) for e in entries]
    audit.record_many(ctx, CHORE_DONE, facts)
    return Outcome(done=[e.id for e in entries])


def raise_sqlstate(code: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'made up' USING ERRCODE = '{code}'; END $$")


@pytest.fixture(autouse=True)
def english():
    """Sentences are compared in their source language."""
    with translation.override("en"):
        yield


@pytest.fixture
def step(monkeypatch):
    """``step(run)`` registers a step for the tests' kind of entries; the product's own steps are gone."""
    monkeypatch.setattr(registry.STEPS, "_entries", {})

    def register(run=do_chores, name="chores", kind=KIND, order=10):
        return registry.STEPS.add(name, Step(name, name.capitalize(), kind, order, run))

    return register


@pytest.fixture
def day(ctx):
    services.open_first_day(ctx, DAY)
    return DAY


def chores(n: int, due_on: date = DAY, kind: str = KIND) -> None:
    services.schedule(kind, [(due_on, 100 + i, i) for i in range(n)])


def later(days: int) -> date:
    return DAY + timedelta(days=days)
