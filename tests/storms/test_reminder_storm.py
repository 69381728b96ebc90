"""Reminders under fire: workers and their children are killed at random, the broker is emptied, the provider fails.

Small in CI, at full size with ``make storm`` (P01, P02, P03).
"""

import os
import random
from collections import Counter
from datetime import date, timedelta

import pytest
import redis
from django.conf import settings

from apps.audit import dispatch
from apps.audit.models import Event
from apps.notifications import tasks
from apps.notifications.models import Message
from apps.notifications.states import MessageStatus
from apps.operations import services as operations
from apps.operations.agenda import GRACE, REMIND
from tests import premiums
from tests.factories import a_person
from tests.storms.gateway import Gateway, running
from tests.storms.workers import Worker, wait_until, workers

pytestmark = [pytest.mark.storm, pytest.mark.django_db(transaction=True)]
FULL = os.environ.get("STORM") == "full"
MESSAGES, KILLS = (2000, 100) if FULL else (200, 10)
STAGES = 10
MINUTES = 10 if FULL else 1
DAY = timedelta(days=1)
DUE = date(2026, 9, 22)
UNTRUSTWORTHY = {"busy": 0.01, "broken": 0.02, "broken_after": 0.02, "drop": 0.02}
BUSY_OFFICE = {
    "SMS_GATEWAY_TIMEOUT": "1",
    "EMAIL_TIMEOUT": "1",
    "SMS_HOURS": "00:00-23:59:59.999999",
    "MESSAGES_A_DAY": "100000",
    "MESSAGE_LEASE_SECONDS": "5",
    "MESSAGE_RETRY_SECONDS": "0.2",
    "MESSAGE_ASK_SECONDS": ",".join(["1"] * 60),
}


@pytest.fixture
def gateway(settings):
    with running(Gateway(moods=UNTRUSTWORTHY, latency=(0.02, 0.12))) as gateway:
        settings.SMS_GATEWAY_URL = gateway.url
        yield gateway


def many_messages(ctx, wanted: int) -> None:
    """So many reminders to be sent at once: ten stages each of policies in grace."""
    for number in range(wanted // STAGES):
        holder = a_person("张伟", contacts=[("mobile", str(13_800_000_000 + number))], sex="1")
        premiums.a_premium(ctx, DUE, holder=holder)
    for days in range(-16, 61):
        premiums.night(ctx, DUE + days * DAY, GRACE, REMIND)
    operations.open_first_day(ctx, DUE + 60 * DAY)
    dispatch.drain("notifications")
    assert Message.objects.count() == wanted
    Message.objects.update(expires_on=None)


class Storm:
    """Kills at random while the work goes on, and empties the broker at a quarter, half and three quarters."""

    def __init__(self, crew: list[Worker], kills: int, messages: int) -> None:
        self.crew, self.kills, self.messages = crew, kills, messages
        self.chance = random.Random(20261122)
        self.struck: Counter[str] = Counter()
        self.flush_at = [messages // 4, messages // 2, messages * 3 // 4]

    def blow(self) -> bool:
        """One gust; true when the storm is over and every message has reached its end."""
        done = Message.objects.filter(status__in=[MessageStatus.ACCEPTED, MessageStatus.DELIVERED]).count()
        if self.flush_at and done >= self.flush_at[0]:
            self.flush_at.pop(0)
            redis.Redis.from_url(settings.REDIS_URL).flushall()
            self.struck["broker"] += 1
        elif self.struck["child"] + self.struck["worker"] < self.kills and self.chance.random() < 0.4:
            self._strike()
        for _ in range(2 * len(self.crew)):
            tasks.wake()
        tasks.ask.delay()
        return done == self.messages and not self.flush_at

    def _strike(self) -> None:
        victim = self.chance.choice(self.crew)
        if self.struck["child"] <= self.struck["worker"] and victim.kill_child(self.chance):
            self.struck["child"] += 1
        elif self.struck["worker"] < self.kills // 2:
            victim.kill()
            victim.start()
            self.struck["worker"] += 1


@pytest.mark.promise("P01")
@pytest.mark.promise("P02")
@pytest.mark.promise("P03")
@pytest.mark.parametrize("dedupes", [True, False], ids=["deduping", "not_deduping"])
def test_every_reminder_arrives_once_whoever_is_killed_on_the_way(ctx, gateway, tmp_path, dedupes):
    gateway.dedupes = dedupes
    messages = MESSAGES if dedupes else MESSAGES // 2
    many_messages(ctx, messages)
    env = {**BUSY_OFFICE, "SMS_GATEWAY_URL": gateway.url, "SMS_GATEWAY_DEDUPES": str(dedupes)}
    with workers(2, tmp_path / "workers.log", **env) as crew:
        storm = Storm(crew, KILLS if dedupes else KILLS // 2, messages)
        wait_until(storm.blow, MINUTES * 60)
    statuses = Counter(Message.objects.values_list("status", flat=True))
    print(f"{messages} messages, {dict(storm.struck)}, {gateway.calls.total()} calls, {dict(statuses)}")
    assert set(statuses) <= {MessageStatus.ACCEPTED, MessageStatus.DELIVERED}
    assert (len(gateway.delivered), gateway.duplicates) == (messages, 0)
    assert all(len(texts) == 1 for texts in gateway.texts.values())
    assert Event.objects.filter(name="message.accepted").count() == messages
