"""Rate limits 限流: a token bucket for each caller and kind of call, in Redis; in this process while Redis is away.

A bucket holds a minute's tokens and fills evenly. Reads stay possible without Redis (P70): each process then counts
for itself.
"""

import threading
import time
from dataclasses import dataclass
from functools import cache
from math import ceil

import redis
from django.conf import settings

MINUTE = 60
PATIENCE_SECONDS = 0.25
RETRY_REDIS_SECONDS = 5.0
MOST_LOCAL = 10_000

SCRIPT = """
local size, time = tonumber(ARGV[1]), redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local kept = redis.call('HMGET', KEYS[1], 'left', 'at')
local left, at = tonumber(kept[1]) or size, tonumber(kept[2]) or now
left = math.min(size, left + math.max(0, now - at) * size / 60)
local allowed = left >= 1
if allowed then left = left - 1 end
redis.call('HSET', KEYS[1], 'left', left, 'at', now)
redis.call('EXPIRE', KEYS[1], 120)
return {allowed and 1 or 0, tostring(left)}
"""


@dataclass(frozen=True)
class Rate:
    """How many calls a minute: all, and those with an effect."""

    calls: int
    writes: int


def usual() -> Rate:
    """The company's rate for every caller."""
    return Rate(settings.API_CALLS_A_MINUTE, settings.API_WRITES_A_MINUTE)


@dataclass(frozen=True)
class Verdict:
    """Whether the call may go on, and what the headers say."""

    allowed: bool
    limit: int
    left: float

    @property
    def headers(self) -> dict[str, str]:
        told = {"RateLimit-Limit": str(self.limit), "RateLimit-Remaining": str(int(self.left))}
        told["RateLimit-Reset"] = str(ceil((self.limit - self.left) * MINUTE / self.limit))
        if not self.allowed:
            told["Retry-After"] = str(max(1, ceil((1 - self.left) * MINUTE / self.limit)))
        return told


def take(bucket: str, limit: int) -> Verdict:
    """Take one token from a caller's bucket."""
    return _keeper().take(bucket, limit)


class Keeper:
    """Asks Redis; keeps count itself for some seconds after Redis did not answer."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
        )
        self._script = self._redis.register_script(SCRIPT)
        self._local: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()
        self._away_until = 0.0

    def take(self, bucket: str, limit: int) -> Verdict:
        if time.monotonic() >= self._away_until:
            try:
                allowed, left = self._script(keys=[f"api:rate:{bucket}"], args=[limit])
                return Verdict(bool(allowed), limit, float(left))
            except redis.RedisError:
                self._away_until = time.monotonic() + RETRY_REDIS_SECONDS
        return self._take_here(bucket, limit)

    def _take_here(self, bucket: str, limit: int) -> Verdict:
        now = time.monotonic()
        with self._lock:
            if len(self._local) > MOST_LOCAL:
                self._local.clear()
            left, at = self._local.get(bucket, (float(limit), now))
            left = min(limit, left + (now - at) * limit / MINUTE)
            allowed = left >= 1
            left -= allowed
            self._local[bucket] = (left, now)
        return Verdict(allowed, limit, left)


@cache
def _keeper() -> Keeper:
    return Keeper(settings.REDIS_URL)
