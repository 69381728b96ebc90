"""Bulk acts 批量操作 (screen S20): one act on many rows, shown before it is done, answered row by row.

Every row is an act of its own, in its own transaction and under its own key: what one row refuses does not touch the
others, and a run that was cut short goes on where it stopped when it is sent again (P67).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.errors import BusinessError, Refusal, explain, refuse
from apps.core.idempotency import kept, once
from apps.core.sheets import write_csv

from .acts import OF_THE_FORM, Act, ActForm, object_acts
from .lists import Listing
from .pages import Column, Table
from .show import badge, link
from .viewing import Asking

if TYPE_CHECKING:
    from .base import StaffAdmin
    from .site import StaffRequest

BULK = "bulk_action.E"
ALL = "all"
OF_THE_CHOICE = ("act", "ids", ALL)


@dataclass(frozen=True)
class Outcome:
    """What became of one row."""

    pk: int
    name: str
    done: bool
    code: str = ""
    text: str = ""


def offered(page: "StaffAdmin", request: "StaffRequest") -> list[Act]:
    """The acts of a list's rows that this person may do on many of them at once."""
    if not request.user.has_perm(BULK):
        return []
    return [act for act in object_acts(page.label) if act.bulk and request.user.has_perm(act.permission)]


def view(page: "StaffAdmin", request: "StaffRequest") -> HttpResponse:
    """GET shows what would happen to each chosen row, or what happened; POST does it."""
    if key := request.GET.get("result", ""):
        return _result(page, request, key)
    act = next((each for each in offered(page, request) if each.name == request.GET.get("act")), None)
    if act is None:
        return _preview(page, request, None, (), None)
    try:
        chosen = _chosen(page, request)
    except BusinessError as error:
        return _preview(page, request, act, (), None, error=error)
    if request.method != "POST":
        return _preview(page, request, act, chosen, act.form())
    form = act.form(request.POST)
    if not form.is_valid():
        return _preview(page, request, act, chosen, form)
    key = _perform(page, request, act, [row.pk for row in chosen], form)
    return HttpResponseRedirect(f"{page.bulk_url}?result={key}")


def _chosen(page: "StaffAdmin", request: "StaffRequest") -> list[Any]:
    """The rows that were ticked, or all that the list shows as it is narrowed. Refuses more than one may."""
    most = page.site.most_at_once(request.user, BULK)
    if ALL in request.GET:
        query = request.GET.copy()
        for name in OF_THE_CHOICE:
            query.pop(name, None)
        listing = Listing(Asking(request, query), page)  # type: ignore[arg-type]  # asks for user and query only
        if listing.count_up_to(most + 1) > most:
            raise refuse("bulk_too_large", most=most)
        return listing.first_rows(most)
    ids = {int(each) for each in request.GET.getlist("ids") if each.isascii() and each.isdigit() and len(each) < 19}
    if len(ids) > most:
        raise refuse("bulk_too_large", most=most)
    return list(page.visible(request).filter(pk__in=ids).order_by("pk"))


def _why_not(page: "StaffAdmin", request: "StaffRequest", act: Act, obj: Any) -> Refusal | None:
    if not page.within(request, obj, act.permission):
        return Refusal("not_permitted", {"action": act.label})
    return act.why_not(page.site.acting(request, act.permission), obj)


def _preview(
    page: "StaffAdmin",
    request: "StaffRequest",
    act: Act | None,
    chosen: Sequence[Any],
    form: ActForm | None,
    error: BusinessError | None = None,
) -> HttpResponse:
    refusals = {obj.pk: _why_not(page, request, act, obj) for obj in chosen} if act else {}
    able = sum(refusal is None for refusal in refusals.values())
    columns = [
        Column(page.columns[0].label, lambda obj: link(obj, page.columns[0].of(obj))),
        *page.columns[1:4],
        Column(
            _("Will it be done?"),
            lambda obj: badge(_("Yes"), "good") if not refusals[obj.pk] else badge(_("No"), "bad"),
        ),
        Column(_("Why not"), lambda obj: refusals[obj.pk] or ""),
    ]
    context = {
        **page.frame(request),
        "title": act.label if act else _("Act on many rows"),
        "act": act,
        "table": Table(columns, chosen, empty=_("No row is chosen.")),
        "chosen": len(chosen),
        "able": able,
        "form": form if able else None,
        "error": error,
        "back": page.list_url,
    }
    return TemplateResponse(request, "staff/bulk.html", context, status=error.status if error else 200)


def _perform(page: "StaffAdmin", request: "StaffRequest", act: Act, ids: Sequence[int], form: ActForm) -> str:
    """Do it row by row, and keep what became of each under the key of the form."""
    data = {name: value for name, value in form.cleaned_data.items() if name not in OF_THE_FORM}
    key, client = str(form.cleaned_data["key"]), request.ctx.actor
    asked = {"bulk": act.name, "on": page.label, "data": {name: str(value) for name, value in data.items()}}
    outcomes = [_one(page, request, act, pk, data, key, asked) for pk in ids]
    once(client, key, {**asked, "ids": list(ids)}, lambda: [asdict(each) for each in outcomes])
    return key


def _one(
    page: "StaffAdmin",
    request: "StaffRequest",
    act: Act,
    pk: int,
    data: dict[str, Any],
    key: str,
    asked: dict[str, Any],
) -> Outcome:
    name = f"#{pk}"
    try:
        obj = page.object_of(request, pk, act.permission)
        name = str(page.heading(obj))
        run = partial(_run, page, act, request, obj, data)
        return Outcome(pk, name, True, text=once(request.ctx.actor, f"{key}:{pk}", {**asked, "pk": pk}, run))
    except BusinessError as error:
        return Outcome(pk, name, False, error.code, str(error))


def _run(page: "StaffAdmin", act: Act, request: "StaffRequest", obj: Any, data: dict[str, Any]) -> str:
    return act.answer(request, page.site.acting(request, act.permission), obj, dict(data)).message


def _result(page: "StaffAdmin", request: "StaffRequest", key: str) -> HttpResponse:
    outcomes = [Outcome(**each) for each in kept(request.ctx.actor, key) or ()]
    if request.GET.get("format") == "csv":
        return _file(outcomes, key)
    columns = [
        Column(page.columns[0].label, "name"),
        Column(_("Done"), lambda row: badge(_("Yes"), "good") if row.done else badge(_("No"), "bad")),
        Column(_("Result"), "text"),
        Column(_("Code"), "code"),
    ]
    query = QueryDict(mutable=True)
    query.update({"result": key, "format": "csv"})
    context = {
        **page.frame(request),
        "title": _("What became of each row"),
        "table": Table(columns, outcomes, empty=_("Nothing is known of this run any more.")),
        "done": sum(each.done for each in outcomes),
        "refused": sum(not each.done for each in outcomes),
        "file": f"?{query.urlencode()}" if outcomes else "",
        "back": page.list_url,
    }
    return TemplateResponse(request, "staff/bulk_result.html", context)


def _file(outcomes: Sequence[Outcome], key: str) -> HttpResponse:
    """The result of each row, as a file."""
    head = [_now("Record"), _now("Done"), _now("Code"), _now("Result")]
    lines = ([each.name, _now("Yes") if each.done else _now("No"), each.code, each.text] for each in outcomes)
    disposition = content_disposition_header(True, f"{key}.csv")
    return HttpResponse(
        write_csv([head, *lines]), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )


explain(bulk_too_large=_("More than {most} rows are chosen. Please choose fewer, or narrow the list."))
