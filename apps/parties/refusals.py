"""Why the book of customers says no. No sentence repeats the value it refuses."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import explain

explain(
    party_name_malformed=_("Please give a name of at most 120 characters."),
    born_in_future=_("The birth date lies in the future."),
    identity_type_unknown=_("There is no document type {type} for this kind of customer."),
    identity_expired=_("The document expired on {valid_to}."),
    identity_number_malformed=_("A document number has 4 to 30 letters or digits."),
    identity_birth_date_differs=_("The birth date does not agree with the ID number."),
    identity_sex_differs=_("The sex does not agree with the ID number."),
    identity_known=_("Another customer is registered with this document already."),
    resident_id_length=_("A resident ID number has 18 characters, not {length}."),
    resident_id_characters=_("A resident ID number has 17 digits and then a digit or X."),
    resident_id_birth_date=_("The birth date inside the ID number does not exist."),
    resident_id_born_in_future=_("The birth date inside the ID number lies in the future."),
    resident_id_check_digit=_("The last character of the ID number does not fit. Please compare it with the card."),
    resident_id_area_unknown=_("The ID number begins with an unknown area code ({area})."),
    uscc_length=_("A unified social credit code has 18 characters, not {length}."),
    uscc_characters=_("A unified social credit code has digits and capital letters other than I, O, S, V and Z."),
    uscc_check_digit=_("The last character of the credit code does not fit. Please compare it with the licence."),
    mobile_number_invalid=_("This is not a mobile number."),
    bank_card_characters=_("A bank card number has 16 to 19 digits."),
    bank_card_check_digit=_("The card number fails its check digit, as some old cards do. Please compare it."),
    email_invalid=_("This is not an e-mail address."),
    contact_kind_unknown=_("There is no kind of contact called {kind}."),
    contact_known=_("This customer already has this contact."),
    address_malformed=_("Please give an address of at most 200 characters."),
    bank_missing=_("Please name the bank."),
    related_to_self=_("A relationship joins two different customers."),
    relationship_known=_("This relationship is recorded already."),
    contact_not_doubtful=_("This contact is in good order already."),
    consent_said_already=_("This is what the customer has said already."),
    agent_code_taken=_("There is already an agent {code}."),
    reveal_quota_spent=_("You have looked at {limit} values today. More need the compliance officer."),
)
