"""The exports one may see: one's own, and those one may approve."""

from collections.abc import Sequence

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.admin import (
    Choice,
    Column,
    Fact,
    Facts,
    Figure,
    Note,
    StaffAdmin,
    StaffRequest,
    Stage,
    badge,
    brief,
    figure,
    who,
)
from apps.core.admin.pages import Section
from apps.exports import selectors
from apps.exports.models import Export
from apps.exports.states import ExportFormat, ExportStatus

TONES = {
    ExportStatus.QUEUED: "busy",
    ExportStatus.AWAITING: "warn",
    ExportStatus.READY: "good",
    ExportStatus.FAILED: "bad",
    ExportStatus.REJECTED: "bad",
}


def state(export: Export) -> str:
    return badge(export.get_status_display(), TONES.get(ExportStatus(export.status), "plain"))


@admin.register(Export)
class ExportAdmin(StaffAdmin):
    read = selectors.TAKE
    object_template = "staff/export.html"
    columns = (
        Column(_("Export"), "number"),
        Column(_("State"), state),
        Column(_("List"), "title"),
        Column(_("Rows"), "rows", numeric=True),
        Column(_("Purpose"), "get_purpose_display"),
        Column(_("Requested by"), lambda row: who(row.requested_by)),
        Column(_("Requested at"), "requested_at"),
        Column(_("Available until"), "expires_at"),
    )
    filters = (Choice("status", _("State"), ExportStatus.choices),)

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.visible_to(request.user)

    def reached(self, request: StaffRequest, permission: str) -> QuerySet:
        return selectors.reached_by(request.user, permission)

    def get_urls(self) -> list[URLPattern]:
        live = self.site.guard(self.progress, self.read)
        return [path("<int:pk>/progress/", live, name="exports_export_progress"), *super().get_urls()]

    def progress(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Whether the file is being written still, for the page that asks every two seconds."""
        return TemplateResponse(request, "staff/parts/writing.html", {"object": self.object_of(request, pk)})

    def badges(self, obj: Export) -> Sequence[str]:
        return [state(obj)]

    def highlights(self, request: StaffRequest, obj: Export) -> Sequence[Fact]:
        return [
            Fact(_("List"), obj.title),
            Fact(_("Rows"), obj.most if obj.rows is None else obj.rows, _("at most") if obj.rows is None else ""),
            Fact(_("File format"), ExportFormat(obj.format).label),
            Fact(_("Purpose"), obj.get_purpose_display(), obj.note),
            Fact(_("Requested by"), who(obj.requested_by), brief(timezone.localtime(obj.requested_at))),
            Fact(_("Approved by"), who(obj.approved_by)),
            Fact(_("Available until"), obj.expires_at),
        ]

    def stages(self, obj: Export) -> Sequence[Stage]:
        s = ExportStatus
        way = [s.AWAITING, s.QUEUED, s.READY] if obj.approved_by or obj.status == s.AWAITING else [s.QUEUED, s.READY]
        if obj.status not in way:
            return [Stage(way[0].label, "done"), Stage(obj.get_status_display(), "off")]
        here = way.index(s(obj.status))
        return [Stage(x.label, "done" if i < here else "now" if i == here else "ahead") for i, x in enumerate(way)]

    def overview(self, request: StaffRequest, obj: Export) -> Sequence[Section]:
        said = {
            ExportStatus.AWAITING: _("The list is longer than you may take out alone. Another person must approve it."),
            ExportStatus.READY: _("Download the file before its time is over; each download is remembered."),
            ExportStatus.FAILED: _("The file could not be written. Please ask for the list again."),
            ExportStatus.EXPIRED: _("The file was removed when its time was over."),
        }
        notes = [Note(said[ExportStatus(obj.status)])] if obj.status in said else []
        taken = ", ".join(selectors.labels(obj))
        return [*notes, Facts([Fact(_("Columns"), taken), Fact(_("Downloads"), obj.downloads)], _("File"))]


@figure(_("Exports"), permission=selectors.APPROVE, order=80)
def waiting(request: StaffRequest) -> Sequence[Figure]:
    count = selectors.to_approve(request.user)
    address = "/admin/exports/export/?status=AWAITING"
    return [Figure(_("exports to be approved"), count, address, "warn" if count else "plain", waits=True)]
