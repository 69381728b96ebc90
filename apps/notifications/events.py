from django.utils.translation import gettext_lazy as _

from apps.audit.events import declare
from apps.policies.events import POLICY

MESSAGE = "notifications.message"

ACCEPTED = declare("message.accepted", MESSAGE, _("Sent by {channel_label}: {label}."), "message")
FAILED = declare("message.failed", MESSAGE, _("Could not be delivered by {channel_label}: {label}."), "message")
UNKNOWN = declare(
    "message.unknown", MESSAGE, _("Nobody knows yet whether it was sent by {channel_label}: {label}."), "message"
)
SKIPPED = declare("message.skipped", MESSAGE, _("Not sent ({why}): {label}."), "message")
DEAD = declare("message.dead", MESSAGE, _("Given up after several attempts: {label}."), "message")
RETRIED = declare("message.retried", MESSAGE, _("To be sent again: {label}."), "message")
LAPSE_NOTICE_SENT = declare("lapse_notice.sent", POLICY, _("The notice of suspension was sent."), "message")
