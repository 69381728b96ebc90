from typing import Any

from django.conf import settings
from django.core.checks import Error, register


@register
def anchors_are_signed(app_configs: Any, **kwargs: Any) -> list[Error]:
    if settings.ANCHOR_FILE and not settings.ANCHOR_KEY:
        return [Error("ANCHOR_FILE is set without ANCHOR_KEY: anchors must be signed.", id="audit.E001")]
    return []


@register
def tasks_end_before_they_are_redelivered(app_configs: Any, **kwargs: Any) -> list[Error]:
    """A task that outlives the visibility timeout is run a second time beside the first (R1)."""
    redelivered_after = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    if redelivered_after <= settings.CELERY_TASK_TIME_LIMIT:
        return [Error("CELERY_TASK_TIME_LIMIT must be shorter than the broker's visibility_timeout.", id="audit.E002")]
    return []
