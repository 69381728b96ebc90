"""Notices to users 公告: which are up. Every page asks, so the answer is kept beside the database for half a minute."""

import logging
from datetime import datetime

from django.core.cache import cache
from django.db import connection, transaction
from redis.exceptions import RedisError

from apps.core import clock

from .models import Banner

logger = logging.getLogger(__name__)

KEPT_SECONDS = 30
Notice = tuple[datetime, datetime, str, str]


def banners_up() -> list[tuple[str, str]]:
    """The notices that are up at this moment, each in Chinese and in English."""
    now = clock.now()
    return [(zh, en) for from_at, to_at, zh, en in _notices() if from_at <= now < to_at]


def forget() -> None:
    """A notice was put up or taken down: ask the database again, now and after the commit."""
    _drop()
    transaction.on_commit(_drop, robust=True)


def _notices() -> list[Notice]:
    try:
        kept = cache.get(_key())
        if kept is None:
            kept = _read()
            cache.set(_key(), kept, KEPT_SECONDS)
    except (RedisError, OSError) as error:
        logger.warning("notices: %s", type(error).__name__)
        return _read()
    return kept


def _read() -> list[Notice]:
    rows = Banner.objects.filter(to_at__gt=clock.now()).order_by("from_at", "pk")
    return list(rows.values_list("from_at", "to_at", "text_zh", "text_en"))


def _drop() -> None:
    try:
        cache.delete(_key())
    except (RedisError, OSError) as error:
        logger.warning("notices: %s", type(error).__name__)


def _key() -> str:
    return f"banners:{connection.settings_dict['NAME']}"
