"""The back office 内勤工作台: who is asking, what they may do, the frame around every page, and the workbench."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.accounts import permissions, sessions
from apps.accounts.events import PASSWORD_SET
from apps.accounts.matrix import matrix
from apps.accounts.selectors import names_of
from apps.audit import services as audit
from apps.audit import versions as audit_versions
from apps.audit.timeline import sentence
from apps.core.admin import Entry, StaffRequest, Timeline, finding, who
from apps.core.admin.pages import figures
from apps.core.context import Context
from apps.core.errors import Conflict, NotPermitted, Refusal
from apps.core.locks import wait_for
from apps.operations import doors
from apps.operations.banners import banners_up
from apps.parties.states import RevealPurpose

from . import navigation
from .saved_views import SavedViews


class PolicyOpsSite(SavedViews):
    """Doors, accounts and business days, brought to the pages."""

    site_title = site_header = "PolicyOps"
    index_template = "staff/workbench.html"
    login_template = "admin/login.html"
    purposes = RevealPurpose.choices

    def context_of(self, request: HttpRequest) -> Context:
        return doors.context_of(request)

    def require(self, request: HttpRequest, permission: str) -> None:
        permissions.require(self.context_of(request), request.user, permission)

    def acting(self, request: HttpRequest, permission: str) -> Context:
        return permissions.acting(self.context_of(request), request.user, permission)

    def out_of_sight(self, request: HttpRequest, permission: str, model: type[Model], pk: int) -> None:
        permissions.denied(self.context_of(request), permission, object_type=model._meta.label_lower, object_id=pk)

    def out_of_reach(self, request: HttpRequest, permission: str, model: type[Model], pk: int) -> NotPermitted:
        ctx = self.context_of(request)
        return permissions.denied(ctx, permission, object_type=model._meta.label_lower, object_id=pk)

    def same_reach(self, user: Any, permission: str, other: str) -> bool:
        return permissions.scope(user, permission) == permissions.scope(user, other)

    def version_of(self, page: str, pk: int) -> int:
        return audit_versions.version_of(page, pk)

    def demand_unchanged(self, page: str, pk: int, seen: int) -> None:
        wait_for(f"{page} {pk}")
        if audit_versions.version_of(page, pk) != seen:
            raise Conflict(Refusal("stale_version"))

    def changes_since(self, page: str, pk: int, seen: int) -> Timeline:
        events = audit_versions.changes_since(page, pk, seen)
        names = names_of({event.actor for event in events})
        return Timeline(
            [
                Entry(
                    at=event.recorded_at,
                    sentence=sentence(event),
                    kind="change",
                    business_date=event.business_date,
                    actor=names.get(event.actor) or who(event.actor),
                    reason=event.reason,
                )
                for event in events
            ],
            title=_("What changed meanwhile"),
        )

    def most_at_once(self, user: Any, permission: str) -> int:
        return permissions.most_rows(user, permission) or 0

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        frame = {"site_title": self.site_title, "site_header": self.site_header, "has_permission": False}
        if not self.has_permission(request):
            return frame
        return frame | {
            "has_permission": True,
            "business_date": self.context_of(request).business_date,
            "environment": settings.ENVIRONMENT_LABEL,
            "inbox": settings.DEV_INBOX_URL,
            "role_names": _(", ").join(
                str(matrix().roles[role]) for role in sorted(permissions.roles_of(request.user))
            ),
            "sidebar_navigation": self.get_sidebar_list(request),
            "finds": bool(finding.finders_of(request.user)),
            "banners": [zh if _in_chinese() else en for zh, en in banners_up()],
            "session_left": sessions.seconds_left(request.session),
            "last_sign_in": sessions.last_sign_in(request.session),
        }

    def login_page(self, request: HttpRequest) -> HttpResponse:
        """Sign in, unless too many have failed from this address (P42)."""
        if request.method != "POST":
            return self.login(request)
        if sessions.is_barred(request):
            return render(request, settings.AXES_LOCKOUT_TEMPLATE, status=429)
        answer = self.login(request)
        if not request.user.is_authenticated:
            sessions.count_failure(request)
        return answer

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign out; the session's place is free for another."""
        if request.method == "POST":
            sessions.end(request)
        return super().logout(request, extra_context)

    def stay(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            sessions.touch(request.session)
        return JsonResponse({"left": sessions.seconds_left(request.session)})

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        workbench = {
            "title": _("Workbench"),
            "icon": "space_dashboard",
            "link": reverse("admin:index"),
            "active": request.path == reverse("admin:index"),
        }
        return [{"title": "", "items": [workbench]}, *navigation.of(self, request)]

    @transaction.atomic
    def password_change(self, request: StaffRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Django's page; that the password was changed is remembered like every write (P35)."""
        before = request.user.password
        answer = super().password_change(request, extra_context)
        if request.user.password != before:
            audit.record(self.context_of(request), PASSWORD_SET, request.user.pk)
        return answer

    def index(self, request: StaffRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Today's figures, for those who may read them."""
        request.ctx = self.context_of(request)
        groups = [(group.title, group.build(request)) for group in figures() if request.user.has_perm(group.permission)]
        context = {
            **self.each_context(request),
            "title": _("Workbench"),
            "greeting": _("{name}, {branch}").format(
                name=request.user.get_full_name(), branch=request.user.branch.name
            ),
            "groups": [(title, [one for one in found if not one.waits]) for title, found in groups],
            "waiting": [one for _title, found in groups for one in found if one.waits and one.value],
            "nothing_waits": any(one.waits for _title, found in groups for one in found),
            "acts": [entry for page in self._registry.values() for entry in page.main_acts(request)],
        }
        return TemplateResponse(request, self.index_template, context)


def _in_chinese() -> bool:
    return (get_language() or "").startswith("zh")
