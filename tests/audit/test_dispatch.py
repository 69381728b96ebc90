"""The outbox: at least once, in order, and a poison record stops nobody (P08, P17)."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F

from apps.audit import dispatch, outbox, tasks
from apps.audit import services as audit
from apps.audit.events import EventType
from apps.audit.models import Delivery, Event
from apps.audit.outbox import Subscriber
from apps.audit.states import DeliveryStatus
from apps.core.errors import BusinessError

THING = EventType("test.happened", "tests.thing", "It happened")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def seen() -> list[int]:
    return []


@pytest.fixture
def subscribe(monkeypatch):
    def register(handle, name="reader"):
        monkeypatch.setattr(outbox, "_ping", [])
        monkeypatch.setitem(outbox.SUBSCRIBERS, name, Subscriber(name, frozenset({THING.name}), handle))

    return register


def record(ctx, *subjects):
    with transaction.atomic():
        return audit.record_many(ctx, THING, [audit.Fact(subject) for subject in subjects]).event_ids


def bring_forward():
    Delivery.objects.update(next_attempt_at=F("next_attempt_at") - timedelta(days=1))


def statuses() -> dict[int, str]:
    return dict(Delivery.objects.order_by("event_id").values_list("event__subject_id", "status"))


def test_events_arrive_once_and_in_order(ctx, subscribe, seen):
    subscribe(lambda events: seen.extend(event.subject_id for event in events))
    record(ctx, 3, 1, 2)
    record(ctx, 9)
    assert dispatch.dispatch("reader") == 4
    assert dispatch.dispatch("reader") == 0
    assert seen == [3, 1, 2, 9]
    assert set(statuses().values()) == {DeliveryStatus.DONE}


def test_a_batch_is_no_larger_than_asked(ctx, subscribe, seen):
    subscribe(lambda events: seen.append(len(events)))
    record(ctx, *range(5))
    assert [dispatch.dispatch("reader", limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert seen == [2, 2, 1]


@pytest.mark.promise("P17")
def test_what_is_rolled_back_is_never_delivered(ctx, subscribe, seen):
    subscribe(lambda events: seen.extend(events))
    with transaction.atomic():
        audit.record(ctx, THING, 1)
        transaction.set_rollback(True)
    assert dispatch.dispatch("reader") == 0
    assert seen == []
    assert not Event.objects.exists()


@pytest.mark.promise("P08")
def test_a_poison_event_is_set_apart_and_the_rest_of_its_batch_is_done(ctx, subscribe, seen):
    def handle(events):
        seen.extend(event.subject_id for event in events)
        assert all(event.subject_id != 5 for event in events), "号码 110101 is poison"

    subscribe(handle)
    record(ctx, *range(8))
    dispatch.dispatch("reader")
    assert statuses() == {subject: ("pending" if subject == 5 else "done") for subject in range(8)}
    failed = Delivery.objects.get(status=DeliveryStatus.PENDING)
    assert failed.attempts == 1
    assert failed.error.startswith("AssertionError")
    assert "110101" not in failed.error
    assert dispatch.dispatch("reader") == 0, "its next attempt is not due yet"


@pytest.mark.promise("P08")
def test_after_five_attempts_it_is_a_dead_letter_and_can_be_revived(ctx, subscribe, seen):
    broken = [True]

    def handle(events):
        if broken:
            raise ValueError("no")
        seen.extend(event.subject_id for event in events)

    subscribe(handle)
    record(ctx, 5)
    for _ in range(7):
        dispatch.dispatch("reader")
        bring_forward()
    dead = Delivery.objects.get()
    assert (dead.status, dead.attempts) == (DeliveryStatus.DEAD, 5)
    broken.clear()
    dispatch.retry_dead(ctx, dead.pk)
    dispatch.dispatch("reader")
    assert seen == [5]
    assert Event.objects.filter(name="delivery.retried", actor=ctx.actor).count() == 1


def test_only_a_dead_letter_is_revived(ctx, subscribe):
    subscribe(lambda events: None)
    record(ctx, 5)
    with pytest.raises(BusinessError) as refused:
        dispatch.retry_dead(ctx, Delivery.objects.get().pk)
    assert refused.value.code == "delivery_not_dead"
    assert Delivery.objects.get().attempts == 0


def test_the_waits_double(ctx, subscribe, settings):
    settings.DELIVERY_BACKOFF_SECONDS = 1000

    def handle(events):
        raise ValueError

    subscribe(handle)
    record(ctx, 5)
    waits = []
    for _ in range(3):
        dispatch.dispatch("reader")
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM next_attempt_at - now())::float FROM audit_delivery")
            waits.append(cursor.fetchone()[0])
        bring_forward()
    for wait, expected in zip(waits, (1000, 2000, 4000), strict=True):
        assert 0.7 * expected < wait < 1.3 * expected


@pytest.mark.promise("P08")
def test_a_handler_that_kills_its_process_is_counted_and_tried_alone(ctx, subscribe, seen):
    subscribe(lambda events: seen.extend(event.subject_id for event in events))
    record(ctx, *range(4))
    assert len(dispatch._claim("reader", 500).delivery_ids) == 4, "the process dies here, before any answer"
    bring_forward()
    assert [dispatch.dispatch("reader") for _ in range(4)] == [1, 1, 1, 1]
    assert seen == [0, 1, 2, 3]


@pytest.mark.promise("P08")
def test_a_record_whose_process_always_dies_is_buried(ctx, subscribe):
    subscribe(lambda events: None)
    record(ctx, 5)
    for _ in range(5):
        dispatch._claim("reader", 500)
        bring_forward()
    assert dispatch.dispatch("reader") == 0
    assert dispatch.bury() == 1
    assert Delivery.objects.get().error == dispatch.PROCESS_DIED


def test_a_late_process_does_not_repeat_what_another_has_taken_over(ctx, subscribe, seen):
    subscribe(lambda events: seen.extend(event.subject_id for event in events))
    record(ctx, 5)
    late = dispatch._claim("reader", 500)
    bring_forward()
    dispatch.dispatch("reader")
    dispatch._deliver(outbox.SUBSCRIBERS["reader"].handle, late)
    assert seen == [5]


def test_the_sweep_knows_who_waits(ctx, subscribe):
    subscribe(lambda events: None)
    assert "reader" not in dispatch.due_subscribers()
    record(ctx, 5)
    assert "reader" in dispatch.due_subscribers()


def test_effects_of_a_handler_and_its_done_mark_are_one(ctx, subscribe):
    def handle(events):
        audit.record(ctx, EventType("test.answered", "tests.thing", ""), events[0].subject_id)
        if events[0].subject_id == 2:
            raise ValueError

    subscribe(handle)
    record(ctx, 1)
    record(ctx, 2)
    dispatch.dispatch("reader")
    assert list(Event.objects.filter(name="test.answered").values_list("subject_id", flat=True)) == [1]


def test_a_broker_that_is_down_neither_fails_nor_holds_up_a_thousand_requests():
    """In a process of its own: the broker's address is read once. A second for each ping would be far too long."""
    script = """
import django
django.setup()
from apps.audit import tasks
for _ in range(1000):
    tasks.ping("reader")
"""
    environment = {**os.environ, "REDIS_URL": "redis://127.0.0.1:1/0", "DJANGO_SETTINGS_MODULE": "policyops.settings"}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=120)


def test_the_tasks_are_the_outbox_door(ctx, subscribe, seen):
    subscribe(lambda events: seen.extend(event.subject_id for event in events))
    record(ctx, 1, 2)
    tasks.dispatch("reader")
    assert seen == [1, 2]
