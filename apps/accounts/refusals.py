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
    user_state_already=_("The account is in this state already: {state}."),
    role_unknown=_("There is no role {role}, or it is not in use here."),
    role_already_held=_("This account already has the role {role}, or a request for it."),
    role_dates_reversed=_("The last day lies before the first."),
    roles_conflict=_("{role} and {other} may not be held by the same person."),
    role_not_open=_("This request was decided before."),
    role_not_held=_("This role is not held any more."),
    installation_only=_("Installing accounts is for the command line; please request the role instead."),
    view_name_too_long=_("The name of a view has at most {most} characters."),
    views_too_many=_("You have {most} views of this list already. Remove one of them first."),
    password_wrong=_("The password is not right."),
    key_client_missing=_("Please name the program that will use the key."),
    key_scopes_missing=_("A key needs at least one scope."),
    key_scope_unknown=_("There is no scope {scope}."),
    key_address_malformed=_("{address} is no address like 203.0.113.7 or 203.0.113.0/24."),
    key_expiry_out_of_range=_("The last day must lie after today, and at most {days} days ahead."),
    key_branch_out_of_reach=_("This branch is outside your area."),
    key_two_live=_("This client has two keys in use. Revoke one of them first."),
    key_expired=_("The last day of this request is over. It has to be made anew."),
)

explain(
    authority_exceeded=_("{amount} is above your authority of {limit}. Who may decide it: {deciders}."),
    authority_not_for_role=_("This role does not decide this action at all, so it cannot have a limit for it."),
    authority_amount_malformed=_("An amount is in yuan and fen, and not below zero."),
    authority_not_open=_("This authority was decided on before."),
    authority_not_in_force=_("This authority is not in force."),
)

explain(
    delegation_to_oneself=_("Nobody stands in for himself, with whichever account."),
    delegation_colleague_unknown=_("Your office has no colleague with the user name {username}."),
    delegation_other_office=_("Only a colleague of the same office may stand in."),
    delegation_in_the_past=_("The first day is over already."),
    delegation_too_long=_("Somebody stands in for at most {days} days; after that please request the role."),
    delegation_no_roles=_("{giver} holds no role of his own in these days."),
    delegation_taken=_("{taker} stands in for somebody else in these days already."),
    delegation_not_open=_("This delegation was decided on before, or has ended."),
    account_inactive=_("The account {username} is disabled."),
    account_required=_("This is done by somebody with an account, not by a job."),
)
