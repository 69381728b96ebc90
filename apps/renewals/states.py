from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ReminderStatus(TextChoices):
    """提醒计划: a stage is planned once, or skipped with its reason."""

    PLANNED = "planned", _("Planned")
    SKIPPED = "skipped", _("Skipped")
