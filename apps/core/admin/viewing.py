"""Saved views 常用视图 of a list (screen S19): keeping, sharing, dropping, opening with one; and the rows of each."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.utils.translation import gettext as _now

from apps.core.errors import BusinessError

from .lists import Listing, View

if TYPE_CHECKING:
    from .base import StaffAdmin
    from .site import StaffRequest

MOST_COUNTED = 1000
MOST_BADGES = 12


class Asking:
    """Somebody who asks for a list by another query than the request's own."""

    def __init__(self, request: "StaffRequest", query: QueryDict) -> None:
        self.user, self.ctx, self.GET = request.user, request.ctx, query


def views(page: "StaffAdmin", request: "StaffRequest") -> HttpResponse:
    """GET: the number of rows of each view, counted to a thousand. POST: what is to be done with a view."""
    if request.method != "POST":
        shown = page.site.views(request.user, page.label)[:MOST_BADGES]
        return JsonResponse({view.slug: _rows_of(page, request, view) for view in shown})
    back = QueryDict(request.POST.get("query", ""))
    try:
        return _to(page, _done(page, request, back))
    except BusinessError as error:
        messages.error(request, " ".join(str(refusal) for refusal in error.refusals))
        return HttpResponseRedirect(f"{page.list_url}?{back.urlencode()}")


def asked_again(request: "StaffRequest") -> HttpResponse:
    """The same question in the address: harmless text, filters and columns."""
    query = request.POST.copy()
    query.pop("csrfmiddlewaretoken", None)
    return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")


def _done(page: "StaffAdmin", request: "StaffRequest", query: QueryDict) -> str:
    """Do it, and give the slug of the view to go on with."""
    slug = request.POST.get("slug", "")
    match request.POST.get("do"):
        case "keep":
            kept = Listing(Asking(request, query), page).kept()  # type: ignore[arg-type]
            slug = page.site.keep_view(request, page.label, kept, request.POST.dict())
            messages.success(request, _now("The view was saved."))
            return slug
        case "drop":
            page.site.drop_view(request, page.label, slug)
            messages.success(request, _now("The view was removed."))
            return ""
        case "open_with":
            page.site.open_with(request, page.label, slug)
            messages.success(request, _now("The list opens like this from now on."))
            return slug
        case _:
            return slug


def _to(page: "StaffAdmin", slug: str) -> HttpResponse:
    query = QueryDict(mutable=True)
    query["view"] = slug
    return HttpResponseRedirect(f"{page.list_url}?{query.urlencode()}")


def _rows_of(page: "StaffAdmin", request: "StaffRequest", view: View) -> str:
    query = QueryDict(mutable=True)
    query["view"] = view.slug
    count = Listing(Asking(request, query), page).count_up_to(MOST_COUNTED)  # type: ignore[arg-type]
    return f"{count - 1}+" if count == MOST_COUNTED else str(count)
