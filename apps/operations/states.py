from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DayStatus(TextChoices):
    """营业日状态."""

    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class RunStatus(TextChoices):
    """日终批处理状态."""

    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class QuarantineReason(TextChoices):
    """隔离原因: why a policy was left out of a step."""

    FAILING = "failing", _("Failed")
    LOCKED = "locked", _("Locked by another user")


class LightState(TextChoices):
    """指示灯: green, behind, out of reach, not set up."""

    OK = "ok", _("Good")
    LATE = "late", _("Late")
    DOWN = "down", _("Down")
    OFF = "off", _("Not set up")
