"""``/metrics`` for Prometheus: this server's requests, and the state of the whole house as the database knows it.

Every web process gives the same answer about the house, so it is enough to ask any one of them.
"""

from collections.abc import Iterable
from contextlib import suppress
from secrets import compare_digest

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from redis.exceptions import RedisError

from apps.core.metrics import of_all_processes

from .lights import lights, queues
from .states import LightState

COUNTS = {
    "policyops_deliveries_pending": "SELECT count(*) FROM audit_delivery WHERE status = 'pending'",
    "policyops_deliveries_dead": "SELECT count(*) FROM audit_delivery WHERE status = 'dead'",
    "policyops_quarantine_open": "SELECT count(*) FROM operations_quarantine WHERE resolved_at IS NULL",
    "policyops_business_day_timestamp_seconds": """SELECT extract(epoch FROM date)::float8 FROM operations_businessday
                                                   WHERE status = 'open'""",
    "policyops_close_running": "SELECT count(*) FROM operations_run WHERE status = 'running'",
    "policyops_database_connections": "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()",
}
"""One number each. Open deliveries are counted in a partial index; nothing here reads a large table."""

CLOSE = """SELECT step, due, done, skipped, failed FROM operations_steprun
           WHERE run_id = (SELECT max(id) FROM operations_run)"""


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever shows ``METRICS_TOKEN``; for anybody else, and where none is set, there is no such page."""
    expected, shown = f"Bearer {settings.METRICS_TOKEN}", request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not compare_digest(shown.encode(), expected.encode()):
        raise Http404
    house = CollectorRegistry()
    house.register(House())
    return HttpResponse(generate_latest(of_all_processes()) + generate_latest(house), content_type=CONTENT_TYPE_LATEST)


class House:
    """The facts every web process sees alike. What cannot be asked is left out, and its light says why."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        yield from _lights()
        with suppress(RedisError, OSError):
            yield from _queues()
        with suppress(DatabaseError):
            yield from _facts()


def _lights() -> Iterable[GaugeMetricFamily]:
    state = GaugeMetricFamily("policyops_light", "1 for the state a light is in.", labels=("light", "state"))
    seconds = GaugeMetricFamily("policyops_light_seconds", "Age, or time to answer.", labels=("light",))
    for light in lights():
        for possible in LightState:
            state.add_metric((light.name, possible.value), light.state == possible)
        if light.seconds is not None:
            seconds.add_metric((light.name,), light.seconds)
    return state, seconds


def _queues() -> Iterable[GaugeMetricFamily]:
    length = GaugeMetricFamily("policyops_queue_length", "Pings no worker has taken.", labels=("queue",))
    for name, (_age, waiting) in queues().items():
        length.add_metric((name,), waiting)
    return (length,)


def _facts() -> Iterable[GaugeMetricFamily]:
    close = GaugeMetricFamily("policyops_close_entries", "The last close, step by step.", labels=("step", "count"))
    with connection.cursor() as cursor:
        for name, question in COUNTS.items():
            cursor.execute(question)
            row = cursor.fetchone()
            yield GaugeMetricFamily(name, name.removeprefix("policyops_").replace("_", " "), value=row[0] if row else 0)
        cursor.execute(CLOSE)
        for step, *counts in cursor.fetchall():
            for name, count in zip(("due", "done", "skipped", "failed"), counts, strict=True):
                close.add_metric((step, name), count)
    yield close
