"""The eight lights 运行指示灯 (P78, screen S26.1): what must be up, and what must not fall behind.

Ages are told by the database's clock from facts any host can see, so every web process shows the same lights.
"""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import redis
from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from apps.core import clock, pulses, scanner

from .states import LightState

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 1.0
SCANNER_SECONDS = 3.0
SEAL_SECONDS = 180.0
ANCHOR_SECONDS = 2 * 3600.0
ARCHIVE_SECONDS = 300.0


@dataclass(frozen=True)
class Light:
    """One light. ``seconds`` is an age or the time to answer, late beyond ``limit``; ``note`` says what it means."""

    name: str
    label: str | Promise
    state: LightState
    seconds: float | None = None
    limit: float | None = None
    note: str | Promise = ""


@dataclass(frozen=True)
class Reading:
    """What a question found: seconds, None for never; or ``off``, and in what other way it is behind."""

    seconds: float | None = None
    off: bool = False
    behind: str | Promise = ""


@dataclass(frozen=True)
class Question:
    """How one light is told, and what people must know when it is not green."""

    name: str
    label: str | Promise
    ask: Callable[[], Reading]
    limit: Callable[[], float]
    note: str | Promise
    in_database: bool = True


def lights() -> tuple[Light, ...]:
    """All eight, always in the same order. While the database is away nobody can tell what it holds: those are down."""
    database = _light(QUESTIONS[0])
    unknown = database.state == LightState.DOWN
    others = (_dark(one) if unknown and one.in_database else _light(one) for one in QUESTIONS[1:])
    return (database, *others)


def _light(question: Question) -> Light:
    try:
        reading = question.ask()
    except (DatabaseError, RedisError, OSError, ValueError) as error:
        logger.warning("light %s: %s", question.name, type(error).__name__)
        return _dark(question)
    limit = question.limit()
    if reading.off:
        return Light(question.name, question.label, LightState.OFF, note=_("Not set up."))
    if reading.behind or reading.seconds is None or reading.seconds > limit:
        note = reading.behind or question.note
        return Light(question.name, question.label, LightState.LATE, reading.seconds, limit, note)
    return Light(question.name, question.label, LightState.OK, reading.seconds, limit)


def _dark(question: Question) -> Light:
    return Light(question.name, question.label, LightState.DOWN, limit=question.limit(), note=question.note)


def _database() -> Reading:
    began = time.monotonic()
    _row("SELECT 1")
    return Reading(round(time.monotonic() - began, 3))


def _redis() -> Reading:
    began = time.monotonic()
    cache.get("light")
    return Reading(round(time.monotonic() - began, 3))


def _beat() -> Reading:
    return Reading(_rounded(pulses.age(pulses.BEAT)))


def _queue() -> Reading:
    """The longest wait of a ping that no worker has taken yet."""
    return Reading(max([0.0, *(age for age, _ in queues().values())]))


def queues() -> dict[str, tuple[float, int]]:
    """Of each queue: the age of its oldest ping in seconds, and its length."""
    with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=3) as broker:
        return {name: (_oldest(broker, name), broker.llen(name)) for name in sorted(current_app.amqp.queues)}


def _oldest(broker: redis.Redis, queue: str) -> float:
    raw = broker.lindex(queue, -1)
    sent_at = json.loads(raw).get("headers", {}).get("sent_at") if raw else None
    return 0.0 if sent_at is None else max(0.0, round(clock.now().timestamp() - sent_at, 1))


def _outbox() -> Reading:
    (age,) = _row(
        """SELECT extract(epoch FROM now() - min(next_attempt_at))::float8 FROM audit_delivery
           WHERE status = 'pending' AND next_attempt_at <= now()"""
    )
    return Reading(_rounded(age or 0.0))


def _anchor() -> Reading:
    """The age of the last anchor; before the first one, of the first block there is to anchor."""
    unsealed, since_first_block = _row(
        """SELECT extract(epoch FROM now() - min(recorded_at))::float8,
                  (SELECT extract(epoch FROM now() - min(sealed_at))::float8 FROM audit_block WHERE number = 1)
           FROM audit_event WHERE txid >= coalesce((SELECT to_txid FROM audit_block
                                                    WHERE stream = 'event' ORDER BY number DESC LIMIT 1), '0')"""
    )
    age = pulses.age(pulses.ANCHOR)
    if age is None and not settings.ANCHOR_FILE:
        return Reading(off=True)
    behind = _("Events are not being sealed.") if (unsealed or 0) > SEAL_SECONDS else ""
    return Reading(_rounded(age if age is not None else since_first_block or 0.0), behind=behind)


def _scanner() -> Reading:
    """Ask the virus scanner whether it is there."""
    if not scanner.is_set_up():
        return Reading(off=True)
    began = time.monotonic()
    scanner.ping(SCANNER_SECONDS)
    return Reading(round(time.monotonic() - began, 3))


def _backup() -> Reading:
    """The age of the last base backup; and where the log is archived, whether that keeps up (P73)."""
    archiving, failing, archived = _row(
        """SELECT current_setting('archive_mode') <> 'off', coalesce(last_failed_time > last_archived_time, FALSE),
                  extract(epoch FROM now() - greatest(last_archived_time, pg_postmaster_start_time()))::float8
           FROM pg_stat_archiver"""
    )
    age = pulses.age(pulses.BACKUP)
    if age is None and not archiving:
        return Reading(off=True)
    late = archiving and (failing or archived > ARCHIVE_SECONDS)
    return Reading(_rounded(age), behind=_("The log of the database is not being archived.") if late else "")


def _three_pulses() -> float:
    return 3 * settings.PULSE_SECONDS


def _row(question: str) -> tuple:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


QUESTIONS = (
    Question("database", _("Database"), _database, lambda: ANSWER_SECONDS, _("Nothing can be read or written.")),
    Question(
        "redis",
        _("Queue server"),
        _redis,
        lambda: ANSWER_SECONDS,
        _("Nobody can sign in; what runs in the background waits. Nothing is lost."),
        in_database=False,
    ),
    Question("beat", _("Timer"), _beat, _three_pulses, _("The timer or all workers have stopped.")),
    Question("queue", _("Queue"), _queue, _three_pulses, _("No worker is free: start more of them."), False),
    Question(
        "outbox", _("Outbox"), _outbox, lambda: settings.SWEEP_SECONDS, _("Messages and follow-up work are late.")
    ),
    Question(
        "anchor", _("Seal and anchors"), _anchor, lambda: ANCHOR_SECONDS, _("The seal has not been anchored outside.")
    ),
    Question(
        "scanner", _("Virus scanner"), _scanner, lambda: ANSWER_SECONDS, _("Uploads wait until it is back."), False
    ),
    Question(
        "backup", _("Backup"), _backup, lambda: settings.BACKUP_HOURS * 3600, _("The last backup is too long ago.")
    ),
)
