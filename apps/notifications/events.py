from django.utils.translation import gettext_lazy as _

from apps.audit.events import declare
from apps.policies.events import POLICY

from .states import ChannelKind, MessageCode, Why

MESSAGE = "notifications.message"
CODES = {"code": MessageCode, "channel": ChannelKind, "why": Why}

ACCEPTED = declare("message.accepted", MESSAGE, _("Sent by {channel}: {code}."), "message", codes=CODES)
FAILED = declare("message.failed", MESSAGE, _("Could not be delivered by {channel}: {code}."), "message", codes=CODES)
UNKNOWN = declare(
    "message.unknown", MESSAGE, _("Nobody knows yet whether it was sent by {channel}: {code}."), "message", codes=CODES
)
SKIPPED = declare("message.skipped", MESSAGE, _("Not sent ({why}): {code}."), "message", codes=CODES)
DEAD = declare("message.dead", MESSAGE, _("Given up after several attempts: {code}."), "message", codes=CODES)
RETRIED = declare("message.retried", MESSAGE, _("To be sent again: {code}."), "message", codes=CODES)
LAPSE_NOTICE_SENT = declare("lapse_notice.sent", POLICY, _("The notice of suspension was sent."), "message")
