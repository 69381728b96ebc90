from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ApiKeyStatus(TextChoices):
    """接口密钥状态. That a key has expired follows from its last day and is not stored."""

    REQUESTED = "REQUESTED", _("Waiting for approval")
    APPROVED = "APPROVED", _("Approved, to be issued")
    ISSUED = "ISSUED", _("In use")
    REFUSED = "REFUSED", _("Refused")
    REVOKED = "REVOKED", _("Revoked")


class AuthorityStatus(TextChoices):
    """签批权限状态. That one is not yet or no longer in force follows from its days and is not stored."""

    ASKED = "ASKED", _("Waiting for approval")
    GRANTED = "GRANTED", _("Granted")
    REFUSED = "REFUSED", _("Refused")
    ENDED = "ENDED", _("Ended")


class DelegationStatus(TextChoices):
    """授权委托状态. That one is over follows from its last day and is not stored."""

    ASKED = "ASKED", _("Waiting for approval")
    APPROVED = "APPROVED", _("Approved")
    REFUSED = "REFUSED", _("Refused")
    ENDED = "ENDED", _("Ended")
