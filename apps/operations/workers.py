"""Workers 作业进程: which have given a sign of life lately, and which answer at this moment (screen S26)."""

import logging
from dataclasses import dataclass

from celery import current_app
from django.db import connection
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

PULSE = "worker:"
REMEMBERED_SECONDS = 24 * 3600.0
ANSWER_SECONDS = 0.7


@dataclass(frozen=True)
class Worker:
    """``seconds`` since its last task; one that died is remembered for a day."""

    name: str
    host: str
    seconds: float | None
    answers: bool


def workers() -> list[Worker]:
    """All of the last day, and whoever answers. Waits for the silent ones, not for those that are known to live."""
    known = _known()
    answering = _who_answers(expected=len(known))
    seen = [Worker(name, host, age, name in answering) for name, (host, age) in known.items()]
    fresh = [Worker(name, name.partition("@")[2], None, True) for name in answering - known.keys()]
    return sorted(seen + fresh, key=lambda worker: worker.name)


def _known() -> dict[str, tuple[str, float]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT substr(name, %s), source, extract(epoch FROM clock_timestamp() - at)::float8 FROM core_pulse
               WHERE name LIKE %s AND at > clock_timestamp() - %s * interval '1 second'""",
            [len(PULSE) + 1, f"{PULSE}%", REMEMBERED_SECONDS],
        )
        return {name: (host, age) for name, host, age in cursor.fetchall()}


def _who_answers(expected: int) -> set[str]:
    try:
        replies = current_app.control.ping(timeout=ANSWER_SECONDS, limit=expected or None)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("workers: %s", type(error).__name__)
        return set()
    return {name for reply in replies for name in reply}
