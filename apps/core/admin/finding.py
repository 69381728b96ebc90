"""Global search 全局搜索 (screen S4): one box on every page; what was typed is read by its shape.

Every kind of object brings its own finder, which answers within the viewer's scope and never says how much there is
beyond what it shows. Everything comes by POST: what was typed stands in no address and no log.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _now

from apps.core.context import Context

if TYPE_CHECKING:
    from .pages import Text
    from .site import StaffRequest, StaffSite

LONGEST = 80
LEAST = 2
IN_THE_PANEL = 6
ON_THE_PAGE = 50
Known = TypeVar("Known")


@dataclass(frozen=True)
class Hit:
    """One object found, masked: its page, what it is called, its state, and facts to know it by.

    ``exact`` when what was typed is its very number.
    """

    url: str
    name: "Text"
    facts: Sequence["Text"] = ()
    badge: Any = ""
    exact: bool = False


@dataclass(frozen=True)
class Found:
    """What one finder answers. ``more``: not all are shown; ``asks``: it would look on for a purpose."""

    hits: Sequence[Hit] = ()
    more: bool = False
    note: "Text" = ""
    asks: bool = False

    @classmethod
    def first(cls, hits: Sequence[Hit], most: int, *, note: "Text" = "", asks: bool = False) -> "Found":
        """The first ``most`` of the hits, of which one more was fetched."""
        return cls(hits[:most], len(hits) > most, note, asks)


@dataclass
class Looking:
    """One search: who looks, for what, and for which purpose if one was stated."""

    ctx: Context
    user: Any
    text: str
    purpose: str
    most: int
    _known: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, find: Callable[[], Known]) -> Known:
        """What several finders need, looked up (and remembered in the trail) once."""
        if name not in self._known:
            self._known[name] = find()
        return self._known[name]


@dataclass(frozen=True)
class Finder:
    label: "Text"
    permission: str
    order: int
    find: Callable[[Looking], Found]


@dataclass(frozen=True)
class Group:
    """The answer of one finder, under its heading."""

    label: "Text"
    found: Found


_finders: list[Finder] = []


def finder(label: "Text", *, permission: str, order: int) -> Callable[..., Callable[[Looking], Found]]:
    """Decorator: let the global search find a kind of object, for those who may read it."""

    def register(find: Callable[[Looking], Found]) -> Callable[[Looking], Found]:
        _finders.append(Finder(label, permission, order, find))
        return find

    return register


def finders_of(user: Any) -> list[Finder]:
    """What this person may look for."""
    return sorted((each for each in _finders if user.has_perm(each.permission)), key=lambda each: each.order)


def search(looking: Looking) -> list[Group]:
    """All groups that have something to say. A character or none means nothing yet."""
    if len(looking.text) < LEAST:
        return []
    groups = [Group(each.label, each.find(looking)) for each in finders_of(looking.user)]
    return [group for group in groups if group.found.hits or group.found.asks or group.found.note]


def results(site: "StaffSite", request: "StaffRequest", typed: str = "") -> HttpResponse:
    """The page of results; what was named by its own number is gone to at once. ``typed`` may come from elsewhere."""
    looking = _looking(site, request, ON_THE_PAGE, typed)
    groups = search(looking)
    exact = [hit for group in groups for hit in group.found.hits if hit.exact]
    if len(exact) == 1:
        return HttpResponseRedirect(exact[0].url)
    asks = any(group.found.asks for group in groups)
    context = {
        **site.each_context(request),
        "title": _now("Search"),
        "text": looking.text,
        "groups": [group for group in groups if group.found.hits or group.found.note],
        "asks": asks,
        "purposes": site.purposes if asks else (),
        "labels": [each.label for each in finders_of(request.user)],
    }
    return TemplateResponse(request, "staff/find.html", context)


def panel(site: "StaffSite", request: "StaffRequest") -> HttpResponse:
    """The list under the box while somebody types. It never asks for a purpose, and looks for no whole number."""
    looking = _looking(site, request, IN_THE_PANEL)
    looking.purpose = ""
    groups = search(looking)
    asks = any(group.found.asks for group in groups)
    context = {"groups": [group for group in groups if group.found.hits], "text": looking.text, "asks": asks}
    return TemplateResponse(request, "staff/parts/found.html", context)


def _looking(site: "StaffSite", request: "StaffRequest", most: int, typed: str = "") -> Looking:
    """What was asked. A search in the address is not read: there it would be kept."""
    request.ctx = site.context_of(request)
    text = (typed or request.POST.get("find", "")).replace("\x00", "").strip()[:LONGEST]
    return Looking(request.ctx, request.user, text, request.POST.get("purpose", ""), most)
