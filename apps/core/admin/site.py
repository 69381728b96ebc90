"""The staff's site: every route names the permission it needs, and asks for it before anything else (P45)."""

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, include, path
from unfold.sites import UnfoldAdminSite

from apps.core.context import Context
from apps.core.errors import NotPermitted

from . import finding

if TYPE_CHECKING:
    from .lists import View as SavedView
    from .pages import Timeline

PUBLIC = "public"
SIGNED_IN = "signed_in"


class StaffRequest(HttpRequest):
    """A request of somebody who is signed in; the site has put the context on it."""

    ctx: Context
    user: Any


View = Callable[..., HttpResponseBase]


def pages_open_to(user: Any) -> frozenset[str]:
    """The models whose pages this person may read, by label ("billing.receipt")."""
    pages: Sequence[Any] = list(admin.site._registry.values())
    return frozenset(page.label for page in pages if user.has_perm(page.read))


def declare(view: View, permission: str) -> View:
    """Say in code which permission a view needs; the contract test refuses routes that do not."""

    @wraps(view)
    def declared(*args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(*args, **kwargs)

    declared.permission = permission  # type: ignore[attr-defined]
    return declared


class StaffSite(UnfoldAdminSite):
    """What the pages need from the house they stand in. The concrete site knows accounts and business days."""

    enable_nav_sidebar = True
    purposes: Sequence[tuple[str, Any]] = ()
    """For what somebody may be looked for by a whole number."""
    view_roles: Sequence[tuple[str, Any]] = ()
    """The roles a saved view can be shared with."""
    final_catch_all_view = False

    def context_of(self, request: HttpRequest) -> Context:
        """Who acts, on which business date."""
        raise NotImplementedError

    def require(self, request: HttpRequest, permission: str) -> None:
        """Refuse with ``NotPermitted`` and leave one access row behind."""
        raise NotImplementedError

    def acting(self, request: HttpRequest, permission: str) -> Context:
        """Who acts under this permission, and for whom: somebody may hold it only because he stands in."""
        raise NotImplementedError

    def views(self, user: Any, page: str) -> "Sequence[SavedView]":
        """The saved views of a list that this person may use: his own, and those shared with a role of his."""
        return ()

    def keep_view(self, request: StaffRequest, page: str, kept: dict[str, Any], data: dict[str, str]) -> str:
        """Keep a query under a name, and give the slug it has in addresses."""
        raise NotImplementedError

    def drop_view(self, request: StaffRequest, page: str, slug: str) -> None:
        """Drop a view of one's own."""
        raise NotImplementedError

    def open_with(self, request: StaffRequest, page: str, slug: str) -> None:
        """Open the list with this view from now on; with none if no slug is given."""
        raise NotImplementedError

    def out_of_sight(self, request: HttpRequest, permission: str, model: type[Model], pk: int) -> None:
        """Remember that somebody asked for an object beyond their scope."""
        raise NotImplementedError

    def out_of_reach(self, request: HttpRequest, permission: str, model: type[Model], pk: int) -> NotPermitted:
        """Remember the same of an act on an object in sight, and return the error to raise."""
        raise NotImplementedError

    def most_at_once(self, user: Any, permission: str) -> int:
        """How many rows this person may touch at once under a permission."""
        raise NotImplementedError

    def same_reach(self, user: Any, permission: str, other: str) -> bool:
        """Whether two permissions reach equally far for this person."""
        raise NotImplementedError

    def version_of(self, page: str, pk: int) -> int:
        """What changes whenever something happens to the object (P13)."""
        raise NotImplementedError

    def demand_unchanged(self, page: str, pk: int, seen: int) -> None:
        """Refuse ``stale_version`` if something happened since that version; others wait until this act is over."""
        raise NotImplementedError

    def changes_since(self, page: str, pk: int, seen: int) -> "Timeline":
        """What happened to the object after that version."""
        raise NotImplementedError

    def guard(self, view: View, permission: str) -> View:
        """A view for people who are signed in and hold the permission."""

        @wraps(view)
        def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if permission != SIGNED_IN:
                request.ctx = self.context_of(request)
                self.require(request, permission)
                request.ctx = self.acting(request, permission)
            return view(request, *args, **kwargs)

        return declare(self.admin_view(guarded), permission)

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take in our own pages only: what installed packages register names no permission, and stays out."""
        if hasattr(admin_class, "read"):
            super().register(model_or_iterable, admin_class, **options)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        urls: list[URLPattern | URLResolver] = [
            path("", self.guard(self.index, SIGNED_IN), name="index"),
            path("find/", self.guard(partial(finding.results, self), SIGNED_IN), name="find"),
            path("find/panel/", self.guard(partial(finding.panel, self), SIGNED_IN), name="find_panel"),
            path("login/", declare(self.login_page, PUBLIC), name="login"),
            path("stay/", self.guard(self.stay, SIGNED_IN), name="stay"),
            path("logout/", self.guard(self.logout, SIGNED_IN), name="logout"),
            path("password_change/", self.guard(self.password_change, SIGNED_IN), name="password_change"),
            path(
                "password_change/done/", self.guard(self.password_change_done, SIGNED_IN), name="password_change_done"
            ),
        ]
        for model, page in self._registry.items():
            urls.append(path(f"{model._meta.app_label}/{model._meta.model_name}/", include(page.urls)))
        return urls

    def stay(self, request: HttpRequest) -> HttpResponse:
        """How long the session lasts; a POST makes it last longer."""
        raise NotImplementedError

    def login_page(self, request: HttpRequest) -> HttpResponse:
        return self.login(request)
