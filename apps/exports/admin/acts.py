"""What may be done with exports: ask for one, approve or reject it, take the file."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Act, ActForm, Done, Fact, Link, ReasonForm, StaffRequest, act, no_edge, page_of, tool
from apps.core.admin.handing import attachment
from apps.core.context import Context
from apps.core.errors import Refusal
from apps.exports import selectors, services, tasks
from apps.exports.models import Export
from apps.exports.selectors import Viewer
from apps.exports.states import ExportFormat, ExportPurpose, ExportStatus

if TYPE_CHECKING:
    from apps.core.admin import StaffAdmin

PAGE, POLICIES = "exports.export", "policies.policy"
TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@tool(permission=selectors.TAKE)
def way_out(request: StaffRequest, page: Any) -> Link:
    """The way from a list, as it is narrowed, to its export."""
    query = request.GET.copy()
    query.pop("page", None)
    query.appendlist("page", page.label)
    return Link(_("Export"), f"{reverse('admin:exports_export_ask')}?{query.urlencode()}")


class ExportForm(ActForm):
    """``page`` and ``query`` come from the list one was looking at."""

    page = forms.CharField(widget=forms.HiddenInput, max_length=60)
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2000)
    columns = forms.MultipleChoiceField(label=_("Columns"), widget=forms.CheckboxSelectMultiple)
    format = forms.ChoiceField(label=_("File format"), choices=ExportFormat.choices)
    purpose = forms.ChoiceField(label=_("Purpose"), choices=ExportPurpose.choices)
    note = forms.CharField(
        label=_("What is it for?"), max_length=200, help_text=_("Who will use the list, and for what. It is kept.")
    )


@act(PAGE, on_list=True)
class Ask(Act):
    name, label, permission, on_page = "ask", _("Export a list"), selectors.TAKE, False
    form = ExportForm
    intro = _("Personal data stays masked. Every row carries the number of the export and your user name.")

    def initial(self, request: StaffRequest, obj: Any) -> dict[str, Any]:
        label = request.GET.get("page", "") or POLICIES
        query = request.GET.copy()
        query.pop("page", None)
        return {"page": label, "query": query.urlencode(), "columns": _shown(request, label)}

    def prepare(self, form: ActForm, obj: Any) -> None:
        page = selectors.page_named(form["page"].value() or POLICIES)
        form.fields["columns"].choices = selectors.offered(page)  # type: ignore[attr-defined]

    def answer(self, request: StaffRequest, ctx: Context, obj: Any, data: dict[str, Any]) -> Done:
        export = services.request_export(ctx, request.user, **data)
        tasks.soon(export)
        if export.status == ExportStatus.AWAITING:
            told = _now("Export {number} has more rows than you may take out alone. Another person must approve it.")
        else:
            told = _now("Export {number} is being written.")
        return Done(told.format(number=export.number), page_of(Export, export.pk))


def _shown(request: StaffRequest, label: str) -> list[str]:
    """The columns one was looking at."""
    listing = selectors.listing(Viewer(request.user, request.ctx, request.GET), selectors.page_named(label))
    return [column.key for column in listing.columns]


class OfExport(Act):
    target: ExportStatus

    def why_not(self, ctx: Context, obj: Export) -> Refusal | None:
        own = obj.status == ExportStatus.AWAITING and ctx.person == obj.requested_person
        return Refusal("same_person") if own else no_edge(obj, self.target)

    def facts(self, obj: Export) -> list[Fact]:
        return [
            Fact(_("List"), obj.title),
            Fact(_("Rows"), obj.most),
            Fact(_("Purpose"), f"{obj.get_purpose_display()}: {obj.note}"),
        ]


@act(PAGE)
class Approve(OfExport):
    name, label, permission, main = "approve", _("Approve"), selectors.APPROVE, True
    target = ExportStatus.QUEUED

    def run(self, ctx: Context, obj: Export, data: dict[str, Any]) -> Done:
        tasks.soon(services.approve_export(ctx, obj.pk))
        return Done(_now("The export was approved and is being written."))


@act(PAGE)
class Reject(OfExport):
    name, label, permission = "reject", _("Reject"), selectors.APPROVE
    form, target = ReasonForm, ExportStatus.REJECTED

    def run(self, ctx: Context, obj: Export, data: dict[str, Any]) -> Done:
        services.reject_export(ctx, obj.pk, data["reason"])
        return Done(_now("The export was rejected."))


@act(PAGE)
class Download(Act):
    name, label, permission, main, keyed = "download", _("Download"), selectors.TAKE, True, False
    intro = _("Each download is remembered with your name and the purpose.")

    def why_not(self, ctx: Context, obj: Export) -> Refusal | None:
        ready = obj.status == ExportStatus.READY and obj.requested_by == ctx.actor
        return None if ready else Refusal("export_not_ready", {"state": obj.get_status_display()})

    def perform(self, page: "StaffAdmin", request: StaffRequest, obj: Any, form: ActForm) -> HttpResponse:
        """The file itself, inert: never shown in the browser, never kept on the way (P64)."""
        export, content = services.take_export(page.site.context_of(request), obj.pk)
        return attachment(content, TYPES[ExportFormat(export.format)], f"{export.number}.{export.format}")
