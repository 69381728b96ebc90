"""API keys 接口密钥: who calls with what, how one is asked for, approved, issued once, and revoked."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.accounts import keys, selectors
from apps.accounts.models import ApiKey, Branch
from apps.accounts.states import ApiKeyStatus
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
    ReasonForm,
    StaffAdmin,
    StaffRequest,
    Stage,
    act,
    actors,
    badge,
    day,
    link,
    no_edge,
    page_of,
    who,
)
from apps.core.admin.pages import Section
from apps.core.api.scopes import SCOPES
from apps.core.api.versions import CURRENT
from apps.core.context import Context
from apps.core.errors import Refusal, refuse

from .step_up import StepUp, StepUpForm

S = ApiKeyStatus
TONES = {S.REQUESTED: "warn", S.APPROVED: "busy", S.ISSUED: "good"}
USUAL_DAYS = 90

with_links: Any = lazy(format_html, str)

actors("key")(selectors.program)


def state(key: ApiKey) -> str:
    if key.status == S.ISSUED and key.expires_on < clock.office_now().date():
        return badge(_("Expired"), "bad")
    return badge(key.get_status_display(), TONES.get(S(key.status), "plain"))


def shown(key: ApiKey) -> str:
    return f"{key.prefix}.…{key.last_four}" if key.prefix else ""


@admin.register(ApiKey)
class ApiKeyAdmin(StaffAdmin):
    read = "api_keys.R"
    related = ("owner", "branch")
    about = with_links(
        _(
            "With a key a program calls the REST API. One person asks for it, another approves and issues it."
            ' <a href="{docs}">Documentation</a> · <a href="{problems}">Problems</a>'
        ),
        docs="/api/docs",
        problems="/errors/",
    )
    columns = (
        Column(_("Program"), "client"),
        Column(_("API key"), shown),
        Column(_("State"), state),
        Column(_("Owner"), "owner"),
        Column(_("Branch"), "branch"),
        Column(_("Scopes"), lambda key: ", ".join(key.scopes)),
        Column(_("Expires on"), "expires_on"),
        Column(_("Last used"), "last_used_at"),
    )
    filters = (Choice("status", _("State"), S.choices),)

    @property
    def menu_label(self) -> Any:
        return _("API")

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.keys_visible_to(request.user)

    def heading(self, obj: ApiKey) -> str:
        return obj.client

    def badges(self, obj: ApiKey) -> Sequence[str]:
        return [state(obj)]

    def highlights(self, request: StaffRequest, obj: ApiKey) -> Sequence[Fact]:
        return [
            Fact(_("API key"), shown(obj)),
            Fact(_("Owner"), link(obj.owner)),
            Fact(_("Branch"), link(obj.branch)),
            Fact(_("Expires on"), day(obj.expires_on)),
            Fact(_("Last used"), obj.last_used_at),
        ]

    def stages(self, obj: ApiKey) -> Sequence[Stage]:
        path = [S.REQUESTED, S.APPROVED, S.ISSUED]
        if obj.status not in path:
            return [Stage(S.REQUESTED.label, "done"), Stage(obj.get_status_display(), "off")]
        here = path.index(S(obj.status))
        return [
            Stage(each.label, "done" if i < here else "now" if i == here else "ahead") for i, each in enumerate(path)
        ]

    def overview(self, request: StaffRequest, obj: ApiKey) -> Sequence[Section]:
        about = [
            Fact(_("Reason"), obj.reason),
            Fact(_("Requested by"), obj.requested_person, day(obj.requested_on)),
            Fact(_("Approved by"), who(obj.approved_by)),
            Fact(_("Addresses"), ", ".join(obj.ip_list) or _("from anywhere")),
            Fact(_("Version"), obj.version),
        ]
        scopes = [Fact(SCOPES.get(scope, scope), scope) for scope in obj.scopes]
        return [Facts(scopes, _("Scopes")), Facts(about, _("About the key"))]


def _branches() -> list[tuple[int, str]]:
    return [(branch.pk, str(branch)) for branch in Branch.objects.all()]


def _scopes() -> list[tuple[str, str]]:
    return [(code, f"{code}: {label}") for code, label in sorted(SCOPES.items())]


class KeyForm(StepUpForm):
    client = forms.CharField(label=_("Program"), max_length=80, help_text=_("Which program will use the key."))
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"), choices=_scopes, widget=forms.CheckboxSelectMultiple(attrs={"class": "checks"})
    )
    branch = forms.TypedChoiceField(
        label=_("Branch"), choices=_branches, coerce=int, help_text=_("The key reaches this office and all below.")
    )
    expires_on = forms.DateField(label=_("Expires on"), widget=DayInput)
    addresses = forms.CharField(
        label=_("Addresses"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("From where it may be used, like 203.0.113.0/24, one a line. From anywhere if empty."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}))


@act("accounts.apikey", on_list=True)
class RequestKey(StepUp):
    name, label, permission, main = "request", _("Request a key"), "api_keys.C", False
    form = KeyForm
    intro = _("You answer for the key. Another person approves it and hands it to you.")
    field_of = {
        **StepUp.field_of,
        "key_client_missing": "client",
        "key_scopes_missing": "scopes",
        "key_scope_unknown": "scopes",
        "key_address_malformed": "addresses",
        "key_expiry_out_of_range": "expires_on",
        "key_branch_out_of_reach": "branch",
    }

    def initial(self, request: StaffRequest, obj: Any) -> dict[str, Any]:
        usual = clock.office_now().date() + timedelta(days=USUAL_DAYS)
        return {"branch": request.user.branch_id, "expires_on": usual}

    def answer(self, request: StaffRequest, ctx: Context, obj: Any, data: dict[str, Any]) -> Done:
        if not selectors.branches_below(request.user).filter(pk=data["branch"]).exists():
            raise refuse("key_branch_out_of_reach")
        key = keys.request_key(
            ctx,
            client=data["client"],
            owner_id=request.user.pk,
            branch_id=data["branch"],
            scopes=data["scopes"],
            known_scopes=SCOPES,
            ip_list=data["addresses"].split(),
            expires_on=data["expires_on"],
            version=CURRENT,
            reason=data["reason"],
        )
        return Done(_now("The key was requested. Another person must approve it."), page_of(ApiKey, key.pk))


class Decision(StepUp):
    """What another person than the requester decides."""

    target: str

    def why_not(self, ctx: Context, obj: ApiKey) -> Refusal | None:
        return no_edge(obj, self.target) or keys.why_not_decide(ctx, obj)

    def facts(self, obj: ApiKey) -> list[Fact]:
        return [
            Fact(_("Program"), obj.client),
            Fact(_("Owner"), obj.owner),
            Fact(_("Branch"), obj.branch),
            Fact(_("Scopes"), ", ".join(obj.scopes)),
            Fact(_("Expires on"), obj.expires_on),
        ]


@act("accounts.apikey")
class ApproveKey(Decision):
    name, label, permission, main = "approve", _("Approve"), keys.APPROVE, True
    target = S.APPROVED
    intro = _("With the key a program reaches what its scopes say, in its branch.")

    def run(self, ctx: Context, obj: ApiKey, data: dict[str, Any]) -> Done:
        keys.approve_key(ctx, key_id=obj.pk)
        return Done(_now("The key was approved. It can be issued now."))


@act("accounts.apikey")
class IssueKey(Decision):
    name, label, permission, main = "issue", _("Issue"), keys.ISSUE, True
    target, template, keyed = S.ISSUED, "staff/key.html", False
    intro = _("The key is shown once, and cannot be shown again. Hand it over by a safe way.")

    def carry_out(self, page: StaffAdmin, request: StaffRequest, obj: ApiKey, form: ActForm) -> HttpResponse:
        """Show the key in the answer to this one request; it is stored nowhere."""
        token = keys.issue_key(page.site.context_of(request), key_id=obj.pk)
        return self.render(page, request, obj, form, token=token, root=request.build_absolute_uri("/api/v1/"))


@act("accounts.apikey")
class RefuseKey(Act):
    name, label, permission = "refuse", _("Refuse"), keys.APPROVE
    form = ReasonForm

    def why_not(self, ctx: Context, obj: ApiKey) -> Refusal | None:
        return no_edge(obj, S.REFUSED)

    def run(self, ctx: Context, obj: ApiKey, data: dict[str, Any]) -> Done:
        keys.refuse_key(ctx, key_id=obj.pk, reason=data["reason"])
        return Done(_now("The request was refused."))


@act("accounts.apikey")
class RevokeKey(Act):
    name, label, permission = "revoke", _("Revoke"), keys.APPROVE
    form = ReasonForm
    intro = _("The next call with this key is refused.")

    def why_not(self, ctx: Context, obj: ApiKey) -> Refusal | None:
        return no_edge(obj, S.REVOKED)

    def run(self, ctx: Context, obj: ApiKey, data: dict[str, Any]) -> Done:
        keys.revoke_key(ctx, key_id=obj.pk, reason=data["reason"])
        return Done(_now("The key was revoked."))
