from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from apps.renewals.states import SkipReason


class MessageStatus(TextChoices):
    """消息状态 (decision 20)."""

    PLANNED = "planned", _("Planned")
    SENDING = "sending", _("Sending")
    ACCEPTED = "accepted", _("Accepted")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("Unknown")
    SKIPPED = "skipped", _("Skipped")
    DEAD = "dead", _("Given up")


class ChannelKind(TextChoices):
    """发送渠道. By post a person sends, not a machine."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("Text message")
    WEBHOOK = "webhook", _("Message platform")
    POST = "post", _("Post")
    INBOX = "inbox", _("In the app")
    WECOM = "wecom", _("WeCom")
    ROBOT = "robot", _("WeCom group")


class Readers(TextChoices):
    """读者: whom a channel reaches, and a kind of message is for."""

    CUSTOMERS = "customers", _("Customers")
    STAFF = "staff", _("Staff and agents")
    HOUSE = "house", _("The office's group")


class Purpose(TextChoices):
    """消息用途: what holds a message back. What the law orders, nothing does; marketing needs a consent (P59)."""

    SERVICE = "service", _("Service")
    STATUTORY = "statutory", _("Statutory")
    MARKETING = "marketing", _("Marketing")


class NotSentReason(TextChoices):
    """未发送原因: why a planned message is not sent; a reminder's own reasons stand beside these (renewals)."""

    NO_CHANNEL = "no_channel", _("No usable channel or address")
    SUPERSEDED = "superseded", _("Its time has passed")
    OVERTAKEN = "overtaken", _("Overtaken by later events")
    REACHED = "reached", _("Arrived by another channel after all")
    NO_CONSENT = "no_consent", _("No consent to marketing")
    STOPPED = "stopped", _("Stopped by hand")


class MessageCode(TextChoices):
    """消息种类: the rows of ``messages.py``."""

    PREMIUM_REMINDER = "premium_reminder", _("Premium reminder")
    LAPSE_NOTICE = "lapse_notice", _("Notice of suspension")
    PAYMENT_CONFIRMATION = "payment_confirmation", _("Payment confirmation")
    PAYMENT_RETURNED = "payment_returned", _("Returned payment")
    POLICY_SUSPENDED = "policy_suspended", _("For the agent: policy suspended")
    PAYMENT_BOUNCED = "payment_bounced", _("For the agent: payment returned")
    LETTER_TO_POST = "letter_to_post", _("For the clerk: a letter to post")
    ENDORSEMENT_PAPERS = "endorsement_papers", _("Papers needed for an endorsement")
    ENDORSEMENT_PAYMENT = "endorsement_payment", _("Extra premium for an endorsement")
    ENDORSEMENT_DONE = "endorsement_done", _("Endorsement in effect")
    ENDORSEMENT_REJECTED = "endorsement_rejected", _("Endorsement not agreed to")
    NIGHT_REPORT = "night_report", _("Report of the night")


class Happening(TextChoices):
    """发送经过: one thing that happened to a message on its way."""

    TAKEN = "taken", _("Taken by the provider")
    PUT_OFF = "put_off", _("Not taken, to be tried later")
    TURNED_DOWN = "turned_down", _("Turned down for good")
    NO_ANSWER = "no_answer", _("No answer")
    NEVER_SEEN = "never_seen", _("Never seen by the provider")
    ACCEPTED = "accepted", _("Receipt: accepted")
    DELIVERED = "delivered", _("Receipt: delivered")
    FAILED = "failed", _("Receipt: failed")
    PRINTED = "printed", _("Printed")
    POSTED = "posted", _("Posted")


class Why:
    """Every reason of ours that a message may carry; a provider's own words are none of them."""

    choices = [*SkipReason.choices, *NotSentReason.choices]
