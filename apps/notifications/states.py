from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


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
