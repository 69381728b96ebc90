"""Accounts and roles from the page: created by one, given roles by two others, ended at once (P47, P48, P52)."""

from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.accounts import keys, permissions, selectors, services
from apps.accounts.matrix import matrix
from apps.accounts.models import Branch, RoleGrant, User
from apps.accounts.states import ApiKeyStatus
from apps.core import clock
from apps.core.admin import (
    Act,
    ActForm,
    DayInput,
    Done,
    Fact,
    Figure,
    ReasonForm,
    StaffAdmin,
    StaffRequest,
    act,
    figure,
    page_of,
)
from apps.core.context import Context
from apps.core.errors import Refusal

from .people import role_name, state_of

MANAGE, REQUEST, GRANT = "users_manage.E", "roles_grant.C", "roles_grant.A"
READABLE = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
PASSWORD_LENGTH = 16


def _branches() -> list[tuple[int, str]]:
    return [(branch.pk, str(branch)) for branch in Branch.objects.order_by("path")]


def _parents() -> list[tuple[Any, str]]:
    return [("", _now("None: a head office")), *_branches()]


def _roles() -> list[tuple[str, str]]:
    """The roles in use here that a person may hold."""
    held = [matrix().roles[code] for code in permissions.enabled_roles()]
    return [(role.code, str(role)) for role in sorted(held, key=lambda role: role.code) if role.kind == "human"]


class WithPassword(Act):
    """Acts that end with a password nobody has seen: it stands in this one answer, and is kept nowhere."""

    keyed = False

    def account(self, ctx: Context, obj: User | None, data: dict[str, Any]) -> User:
        """The account that gets the password."""
        raise NotImplementedError

    def perform(self, page: StaffAdmin, request: StaffRequest, obj: User | None, form: ActForm) -> HttpResponse:
        password = get_random_string(PASSWORD_LENGTH, READABLE)
        ctx = page.site.context_of(request)
        with transaction.atomic():
            user = self.account(ctx, obj, form.cleaned_data)
            services.set_password(ctx, user_id=user.pk, password=password)
        facts = [Fact(_("User name"), user.username), Fact(_("Name"), user.name)]
        return self.render(
            page, request, obj, form, password=password, given_to=facts, account_url=page_of(User, user.pk)
        )


class UserForm(ActForm):
    username = forms.CharField(
        label=_("User name"), max_length=60, help_text=_("Lower-case letters, digits, dots, hyphens, underscores.")
    )
    name = forms.CharField(label=_("Name"), max_length=80)
    branch = forms.TypedChoiceField(label=_("Branch"), choices=_branches, coerce=int)
    person = forms.CharField(
        label=_("Person"),
        max_length=80,
        required=False,
        help_text=_("Only for somebody who has another account: what stands there as person. Nobody approves himself."),
    )


@act("accounts.user", on_list=True)
class CreateUser(WithPassword):
    name, label, permission = "create", _("Create an account"), MANAGE
    form, template = UserForm, "staff/password.html"
    intro = _("Without any role. Roles are requested by the supervisor and granted by the security administrator.")
    field_of = {"username_malformed": "username", "username_taken": "username", "name_missing": "name"}

    def account(self, ctx: Context, obj: User | None, data: dict[str, Any]) -> User:
        return services.create_user(
            ctx, username=data["username"], name=data["name"], branch_id=data["branch"], person=data["person"]
        )


@act("accounts.user")
class NewPassword(WithPassword):
    name, label, permission = "new_password", _("New password"), GRANT
    template = "staff/password.html"
    intro = _("For somebody who cannot sign in any more. All sessions of the account end.")

    def account(self, ctx: Context, obj: User | None, data: dict[str, Any]) -> User:
        assert obj is not None
        return obj


@act("accounts.user")
class DisableUser(Act):
    name, label, permission, form = "disable", _("Disable"), MANAGE, ReasonForm
    intro = _("The account is closed and its sessions end with the next request. Nothing it did is lost.")

    def why_not(self, ctx: Context, obj: User) -> Refusal | None:
        return None if obj.is_active else Refusal("user_state_already", {"state": _("Disabled")})

    def run(self, ctx: Context, obj: User, data: dict[str, Any]) -> Done:
        services.disable_user(ctx, user_id=obj.pk, reason=data["reason"])
        return Done(_now("The account is disabled."))


@act("accounts.user")
class EnableUser(Act):
    name, label, permission, form = "enable", _("Enable"), MANAGE, ReasonForm

    def why_not(self, ctx: Context, obj: User) -> Refusal | None:
        return Refusal("user_state_already", {"state": _("Active")}) if obj.is_active else None

    def run(self, ctx: Context, obj: User, data: dict[str, Any]) -> Done:
        services.enable_user(ctx, user_id=obj.pk, reason=data["reason"])
        return Done(_now("The account is enabled again."))


@act("accounts.user")
class EndSessions(Act):
    name, label, permission, form = "end_sessions", _("End all sessions"), MANAGE, ReasonForm
    intro = _("Wherever the account is signed in, it has to sign in again.")

    def run(self, ctx: Context, obj: User, data: dict[str, Any]) -> Done:
        services.end_sessions(ctx, user_id=obj.pk, reason=data["reason"])
        return Done(_now("All sessions of the account have ended."))


class RoleForm(ActForm):
    role = forms.ChoiceField(label=_("Role"), choices=_roles)
    from_date = forms.DateField(label=_("From"), widget=DayInput)
    to_date = forms.DateField(
        label=_("To"), required=False, widget=DayInput, help_text=_("The last day, for somebody who stands in.")
    )


@act("accounts.user")
class RequestRole(Act):
    name, label, permission, main = "request_role", _("Request a role"), REQUEST, True
    form = RoleForm
    intro = _("It has no effect until the security administrator has granted it.")
    field_of = {"role_already_held": "role", "role_unknown": "role", "role_dates_reversed": "to_date"}

    def initial(self, request: StaffRequest, obj: User) -> dict[str, Any]:
        return {"from_date": clock.office_now().date()}

    def run(self, ctx: Context, obj: User, data: dict[str, Any]) -> Done:
        grant = services.request_role(ctx, user_id=obj.pk, **data)
        return Done(_now("The role was requested."), page_of(RoleGrant, grant.pk))


class OfGrant(Act):
    def facts(self, obj: RoleGrant) -> list[Fact]:
        return [
            Fact(_("User"), obj.user),
            Fact(_("Role"), role_name(obj.role)),
            Fact(_("State"), state_of(obj)),
            Fact(_("From"), obj.from_date),
            Fact(_("To"), obj.to_date),
            Fact(_("Requested by"), obj.requested_by),
        ]


@act("accounts.rolegrant")
class GrantRole(OfGrant):
    name, label, permission, main = "grant", _("Grant"), GRANT, True
    intro = _("It acts with the next request of the account; its sessions end.")

    def why_not(self, ctx: Context, obj: RoleGrant) -> Refusal | None:
        if obj.approved_by or obj.ended_at:
            return Refusal("role_not_open")
        return Refusal("same_person") if ctx.person in (obj.requested_by, obj.user.person) else None

    def run(self, ctx: Context, obj: RoleGrant, data: dict[str, Any]) -> Done:
        services.grant_role(ctx, grant_id=obj.pk)
        return Done(_now("The role is granted."))


@act("accounts.rolegrant")
class RefuseRole(OfGrant):
    name, label, permission, form = "refuse", _("Refuse"), GRANT, ReasonForm

    def why_not(self, ctx: Context, obj: RoleGrant) -> Refusal | None:
        return Refusal("role_not_open") if obj.approved_by or obj.ended_at else None

    def run(self, ctx: Context, obj: RoleGrant, data: dict[str, Any]) -> Done:
        services.refuse_role(ctx, grant_id=obj.pk, reason=data["reason"])
        return Done(_now("The request was refused."))


@act("accounts.rolegrant")
class RevokeRole(OfGrant):
    name, label, permission, form = "revoke", _("End"), GRANT, ReasonForm
    intro = _("At once: the next request of the account is without it, and its sessions end.")

    def why_not(self, ctx: Context, obj: RoleGrant) -> Refusal | None:
        return None if obj.approved_by and not obj.ended_at else Refusal("role_not_held")

    def run(self, ctx: Context, obj: RoleGrant, data: dict[str, Any]) -> Done:
        services.revoke_role(ctx, grant_id=obj.pk, reason=data["reason"])
        return Done(_now("The role has ended."))


class BranchForm(ActForm):
    code = forms.CharField(label=_("Code"), max_length=12)
    name = forms.CharField(label=_("Name"), max_length=120)
    parent = forms.TypedChoiceField(
        label=_("Belongs to"), choices=_parents, required=False, coerce=int, empty_value=None
    )


@act("accounts.branch", on_list=True)
class FoundBranch(Act):
    name, label, permission, form = "found", _("Found a branch"), "branch_manage.E", BranchForm
    intro = _("A branch decides who sees what: its people see it and all below it.")
    field_of = {"branch_code_malformed": "code", "branch_code_taken": "code", "name_missing": "name"}

    def run(self, ctx: Context, obj: None, data: dict[str, Any]) -> Done:
        branch = services.create_branch(ctx, code=data["code"], name=data["name"], parent_id=data["parent"])
        return Done(_now("The branch {code} was founded.").format(code=branch.code), page_of(Branch, branch.pk))


@figure(_("Users and roles"), permission=GRANT, order=70)
def figures(request: StaffRequest) -> list[Figure]:
    waiting = RoleGrant.objects.filter(approved_by="", ended_at=None).exclude(requested_by=request.user.person)
    count = waiting.exclude(user__person=request.user.person).count()
    address = "/admin/accounts/rolegrant/?state=waiting"
    return [Figure(_("roles to grant"), count, address, "warn" if count else "plain", waits=True)]


@figure(_("Keys asked for"), permission=keys.APPROVE, order=72)
def keys_to_approve(request: StaffRequest) -> list[Figure]:
    return [_keys_waiting(request, ApiKeyStatus.REQUESTED, _("keys to approve"))]


@figure(_("Keys approved"), permission=keys.ISSUE, order=73)
def keys_to_issue(request: StaffRequest) -> list[Figure]:
    return [_keys_waiting(request, ApiKeyStatus.APPROVED, _("keys to issue"))]


def _keys_waiting(request: StaffRequest, status: ApiKeyStatus, label: Any) -> Figure:
    """Those on which this person may decide: neither asked for by him nor his own (SOD09)."""
    me = request.user.person
    waiting = selectors.keys_visible_to(request.user).filter(status=status)
    count = waiting.exclude(requested_person=me).exclude(owner__person=me).count()
    return Figure(label, count, f"/admin/accounts/apikey/?status={status}", "warn" if count else "plain", waits=True)
