"""Users, branches and role grants. They are changed by the acts that stand on the pages, never by a form on a row."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts import permissions, selectors
from apps.accounts.matrix import matrix
from apps.accounts.models import Branch, RoleGrant, User
from apps.core.admin import Choice, Column, Fact, Facts, StaffAdmin, StaffRequest, Table, badge, link, who
from apps.core.admin.pages import Section

ROLES: list[tuple[str, Any]] = [(role.code, role) for role in matrix().roles.values()]


def role_name(code: str) -> str:
    roles = matrix().roles
    return str(roles[code]) if code in roles else code


def state_of(grant: RoleGrant) -> str:
    if grant.ended_at:
        return badge(_("Ended"))
    return badge(_("Granted"), "good") if grant.approved_by else badge(_("Waiting for approval"), "warn")


def active(user: User) -> str:
    return badge(_("Active"), "good") if user.is_active else badge(_("Disabled"))


GRANT_COLUMNS = [
    Column(_("Role"), lambda grant: role_name(grant.role)),
    Column(_("State"), state_of),
    Column(_("From"), "from_date"),
    Column(_("To"), "to_date"),
    Column(_("Requested by"), lambda grant: who(grant.requested_by)),
    Column(_("Approved by"), lambda grant: who(grant.approved_by)),
]


SIGN_INS = [
    Column(_("Signed in at"), lambda each: datetime.fromisoformat(each["at"])),
    Column(_("Address"), lambda each: each["ip"]),
    Column(_("State"), lambda each: badge(_("Ended")) if each.get("ended") else badge(_("May be open"), "busy")),
]


@admin.register(User)
class UserAdmin(StaffAdmin):
    read = "user_read.R"
    order = ("username",)
    search_hint = _("User name or name")
    columns = (
        Column(_("User name"), "username"),
        Column(_("Name"), "name"),
        Column(_("Branch"), "branch"),
        Column(_("State"), active),
        Column(_("Roles"), lambda user: ", ".join(role_name(code) for code in sorted(permissions.roles_of(user)))),
        Column(_("Last sign-in"), "last_login"),
    )
    filters = (Choice("is_active", _("State"), [(True, _("Active")), (False, _("Disabled"))]),)

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.users_visible_to(request.user)

    def reached(self, request: StaffRequest, permission: str) -> QuerySet:
        return selectors.users_reached_by(request.user, permission)

    def search(self, request: StaffRequest, rows: QuerySet, text: str) -> QuerySet:
        return rows.filter(Q(username__istartswith=text) | Q(name__startswith=text))

    def badges(self, obj: User) -> Sequence[str]:
        return [active(obj)]

    def highlights(self, request: StaffRequest, obj: User) -> Sequence[Fact]:
        return [
            Fact(_("User name"), obj.username),
            Fact(_("Branch"), link(obj.branch)),
            Fact(_("Last sign-in"), obj.last_login),
        ]

    def overview(self, request: StaffRequest, obj: User) -> Sequence[Section]:
        opening = Column(_("Role"), lambda grant: link(grant, role_name(grant.role)))
        roles = Table([opening, *GRANT_COLUMNS[1:]], obj.role_grants.order_by("-pk"), _("Roles"))
        return [roles, Table(SIGN_INS, list(reversed(obj.sign_ins)), _("Last sign-ins"))]


@admin.register(Branch)
class BranchAdmin(StaffAdmin):
    read = "branch_manage.R"
    order = ("path",)
    search_hint = _("Branch code or name")
    columns = (
        Column(_("Code"), "code"),
        Column(_("Name"), "name"),
        Column(_("Belongs to"), lambda branch: link(branch.parent)),
    )

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.branches_visible_to(request.user)

    def search(self, request: StaffRequest, rows: QuerySet, text: str) -> QuerySet:
        return rows.filter(Q(code__startswith=text) | Q(name__contains=text))

    def overview(self, request: StaffRequest, obj: Branch) -> Sequence[Section]:
        facts = [Fact(_("Code"), obj.code), Fact(_("Name"), obj.name), Fact(_("Belongs to"), link(obj.parent))]
        below = [Column(_("Code"), lambda branch: link(branch, branch.code)), Column(_("Name"), "name")]
        return [Facts(facts), Table(below, obj.children.order_by("code"), _("Branches below"))]


class Standing(Choice):
    """Whether a request waits, or a role is held."""

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        standing = rows.filter(ended_at=None)
        return standing.filter(approved_by="") if value == "waiting" else standing.exclude(approved_by="")


@admin.register(RoleGrant)
class RoleGrantAdmin(StaffAdmin):
    read = "user_read.R"
    columns = (Column(_("User"), "user"), *GRANT_COLUMNS)
    filters = (
        Choice("role", _("Role"), ROLES),
        Standing("state", _("State"), [("waiting", _("Waiting for approval")), ("granted", _("Granted"))]),
    )

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.grants_visible_to(request.user)

    def reached(self, request: StaffRequest, permission: str) -> QuerySet:
        return selectors.grants_reached_by(request.user, permission)

    def heading(self, obj: RoleGrant) -> str:
        return f"{obj.user} · {role_name(obj.role)}"

    def badges(self, obj: RoleGrant) -> Sequence[str]:
        return [state_of(obj)]

    def overview(self, request: StaffRequest, obj: RoleGrant) -> Sequence[Section]:
        facts = [
            Fact(_("User"), link(obj.user)),
            Fact(_("Role"), role_name(obj.role)),
            Fact(_("From"), obj.from_date),
            Fact(_("To"), obj.to_date),
            Fact(_("Requested by"), obj.requested_by, hint=f"{obj.requested_at:%Y-%m-%d}"),
            Fact(_("Approved by"), obj.approved_by),
            Fact(_("Ended by"), obj.ended_by),
        ]
        return [Facts(facts)]
