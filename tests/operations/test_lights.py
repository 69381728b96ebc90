"""The eight lights: what stops turns its own light, and no other (P78, screen S26.1)."""

import json
import threading
from socketserver import BaseRequestHandler, TCPServer

import pytest
import redis
from django.db import connection

from apps.audit import services as audit
from apps.audit.anchors import anchor
from apps.audit.models import Delivery, Event
from apps.audit.sealing import seal
from apps.audit.states import Stream
from apps.core import pulses
from apps.core.models import Pulse
from apps.operations.lights import lights, queues
from apps.operations.tasks import close_day, pulse

from .conftest import CHORE_DONE, DAY

pytestmark = [pytest.mark.django_db, pytest.mark.promise("P78")]
NAMES = ["database", "redis", "beat", "queue", "outbox", "anchor", "scanner", "backup"]


@pytest.fixture
def empty_queue(settings):
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        broker.delete("celery", "long")
        yield broker
        broker.delete("celery", "long")


def states():
    return {light.name: str(light.state) for light in lights()}


def let_pass(name, seconds):
    Pulse.objects.filter(pk=name).update(at=pulse_time(seconds))


def pulse_time(seconds):
    with connection.cursor() as cursor:
        cursor.execute("SELECT now() - %s * interval '1 second'", [seconds])
        return cursor.fetchone()[0]


def test_there_are_eight_in_one_order_and_a_fresh_house_has_some_not_set_up(settings):
    settings.ANCHOR_FILE = ""
    assert [light.name for light in lights()] == NAMES
    assert {name for name, state in states().items() if state == "off"} == {"anchor", "scanner", "backup"}
    assert all(light.note for light in lights() if light.state != "ok")


def test_the_timer_is_late_until_a_worker_takes_its_ping_and_when_it_stops():
    assert states()["beat"] == "late"
    pulse()
    assert states()["beat"] == "ok"
    let_pass("beat", 46)
    assert states()["beat"] == "late"


@pytest.mark.alone
def test_a_ping_that_nobody_takes_makes_the_queue_late(empty_queue):
    pulse.delay()
    assert states()["queue"] == "ok"
    assert queues()["celery"][1] == 1
    message = json.loads(empty_queue.lpop("celery"))
    message["headers"]["sent_at"] -= 46
    empty_queue.rpush("celery", json.dumps(message))
    pulse.delay()
    assert states()["queue"] == "late"


@pytest.mark.alone
def test_long_work_waits_in_a_queue_of_its_own(empty_queue):
    pulse.delay()
    close_day.delay("2026-11-22")
    assert {name: waiting for name, (_age, waiting) in queues().items()} == {"celery": 1, "long": 1}


def test_a_delivery_nobody_makes_turns_the_outbox(ctx):
    audit.record(ctx, CHORE_DONE, 1)
    delivery = Delivery.objects.create(event=Event.objects.get(), subscriber="tests")
    assert states()["outbox"] == "ok"
    Delivery.objects.filter(pk=delivery.pk).update(next_attempt_at=pulse_time(61))
    assert states()["outbox"] == "late"


@pytest.mark.promise("P38")
def test_an_anchor_that_is_missing_for_two_hours_turns_its_light(ctx, settings, tmp_path):
    settings.ANCHOR_FILE = str(tmp_path / "anchors.log")
    assert states()["anchor"] == "ok", "nothing is sealed yet"
    audit.record(ctx, CHORE_DONE, 1)
    seal(Stream.EVENT)
    anchor()
    assert states()["anchor"] == "ok"
    let_pass(pulses.ANCHOR, 2 * 3600 + 1)
    assert states()["anchor"] == "late"
    settings.ANCHOR_FILE = ""
    assert states()["anchor"] == "late", "written on another host, and missed here all the same"


class Clamd(BaseRequestHandler):
    def handle(self):
        if self.request.recv(16) == b"zPING\0":
            self.request.sendall(b"PONG\0")


def test_the_scanner_is_asked_and_its_absence_seen(settings):
    with TCPServer(("127.0.0.1", 0), Clamd) as scanner:
        settings.SCANNER_ADDRESS = f"127.0.0.1:{scanner.server_address[1]}"
        threading.Thread(target=scanner.handle_request).start()
        assert states()["scanner"] == "ok"
    assert states()["scanner"] == "down"


def test_a_backup_of_the_day_before_yesterday_is_late():
    pulses.give(pulses.BACKUP)
    assert states()["backup"] == "ok"
    let_pass(pulses.BACKUP, 27 * 3600)
    assert states()["backup"] == "late"


def test_without_the_queue_server_pages_are_served_and_two_lights_are_down(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": settings.REDIS_URL}}
    pulse()
    assert (states()["redis"], states()["queue"], states()["beat"]) == ("down", "down", "ok")
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "late")


def test_ready_tells_every_light_and_the_business_day(client, day):
    pulse()
    facts = client.get("/health/ready").json()
    assert facts["business_day"] == DAY.isoformat()
    assert list(facts["lights"]) == NAMES
    assert facts["lights"]["beat"]["state"] == "ok"
    assert facts["lights"]["beat"]["limit"] == 45


def test_the_lights_cost_few_questions(django_assert_max_num_queries):
    with django_assert_max_num_queries(7):
        lights()
