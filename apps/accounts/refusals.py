"""Why the book of accounts says no."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import explain

explain(
    branch_code_malformed=_("A branch code has 2 to 12 digits or capital letters."),
    branch_code_taken=_("There is already a branch {code}."),
    username_malformed=_("A user name has 2 to 60 lower-case letters, digits, dots, hyphens or underscores."),
    username_taken=_("There is already an account {username}."),
    name_missing=_("Please give a name."),
    password_weak=_("This password cannot be used: {reasons}"),
    role_unknown=_("There is no role {role}, or it is not in use here."),
    role_already_held=_("This account already has the role {role}, or a request for it."),
    role_dates_reversed=_("The last day lies before the first."),
    roles_conflict=_("{role} and {other} may not be held by the same person."),
    role_not_open=_("This request was decided before."),
    role_not_held=_("This role is not held any more."),
    installation_only=_("Installing accounts is for the command line; please request the role instead."),
)
