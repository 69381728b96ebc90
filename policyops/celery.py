"""The workers' door. The broker holds no truth: messages are wake-up pings that carry ids (R2)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "policyops.settings")

app = Celery("policyops")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
