from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ApiKeyStatus(TextChoices):
    """接口密钥状态. That a key has expired follows from its last day and is not stored."""

    REQUESTED = "REQUESTED", _("Waiting for approval")
    APPROVED = "APPROVED", _("Approved, to be issued")
    ISSUED = "ISSUED", _("In use")
    REFUSED = "REFUSED", _("Refused")
    REVOKED = "REVOKED", _("Revoked")
