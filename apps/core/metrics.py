"""Metrics 指标 of this process: how long requests take. What the house as a whole does is asked of the database.

With ``PROMETHEUS_MULTIPROC_DIR`` (deploy/gunicorn.py sets it) the processes of a server write where each of them reads.
"""

import os
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from prometheus_client import REGISTRY, CollectorRegistry, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

GetResponse = Callable[[HttpRequest], HttpResponse]

REQUESTS = Histogram(
    "policyops_request_seconds",
    "Time to answer a request.",
    ("method", "route", "status"),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def requests(get_response: GetResponse) -> GetResponse:
    """Time each request, for the histogram and for its line in the log."""

    def respond(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        seconds = time.perf_counter() - began
        match = request.resolver_match
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(method, match.route if match else "", f"{response.status_code // 100}xx").observe(seconds)
        structlog.contextvars.bind_contextvars(seconds=round(seconds, 3))
        return response

    return respond


def of_all_processes() -> CollectorRegistry:
    """What the processes of this server measured; of this one alone where they do not write together."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry
