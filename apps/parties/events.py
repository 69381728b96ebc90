"""What can happen to a customer's file. No payload holds personal data (P58)."""

from django.utils.translation import gettext_lazy as _

from apps.audit.events import declare

from .states import ConsentPurpose, ContactKind

PARTY = "parties.party"
AGENT = "parties.agent"

REGISTERED = declare("party.registered", PARTY, _("The customer was registered."))
IDENTITY_ADDED = declare("party.identity_added", PARTY, _("An identity document was added."))
CONTACT_ADDED = declare("party.contact_added", PARTY, _("A contact was added."))
ACCOUNT_ADDED = declare("party.account_added", PARTY, _("A bank account was added."))
RELATED = declare("party.related", PARTY, _("A relationship was recorded."))
CONTACT_PROPOSED = declare(
    "party.contact_proposed", PARTY, _("A contact was proposed: {kind}."), codes={"kind": ContactKind}
)
CONTACT_CHANGED = declare(
    "party.contact_changed", PARTY, _("The contact in use changed: {kind}."), codes={"kind": ContactKind}
)
KEY_DATA_CORRECTED = declare("party.key_data_corrected", PARTY, _("Birth date or sex was corrected."))
CONSENT_GIVEN = declare("consent.given", PARTY, _("Consent was given: {purpose}."), codes={"purpose": ConsentPurpose})
CONSENT_WITHDRAWN = declare(
    "consent.withdrawn", PARTY, _("Consent was withdrawn: {purpose}."), codes={"purpose": ConsentPurpose}
)
CONTACT_DOUBTED = declare(
    "party.contact_doubted", PARTY, _("A contact is doubtful: {kind}."), codes={"kind": ContactKind}
)
CONTACT_VERIFIED = declare(
    "party.contact_verified", PARTY, _("A contact was verified: {kind}."), codes={"kind": ContactKind}
)
PREFERENCES_SET = declare("party.preferences_set", PARTY, _("The contact preferences were set."))
AGENT_REGISTERED = declare("agent.registered", AGENT, _("Agent {code} was registered."))
