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
    contact_kind_unknown=_("There is no kind of contact called {kind}."),
    contact_known=_("This customer already has this contact."),
    address_malformed=_("Please give an address of at most 200 characters."),
    bank_missing=_("Please name the bank."),
    related_to_self=_("A relationship joins two different customers."),
    relationship_known=_("This relationship is recorded already."),
    agent_code_taken=_("There is already an agent {code}."),
    reveal_quota_spent=_("You have looked at {limit} values today. More need the compliance officer."),
)
