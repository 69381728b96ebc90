"""The saved views of accounts, brought to the lists of the back office (screen S19)."""

from typing import Any

from apps.accounts import permissions, saved_views
from apps.accounts.matrix import matrix
from apps.core.admin import StaffRequest, StaffSite
from apps.core.admin.lists import View


class SavedViews(StaffSite):
    """What a site with accounts knows of views."""

    @property
    def view_roles(self) -> list[tuple[str, str]]:  # type: ignore[override]
        return [(role, str(matrix().roles[role])) for role in sorted(permissions.enabled_roles())]

    def views(self, user: Any, page: str) -> list[View]:
        return [
            View(each.slug, each.name, saved_views.parameters(each.query), each.owner_id == user.pk, opens)
            for each, opens in saved_views.with_default(user, page)
        ]

    def keep_view(self, request: StaffRequest, page: str, kept: dict[str, Any], data: dict[str, str]) -> str:
        ctx, name, role = self.context_of(request), data.get("name", ""), data.get("role", "")
        return saved_views.keep(ctx, request.user, page=page, name=name, query=kept, role=role).slug

    def drop_view(self, request: StaffRequest, page: str, slug: str) -> None:
        saved_views.remove(self.context_of(request), request.user, page=page, slug=slug)

    def open_with(self, request: StaffRequest, page: str, slug: str) -> None:
        saved_views.open_with(self.context_of(request), request.user, page=page, slug=slug)
