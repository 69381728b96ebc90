"""The workers' door. The broker holds no truth: messages are wake-up pings that carry ids (R2)."""

import gc
import os
import time
from typing import Any

from celery import Celery, Task
from celery.signals import worker_process_init

from apps.core import clock

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "policyops.settings")


PULSE_SECONDS = 20.0


class Ping(Task):
    """Says when it was sent: the health page tells by it how long the oldest has been waiting for a worker.

    The worker that takes it gives a sign of life, now and then.
    """

    abstract = True
    _pulse_due = 0.0

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        from apps.core import pulses

        if time.monotonic() >= Ping._pulse_due:
            Ping._pulse_due = time.monotonic() + PULSE_SECONDS
            pulses.give(f"worker:{self.request.hostname}"[:40])

    def apply_async(self, *args: Any, headers: dict[str, Any] | None = None, **options: Any) -> Any:
        stamped = {"sent_at": clock.now().timestamp(), **(headers or {})}
        return super().apply_async(*args, headers=stamped, **options)


app = Celery("policyops", task_cls=Ping)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def keep_what_is_loaded(**signal: Any) -> None:
    """The code and the tables of a worker live as long as it does: the collector need not look at them each time."""
    gc.collect()
    gc.freeze()
