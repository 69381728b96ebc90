from django.utils.translation import gettext_lazy as _

from apps.audit.events import declare

REMINDER = "renewals.reminder"

PLANNED = declare("reminder.planned", REMINDER, _("A premium reminder is planned for {stage_on}."), "message")
SKIPPED = declare(
    "reminder.skipped", REMINDER, _("The premium reminder for {stage_on} is skipped: {reason_label}."), "message"
)
