"""A batch of events, recorded by the statement that makes the change."""

from datetime import timedelta

import pytest
from django.db import transaction

from apps.audit import outbox
from apps.audit import services as audit
from apps.audit.events import EventType
from apps.audit.models import Delivery, Event
from apps.audit.outbox import Subscriber
from apps.core.bulk import Statement
from apps.operations import services as operations
from apps.operations.agenda import BILL
from apps.operations.models import Agenda

THING = EventType("test.happened", "tests.thing", "It happened")
MOVE = Statement(
    """UPDATE operations_agenda SET due_on = due_on + 1 WHERE subject_id = ANY(%s)
       RETURNING subject_id, policy_id, jsonb_build_object('due_on', due_on) AS payload, 'later' AS reason""",
    [[1, 3, 7]],
)


@pytest.fixture
def agenda(ctx):
    operations.schedule(BILL, [(ctx.business_date, 10 * n, n) for n in (1, 2, 3)])


@pytest.mark.django_db
def test_exactly_what_changed_has_its_event(ctx, agenda):
    today = ctx.business_date
    recorded = audit.record_rows(ctx, THING, MOVE)
    moved = set(Agenda.objects.filter(due_on__gt=today).values_list("subject_id", "policy_id"))
    assert moved == {(1, 10), (3, 30)} == set(zip(recorded.subject_ids, recorded.policy_ids, strict=True))
    told = Event.objects.filter(pk__in=recorded.event_ids).values_list(
        "subject_id", "actor", "reason", "payload__due_on"
    )
    tomorrow = str(today + timedelta(days=1))
    assert set(told) == {(n, ctx.actor, "later", tomorrow) for n in (1, 3)}


@pytest.mark.django_db
def test_each_event_waits_for_each_interested_subscriber(ctx, agenda, monkeypatch):
    for name in ("a", "b"):
        monkeypatch.setitem(outbox.SUBSCRIBERS, name, Subscriber(name, frozenset({THING.name}), lambda batch: None))
    recorded = audit.record_rows(ctx, THING, MOVE)
    waiting = set(Delivery.objects.filter(event__in=recorded.event_ids).values_list("event_id", "subscriber"))
    assert waiting == {(event_id, name) for event_id in recorded.event_ids for name in ("a", "b")}


@pytest.mark.django_db
def test_a_handler_is_told_once_with_all_facts(ctx, agenda, monkeypatch):
    told = []
    monkeypatch.setitem(audit.INLINE, THING.name, [told.append])
    audit.record_rows(ctx, THING, MOVE)
    [recorded] = told
    assert {(fact.subject_id, fact.policy_id) for fact in recorded.facts} == {(1, 10), (3, 30)}
    assert all("due_on" in fact.payload for fact in recorded.facts)


@pytest.mark.django_db
def test_what_changes_nothing_tells_nobody(ctx, monkeypatch):
    monkeypatch.setitem(audit.INLINE, THING.name, [lambda recorded: pytest.fail("nothing happened")])
    assert audit.record_rows(ctx, THING, MOVE).event_ids == ()


@pytest.mark.django_db(transaction=True)
def test_an_event_is_recorded_in_the_transaction_of_its_effect(ctx):
    with pytest.raises(transaction.TransactionManagementError):
        audit.record_rows(ctx, THING, MOVE)
    assert not Event.objects.exists()
