"""The authority table 签批权限 on the staff's pages: asked for by a supervisor, granted by security."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.accounts import authority, selectors, separation
from apps.accounts.matrix import matrix
from apps.accounts.models import Authority, Branch
from apps.accounts.states import AuthorityStatus as S
from apps.core import clock
from apps.core.admin import (
    Act,
    ActForm,
    Choice,
    Column,
    DayInput,
    Done,
    Fact,
    Facts,
    Figure,
    ReasonForm,
    StaffAdmin,
    StaffRequest,
    act,
    badge,
    figure,
    link,
    money,
    no_edge,
    page_of,
    who,
)
from apps.core.admin.pages import Section, Text
from apps.core.context import Context
from apps.core.errors import Refusal, refuse

from .people import role_name

ASK, GRANT = "roles_grant.C", authority.GRANT
TONES = {S.ASKED: "warn", S.GRANTED: "good", S.REFUSED: "plain", S.ENDED: "plain"}


def action_name(code: str) -> str:
    actions = matrix().actions
    return str(actions[code]) if code in actions else code


def up_to(row: Authority) -> Text:
    return _("without limit") if row.max_amount is None else money(row.max_amount)


def state(row: Authority) -> str:
    return badge(row.get_status_display(), TONES[S(row.status)])


def _roles() -> list[tuple[str, str]]:
    return [(code, str(role)) for code, role in sorted(matrix().roles.items()) if authority.decided_by(code)]


def _actions() -> list[tuple[str, str]]:
    codes = {code for role in matrix().roles for code in authority.decided_by(role)}
    return sorted(((code, action_name(code)) for code in codes), key=lambda pair: pair[1])


def _branches() -> list[tuple[int, str]]:
    return [(branch.pk, str(branch)) for branch in Branch.objects.order_by("path")]


@admin.register(Authority)
class AuthorityAdmin(StaffAdmin):
    read = "user_read.R"
    about = _(
        "Up to which amount a role decides an action, in an office and all below it; the nearest office counts. Where "
        "nothing is granted here, the product's own figures hold."
    )
    related = ("branch",)
    columns = (
        Column(_("Role"), lambda row: role_name(row.role)),
        Column(_("Action"), lambda row: action_name(row.action)),
        Column(_("Item"), "item"),
        Column(_("Office"), "branch"),
        Column(_("Up to"), up_to, numeric=True),
        Column(_("State"), state),
        Column(_("From"), "from_date"),
        Column(_("To"), "to_date"),
    )
    filters = (Choice("status", _("State"), S.choices), Choice("role", _("Role"), _roles))

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.authorities_visible_to(request.user)

    def reached(self, request: StaffRequest, permission: str) -> QuerySet:
        return selectors.authorities_reached_by(request.user, permission)

    def heading(self, obj: Authority) -> str:
        return f"{role_name(obj.role)} · {action_name(obj.action)}"

    def badges(self, obj: Authority) -> Sequence[str]:
        return [state(obj)]

    def highlights(self, request: StaffRequest, obj: Authority) -> Sequence[Fact]:
        return facts(obj)

    def overview(self, request: StaffRequest, obj: Authority) -> Sequence[Section]:
        signed = [
            Fact(_("Reason"), obj.reason),
            Fact(_("Asked by"), who(obj.asked_by), f"{obj.asked_at:%Y-%m-%d}"),
            Fact(_("Approved by"), who(obj.approved_by)),
            Fact(_("Ended by"), who(obj.ended_by)),
        ]
        return [Facts(signed)]


def facts(obj: Authority) -> list[Fact]:
    return [
        Fact(_("Role"), role_name(obj.role)),
        Fact(_("Action"), action_name(obj.action)),
        Fact(_("Item"), obj.item),
        Fact(_("Office"), link(obj.branch)),
        Fact(_("Up to"), up_to(obj)),
        Fact(_("From"), obj.from_date),
        Fact(_("To"), obj.to_date),
    ]


class AuthorityForm(ActForm):
    role = forms.ChoiceField(label=_("Role"), choices=_roles)
    action = forms.ChoiceField(label=_("Action"), choices=_actions)
    item = forms.CharField(
        label=_("Item"), required=False, max_length=60, help_text=_("One kind of item of the action; all if empty.")
    )
    branch = forms.TypedChoiceField(label=_("Office"), choices=_branches, coerce=int)
    max_amount = forms.DecimalField(
        label=_("Up to"),
        required=False,
        max_digits=18,
        decimal_places=2,
        localize=False,
        help_text=_("In yuan, in absolute terms. Without limit if empty."),
    )
    from_date = forms.DateField(label=_("From"), widget=DayInput)
    to_date = forms.DateField(label=_("To"), required=False, widget=DayInput)
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}))


@act("accounts.authority", on_list=True)
class AskAuthority(Act):
    name, label, permission, form = "ask", _("Ask for an authority"), ASK, AuthorityForm
    intro = _("It has no effect until the security administrator has granted it.")
    field_of = {
        "authority_not_for_role": "action",
        "authority_amount_malformed": "max_amount",
        "role_dates_reversed": "to_date",
        "key_branch_out_of_reach": "branch",
    }

    def initial(self, request: StaffRequest, obj: Any) -> dict[str, Any]:
        return {"branch": request.user.branch_id, "from_date": clock.office_now().date()}

    def answer(self, request: StaffRequest, ctx: Context, obj: Any, data: dict[str, Any]) -> Done:
        branch_id = data.pop("branch")
        if not selectors.branches_below(request.user).filter(pk=branch_id).exists():
            raise refuse("key_branch_out_of_reach")
        asked = authority.ask(ctx, branch_id=branch_id, **data)
        return Done(_now("The authority was asked for. Another person must grant it."), page_of(Authority, asked.pk))


class OfAuthority(Act):
    target: S

    def why_not(self, ctx: Context, obj: Authority) -> Refusal | None:
        return no_edge(obj, self.target)

    def facts(self, obj: Authority) -> list[Fact]:
        return facts(obj)


@act("accounts.authority")
class GrantAuthority(OfAuthority):
    name, label, permission, main, target = "grant", _("Grant"), GRANT, True, S.GRANTED
    intro = _("It counts from its first day on, before older ones of the same office and item.")

    def why_not(self, ctx: Context, obj: Authority) -> Refusal | None:
        return super().why_not(ctx, obj) or separation.barred(ctx, obj.asked_person, obj.asked_by)

    def run(self, ctx: Context, obj: Authority, data: dict[str, Any]) -> Done:
        authority.grant(ctx, authority_id=obj.pk)
        return Done(_now("The authority is granted."))


@act("accounts.authority")
class RefuseAuthority(OfAuthority):
    name, label, permission, form, target = "refuse", _("Refuse"), GRANT, ReasonForm, S.REFUSED

    def run(self, ctx: Context, obj: Authority, data: dict[str, Any]) -> Done:
        authority.refuse(ctx, authority_id=obj.pk, reason=data["reason"])
        return Done(_now("The request was refused."))


@act("accounts.authority")
class EndAuthority(OfAuthority):
    name, label, permission, form, target = "end", _("End"), GRANT, ReasonForm, S.ENDED
    intro = _("At once. What counted before it counts again.")

    def run(self, ctx: Context, obj: Authority, data: dict[str, Any]) -> Done:
        authority.end(ctx, authority_id=obj.pk, reason=data["reason"])
        return Done(_now("The authority has ended."))


@figure(_("Authorities"), permission=GRANT, order=71)
def to_grant(request: StaffRequest) -> list[Figure]:
    waiting = selectors.authorities_reached_by(request.user, GRANT).filter(status=S.ASKED)
    count = waiting.exclude(asked_person=request.user.person).count()
    address = f"/admin/accounts/authority/?status={S.ASKED}"
    return [Figure(_("authorities to grant"), count, address, "warn" if count else "plain", waits=True)]
