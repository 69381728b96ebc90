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
    """发送渠道."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("Text message")


class NotSentReason(TextChoices):
    """未发送原因: why a planned message is not sent; a reminder's own reasons stand beside these (renewals)."""

    NO_CHANNEL = "no_channel", _("No usable channel or address")
    SUPERSEDED = "superseded", _("Its time has passed")
    OVERTAKEN = "overtaken", _("Overtaken by later events")


class MessageCode(TextChoices):
    """消息种类: the rows of ``messages.py``."""

    PREMIUM_REMINDER = "premium_reminder", _("Premium reminder")
    LAPSE_NOTICE = "lapse_notice", _("Notice of suspension")
    PAYMENT_CONFIRMATION = "payment_confirmation", _("Payment confirmation")
    PAYMENT_RETURNED = "payment_returned", _("Returned payment")


class Why:
    """Every reason of ours that a message may carry; a provider's own words are none of them."""

    choices = [*SkipReason.choices, *NotSentReason.choices]
