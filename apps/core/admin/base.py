"""StaffAdmin: a list, a read-only object page in the one frame, and the acts that stand on them."""

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from unfold.admin import ModelAdmin

from apps.core.errors import NotFound, Refusal

from . import bulk, finding, viewing
from .acts import list_acts, object_acts
from .filters import Filter
from .lists import Listing, Sort
from .pages import Column, Fact, Section, Stage, Text, cards_of, tabs_of, tools_of
from .site import StaffRequest, StaffSite


class StaffAdmin(ModelAdmin):
    """Declare ``read`` and ``columns``; override what the object's page should say."""

    read: ClassVar[str]
    columns: ClassVar[Sequence[Column]] = ()
    filters: ClassVar[Sequence[Filter]] = ()
    order: ClassVar[Sequence[str]] = ("-pk",)
    sorts: ClassVar[Sequence[Sort]] = ()
    most_counted: ClassVar[int] = 10_000
    search_hint: ClassVar[Text] = ""
    about: ClassVar[Text] = ""
    plural: ClassVar[Text] = ""
    related: ClassVar[Sequence[str]] = ()
    list_template: ClassVar[str] = "staff/list.html"
    object_template: ClassVar[str] = "staff/object.html"

    # -- what the object's page says ------------------------------------------------------------------------------

    def rows(self, request: StaffRequest) -> QuerySet:
        """All rows this person may see: a selector's ``visible_to`` where the object has a scope."""
        return self.model._default_manager.all()

    def search(self, request: StaffRequest, rows: QuerySet, text: str) -> QuerySet:
        """Narrow the rows by what was typed, by its shape. Only called when ``search_hint`` is set."""
        return rows.none()

    def private(self, text: str) -> bool:
        """Whether a search text says something of one person: it must not stand in an address (P36)."""
        return False

    def heading(self, obj: Any) -> Text:
        return str(obj)

    def badges(self, obj: Any) -> Sequence[Any]:
        return ()

    def highlights(self, request: StaffRequest, obj: Any) -> Sequence[Fact]:
        """At most seven facts."""
        return ()

    def stages(self, obj: Any) -> Sequence[Stage]:
        return ()

    def overview(self, request: StaffRequest, obj: Any) -> Sequence[Section]:
        """The body of a page without tabs."""
        return ()

    # -- the frame ------------------------------------------------------------------------------------------------

    @property
    def site(self) -> StaffSite:
        assert isinstance(self.admin_site, StaffSite)
        return self.admin_site

    @property
    def label(self) -> str:
        return self.model._meta.label_lower

    @property
    def menu_label(self) -> Text:
        """How the left rail calls the list."""
        return self.title

    @property
    def title(self) -> Text:
        """How the list is headed."""
        return capfirst(str(self.plural or self.opts.verbose_name_plural))

    @property
    def list_url(self) -> str:
        return reverse(f"admin:{self._name('changelist')}")

    @property
    def bulk_url(self) -> str:
        return reverse(f"admin:{self._name('bulk')}")

    @property
    def views_url(self) -> str:
        return reverse(f"admin:{self._name('views')}")

    def visible(self, request: StaffRequest) -> QuerySet:
        return self.rows(request).select_related(*self.related) if self.related else self.rows(request)

    def reached(self, request: StaffRequest, permission: str) -> QuerySet:
        """The rows on which a permission lets this person act: those in sight, where an act reaches no less far."""
        return self.rows(request)

    def within(self, request: StaffRequest, obj: Model, permission: str) -> bool:
        """Whether the permission reaches this very object: somebody with two roles sees more than he may change."""
        if self.site.same_reach(request.user, permission, self.read):
            return True
        return self.reached(request, permission).filter(pk=obj.pk).exists()

    def object_of(self, request: StaffRequest, pk: int, permission: str = "") -> Model:
        """The object, if it is in sight; else ``NotFound``, and a trace when it exists beyond the person's scope.

        In sight, but out of the reach of the ``permission`` to act: ``NotPermitted``, and a trace.
        """
        if found := self.visible(request).filter(pk=pk).first():
            if permission and not self.within(request, found, permission):
                raise self.site.out_of_reach(request, permission, self.model, pk)
            return found
        if self.model._default_manager.filter(pk=pk).exists():
            self.site.out_of_sight(request, self.read, self.model, pk)
        raise NotFound(Refusal("not_found"))

    def get_urls(self) -> list[URLPattern]:
        urls = [
            path("", self.site.guard(self.list_view, self.read), name=self._name("changelist")),
            path("bulk/", self.site.guard(partial(bulk.view, self), bulk.BULK), name=self._name("bulk")),
            path("views/", self.site.guard(partial(viewing.views, self), self.read), name=self._name("views")),
        ]
        for act in list_acts(self.label):
            view = self.site.guard(partial(act.view, self), act.permission)
            urls.append(path(f"{act.name}/", view, name=self._name(act.name)))
        urls.append(path("<int:pk>/", self.site.guard(self.object_view, self.read), name=self._name("change")))
        for act in object_acts(self.label):
            view = self.site.guard(partial(act.view, self), act.permission)
            urls.append(path(f"<int:pk>/{act.name}/", view, name=self._name(act.name)))
        return urls

    def list_view(self, request: StaffRequest) -> HttpResponse:
        """The list. What is typed comes by POST, and goes on in the address only where it may stand there."""
        if request.method == "POST":
            typed = request.POST.get("q", "")
            return finding.results(self.site, request, typed) if self.private(typed) else viewing.asked_again(request)
        acts = bulk.offered(self, request)
        listing = Listing(request, self, pickable=bool(acts))
        tools = [tool for tool in tools_of(request, self) if listing.count]
        context = {**self.frame(request), "title": self.title, "listing": listing, "tools": tools}
        context["bulk"] = acts
        return TemplateResponse(request, self.list_template, {**context, "acts": self._acts(request, None)})

    def object_view(self, request: StaffRequest, pk: int) -> HttpResponse:
        obj = self.object_of(request, pk)
        tabs = [tab for tab in tabs_of(self.label) if not tab.permission or request.user.has_perm(tab.permission)]
        current = next((tab for tab in tabs if tab.key == request.GET.get("tab")), tabs[0] if tabs else None)
        context = {
            **self.frame(request, obj),
            "title": self.heading(obj),
            "badges": self.badges(obj),
            "highlights": self.highlights(request, obj),
            "stages": self.stages(obj),
            "tabs": tabs,
            "current": current,
            "sections": current.build(request, obj) if current else self.overview(request, obj),
            "cards": [(card.title, card.build(request, obj)) for card in cards_of(self.label)],
            "acts": self._acts(request, obj),
        }
        return TemplateResponse(request, self.object_template, context)

    def frame(self, request: StaffRequest, obj: Any = None) -> dict[str, Any]:
        """What every page of this model shares: the site's frame and the way back."""
        trail = [(self.title, self.list_url)]
        if obj is not None:
            trail.append((self.heading(obj), reverse(f"admin:{self._name('change')}", args=[obj.pk])))
        return {**self.site.each_context(request), "page": self, "object": obj, "trail": trail}

    def main_acts(self, request: StaffRequest) -> list[dict[str, Any]]:
        """What the workbench offers of this page."""
        return self._acts(request, None, main_only=True)

    def _acts(self, request: StaffRequest, obj: Any, *, main_only: bool = False) -> list[dict[str, Any]]:
        return [
            {
                "act": act,
                "url": reverse(f"admin:{self._name(act.name)}", args=[obj.pk] if obj else []),
                "refusal": act.why_not(self.site.acting(request, act.permission), obj),
            }
            for act in (object_acts(self.label) if obj else list_acts(self.label))
            if (act.main or not main_only)
            and request.user.has_perm(act.permission)
            and act.offered(request)
            and not (obj and act.over(obj))
            and (obj is None or self.within(request, obj, act.permission))
        ]

    def _name(self, what: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{what}"
