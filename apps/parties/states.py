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
    """联系方式质量. Proposed is asked for and not approved yet, retired was replaced by another: both are not used."""

    GOOD = "good", _("Good")
    DOUBTFUL = "doubtful", _("Doubtful")
    PROPOSED = "proposed", _("Proposed")
    RETIRED = "retired", _("Replaced")


UNUSED = (ContactHealth.DOUBTFUL, ContactHealth.PROPOSED, ContactHealth.RETIRED)
"""Contacts nothing is sent to."""


class ConsentPurpose(TextChoices):
    """同意用途."""

    REMINDERS = "reminders", _("Premium reminders")
    MARKETING = "marketing", _("Marketing")


class ConsentSource(TextChoices):
    """同意取得方式: how the customer said it."""

    APPLICATION = "application", _("In the application")
    COUNTER = "counter", _("At the counter, signed")
    PHONE = "phone", _("On the phone, recorded")
    LETTER = "letter", _("By letter or e-mail")
    ONLINE = "online", _("In the app or online")
    TAKEN_OVER = "taken_over", _("Taken over from the former system")


class QuietHours(TextChoices):
    """免打扰时段: when a customer does not want his phone to ring, on the office's wall clock."""

    NONE = "", _("No wish")
    MORNING = "morning", _("Not before noon")
    NOON = "noon", _("Not from 12:00 to 14:00")
    AFTERNOON = "afternoon", _("Not from 14:00 to 18:00")
    EVENING = "evening", _("Not after 18:00")

    @property
    def hours(self) -> tuple[int, int]:
        """The first quiet hour, and the first that is not quiet any more."""
        return HOURS[self]


HOURS = {
    QuietHours.NONE: (0, 0),
    QuietHours.MORNING: (0, 12),
    QuietHours.NOON: (12, 14),
    QuietHours.AFTERNOON: (14, 18),
    QuietHours.EVENING: (18, 24),
}


class IdentityType(TextChoices):
    """证件类型 of persons and organisations, by the exchange codes (codes §5.2)."""

    RESIDENT_ID = "111", _("Resident ID card")
    TEMPORARY_ID = "112", _("Temporary ID card")
    HOUSEHOLD_REGISTER = "113", _("Household register")
    OFFICER_ID = "114", _("Military officer's card")
    ARMED_POLICE_ID = "115", _("Armed police card")
    BIRTH_CERTIFICATE = "117", _("Birth certificate")
    PASSPORT = "414", _("Passport")
    HONG_KONG_PASSPORT = "420", _("Hong Kong passport")
    MACAO_PASSPORT = "421", _("Macao passport")
    TAIWAN_TRAVEL_PERMIT = "511", _("Mainland travel permit for Taiwan residents")
    HOME_RETURN_PERMIT = "516", _("Home return permit")
    PERMANENT_RESIDENCE = "553", _("Foreigner's permanent residence card")
    RESIDENCE_PERMIT = "1000", _("Residence permit of Hong Kong, Macao and Taiwan residents")
    OTHER = "990", _("Other identity document")
    ORGANISATION_CODE = "01", _("Organisation code certificate")
    BUSINESS_LICENCE = "03", _("Business licence")
    INSTITUTION_CERTIFICATE = "04", _("Public institution certificate")
    ASSOCIATION_CERTIFICATE = "05", _("Association certificate")
    OTHER_ORGANISATION = "09", _("Other organisation document")


class RelationshipCode(TextChoices):
    """关系 (codes §5.2 与被保险人关系)."""

    SELF = "00", _("Self")
    SPOUSE = "01", _("Spouse")
    PARENT = "02", _("Parent")
    CHILD = "03", _("Child")
    SIBLING = "05", _("Brother or sister")
    EMPLOYER = "06", _("Employer")
    EMPLOYEE = "07", _("Employee")
    GRANDPARENT = "08", _("Grandparent")
    GRANDCHILD = "09", _("Grandchild")
    GUARDIAN = "10", _("Guardian")
    WARD = "11", _("Ward")
    FRIEND = "12", _("Friend")
    UNKNOWN = "98", _("Unknown")
    OTHER = "99", _("Other")


class RevealField(TextChoices):
    """What of a person can be shown whole (P54)."""

    NAME = "name", _("Name")
    IDENTITY = "identity", _("Document number")
    CONTACT = "contact", _("Contact")
    BANK_ACCOUNT = "bank_account", _("Bank account")


class RevealPurpose(TextChoices):
    """查看用途: why somebody needs to see it (P54)."""

    CUSTOMER_REQUEST = "customer_request", _("The customer asked for it")
    IDENTITY_CHECK = "identity_check", _("Checking the customer's identity")
    REACHING_CUSTOMER = "reaching_customer", _("Reaching the customer")
    PAYMENT_CHECK = "payment_check", _("Checking a payment")
    COMPLAINT = "complaint", _("Handling a complaint")
    INSPECTION = "inspection", _("Compliance inspection")
