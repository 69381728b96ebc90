"""The usual way: one Celery task for each message, which locks it, handles it and marks it done."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from celery import shared_task
from django.db import transaction

from apps.audit.models import Delivery, Event
from apps.audit.outbox import subscribe
from apps.audit.states import DeliveryStatus
from benchmarks.jobs import events
from benchmarks.meter import Meter

QUEUE = "benchmark"
PROCESSES = 2
PATIENCE = 120


@subscribe("benchmark", events.HAPPENED)
def take(batch: list[Event]) -> None:
    """Nothing is done with them."""


@shared_task
@transaction.atomic
def deliver(delivery_id: int) -> None:
    delivery = Delivery.objects.select_for_update(of=("self",)).select_related("event").get(pk=delivery_id)
    take([delivery.event])
    delivery.status, delivery.attempts = DeliveryStatus.DONE, 1
    delivery.save()


def run(meter: Meter, *, messages: int) -> None:
    events.record(messages + 1)
    first, *others = Delivery.objects.order_by("pk").values_list("pk", flat=True)
    with _worker():
        deliver.apply_async((first,), queue=QUEUE)
        _wait(messages)
        with meter:
            for delivery_id in others:
                deliver.apply_async((delivery_id,), queue=QUEUE)
            _wait(0)


def _wait(left: int) -> None:
    give_up = time.monotonic() + PATIENCE
    while Delivery.objects.filter(status=DeliveryStatus.PENDING).count() > left:
        if time.monotonic() > give_up:
            raise TimeoutError("the worker does not deliver")
        time.sleep(0.05)


@contextmanager
def _worker() -> Iterator[None]:
    command = [sys.executable, "-m", "celery", "-A", "policyops", "worker", f"--queues={QUEUE}"]
    command += [f"--concurrency={PROCESSES}", f"--include={__name__}", "--loglevel=ERROR"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()
