from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DeadlineStatus(TextChoices):
    """时限状态."""

    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    BREACHED = "breached", _("Overdue")
    MET = "met", _("Met")
    MET_LATE = "met_late", _("Met late")
    CANCELLED = "cancelled", _("Cancelled")
