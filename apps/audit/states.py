from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DeliveryStatus(TextChoices):
    """投递状态 of one event to one subscriber."""

    PENDING = "pending", _("Pending")
    DONE = "done", _("Done")
    DEAD = "dead", _("Dead letter")


class AccessKind(TextChoices):
    """访问留痕: what changes nothing and is still remembered (P36, P54)."""

    DENIED = "denied", _("Denied")
    OPENED = "opened", _("Opened for a purpose")
    REVEALED = "revealed", _("Revealed")
    EXPORTED = "exported", _("Exported")
    SEARCHED = "searched", _("Searched by identity")


class Stream(TextChoices):
    """What is sealed 封存链."""

    EVENT = "event", _("Events")
    ACCESS = "access", _("Accesses")
