from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class PartyKind(TextChoices):
    """客户类型."""

    PERSON = "person", _("Person")
    ORGANISATION = "organisation", _("Organisation")


class Sex(TextChoices):
    """性别 (GB/T 2261.1)."""

    MALE = "1", _("Male")
    FEMALE = "2", _("Female")
    UNKNOWN = "0", _("Unknown")


class ContactKind(TextChoices):
    """联系方式."""

    MOBILE = "mobile", _("Mobile phone")
    EMAIL = "email", _("E-mail")
    ADDRESS = "address", _("Address")


class ContactHealth(TextChoices):
    """联系方式质量."""

    GOOD = "good", _("Good")
    DOUBTFUL = "doubtful", _("Doubtful")


class ConsentPurpose(TextChoices):
    """同意用途."""

    REMINDERS = "reminders", _("Premium reminders")
    MARKETING = "marketing", _("Marketing")
