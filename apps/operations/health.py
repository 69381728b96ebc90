"""Health 健康检查: is this process alive, can it serve, and does the work behind it keep up."""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from redis.exceptions import RedisError

from apps.core import clock
from apps.core.errors import BusinessError

from .selectors import business_date

logger = logging.getLogger(__name__)
BEAT = "beat:last"


def beat() -> None:
    """Called by beat's sweep through a worker: both are alive."""
    cache.set(BEAT, clock.now().timestamp(), timeout=24 * 3600)


@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """503 while the database or Redis is away; ``late`` when workers or sealing do not keep up. Ages are in seconds."""
    facts = {name: _ask(question) for name, question in QUESTIONS.items()}
    down = [name for name in ("database", "redis") if facts[name] is not True]
    late = [name for name, limit in _limits().items() if facts[name] is None or facts[name] > limit]
    status = "down" if down else "late" if late else "ok"
    return JsonResponse({"status": status, **facts, "late": late}, status=503 if down else 200)


def _ask(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except (DatabaseError, RedisError, BusinessError, OSError) as error:
        logger.warning("health: %s", type(error).__name__)
        return None


def _limits() -> dict[str, float]:
    return {
        "beat_age": 3 * settings.SWEEP_SECONDS,
        "oldest_delivery_age": 3 * settings.SWEEP_SECONDS,
        "unsealed_age": 3 * settings.SWEEP_SECONDS,
    }


def _database() -> bool:
    return _number("SELECT 1") == 1


def _redis() -> bool:
    cache.get(BEAT)
    return True


def _beat_age() -> float | None:
    last = cache.get(BEAT)
    return None if last is None else round(clock.now().timestamp() - last, 1)


def _oldest_delivery_age() -> float:
    return _number(
        """SELECT extract(epoch FROM now() - min(next_attempt_at)) FROM audit_delivery
           WHERE status = 'pending' AND next_attempt_at <= now()"""
    )


def _unsealed_age() -> float:
    return _number(
        """SELECT extract(epoch FROM now() - min(recorded_at)) FROM audit_event
           WHERE txid >= coalesce((SELECT to_txid FROM audit_block
                                   WHERE stream = 'event' ORDER BY number DESC LIMIT 1), '0')"""
    )


def _number(question: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return round(float(cursor.fetchone()[0] or 0), 1)


QUESTIONS: dict[str, Callable[[], Any]] = {
    "database": _database,
    "redis": _redis,
    "business_day": lambda: business_date().isoformat(),
    "beat_age": _beat_age,
    "oldest_delivery_age": _oldest_delivery_age,
    "unsealed_age": _unsealed_age,
}
