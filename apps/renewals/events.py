from django.utils.translation import gettext_lazy as _

from apps.audit.events import declare

from .states import SkipReason

REMINDER = "renewals.reminder"

PLANNED = declare("reminder.planned", REMINDER, _("A premium reminder is planned for {stage_on}."), "message")
SKIPPED = declare(
    "reminder.skipped",
    REMINDER,
    _("The premium reminder for {stage_on} is skipped: {skipped}."),
    "message",
    codes={"skipped": SkipReason},
)
