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
RESENT = declare("message.resent", MESSAGE, _("To be sent by {channel} as well: {code}."), "message", codes=CODES)
STOPPED = declare("message.stopped", MESSAGE, _("Stopped by hand: {code}."), "message", codes=CODES)
LETTER_DUE = declare(
    "message.letter_due", MESSAGE, _("No channel reaches the customer; to be posted: {code}."), "message", codes=CODES
)
PRINTED = declare("message.printed", MESSAGE, _("The letter was printed: {code}."), "message", codes=CODES)
READ = declare("message.read", MESSAGE, _("Read in the app: {code}."), "message", codes=CODES)
MEMBER_SET = declare("member.set", "accounts.user", _("The WeCom user id was set."))
LAPSE_NOTICE_SENT = declare("lapse_notice.sent", POLICY, _("The notice of suspension was sent."), "message")
