"""What can happen to accounts, roles and branches. No payload holds a password or a customer's data."""

from django.utils.translation import gettext_lazy as _

from apps.audit.events import declare

USER = "accounts.user"
API_KEY = "accounts.apikey"
BRANCH = "accounts.branch"
SAVED_VIEW = "accounts.savedview"
AUTHORITY = "accounts.authority"
DELEGATION = "accounts.delegation"

BRANCH_FOUNDED = declare("branch.founded", BRANCH, _("Branch {code} was founded."))
USER_CREATED = declare("user.created", USER, _("The account {username} was created."))
PASSWORD_SET = declare("user.password_set", USER, _("A new password was set."))
USER_DISABLED = declare("user.disabled", USER, _("The account was disabled."))
USER_ENABLED = declare("user.enabled", USER, _("The account was enabled again."))
SESSIONS_ENDED = declare("user.sessions_ended", USER, _("All sessions of the account were ended."))
ROLE_REQUESTED = declare("role.requested", USER, _("The role {role} was requested."))
ROLE_GRANTED = declare("role.granted", USER, _("The role {role} was granted."))
ROLE_REFUSED = declare("role.refused", USER, _("The request for the role {role} was refused."))
ROLE_REVOKED = declare("role.revoked", USER, _("The role {role} was revoked."))
KEY_REQUESTED = declare("api_key.requested", API_KEY, _("An API key for {client} was requested."))
KEY_APPROVED = declare("api_key.approved", API_KEY, _("The API key for {client} was approved."))
KEY_REFUSED = declare("api_key.refused", API_KEY, _("The request for an API key for {client} was refused."))
KEY_ISSUED = declare("api_key.issued", API_KEY, _("The API key {prefix} for {client} was issued."))
KEY_REVOKED = declare("api_key.revoked", API_KEY, _("The API key {prefix} for {client} was revoked."))
VIEW_SAVED = declare("view.saved", SAVED_VIEW, _("The view {slug} of the list {page} was saved."))
VIEW_REMOVED = declare("view.removed", SAVED_VIEW, _("The view {slug} of the list {page} was removed."))
VIEW_OPENS = declare("view.opens", SAVED_VIEW, _("The list {page} opens with the view {slug} for this person."))
AUTHORITY_ASKED = declare("authority.asked", AUTHORITY, _("An authority of {role} for {action} was asked for."))
AUTHORITY_GRANTED = declare("authority.granted", AUTHORITY, _("The authority of {role} for {action} was granted."))
AUTHORITY_REFUSED = declare("authority.refused", AUTHORITY, _("The authority of {role} for {action} was refused."))
AUTHORITY_ENDED = declare("authority.ended", AUTHORITY, _("The authority of {role} for {action} was ended."))
DELEGATION_ASKED = declare(
    "delegation.asked", DELEGATION, _("{giver} asks that {taker} stands in from {from_date} to {to_date}.")
)
DELEGATION_APPROVED = declare("delegation.approved", DELEGATION, _("{taker} stands in for {giver}."))
DELEGATION_REFUSED = declare("delegation.refused", DELEGATION, _("That {taker} stands in for {giver} was refused."))
DELEGATION_ENDED = declare("delegation.ended", DELEGATION, _("{taker} no longer stands in for {giver}."))
