from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ReferralStatus(TextChoices):
    """核保转介状态."""

    OPEN = "OPEN", _("To be decided")
    EXAM_ORDERED = "EXAM_ORDERED", _("Waiting for an examination")
    ACCEPTED = "ACCEPTED", _("Accepted by underwriting")
    DECLINED = "DECLINED", _("Declined by underwriting")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


class Exam(TextChoices):
    """What an underwriter asks for before he decides."""

    MEDICAL = "medical", _("Physical examination")
    SURVEY = "survey", _("Survival and lifestyle survey")
    FINANCIAL = "financial", _("Financial statement")
