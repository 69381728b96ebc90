"""The workers' door. The broker holds no truth: messages are wake-up pings that carry ids (R2)."""

import os
from typing import Any

from celery import Celery, Task

from apps.core import clock

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "policyops.settings")


class Ping(Task):
    """Says when it was sent: the health page tells by it how long the oldest has been waiting for a worker."""

    abstract = True

    def apply_async(self, *args: Any, headers: dict[str, Any] | None = None, **options: Any) -> Any:
        stamped = {"sent_at": clock.now().timestamp(), **(headers or {})}
        return super().apply_async(*args, headers=stamped, **options)


app = Celery("policyops", task_cls=Ping)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
