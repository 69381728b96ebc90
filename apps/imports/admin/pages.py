"""The list of imports and the page of one: where it stands, what is wrong with it, what came of it (screen S21)."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from apps.core.admin import (
    Choice,
    Column,
    Fact,
    Note,
    StaffAdmin,
    StaffRequest,
    Stage,
    Table,
    badge,
    day,
    link,
    who,
)
from apps.core.admin.handing import attachment
from apps.core.admin.pages import Section
from apps.core.errors import Refusal
from apps.core.files import FileKind
from apps.imports import selectors, template
from apps.imports.models import Upload
from apps.imports.references import read_references
from apps.imports.selectors import Group
from apps.imports.states import AT_WORK, UploadStatus
from apps.policies import selectors as policies

from .taking import TYPES

S = UploadStatus
TONES = {S.CHECKING: "busy", S.RUNNING: "busy", S.CHECKED: "good", S.DONE: "good", S.FAULTY: "warn", S.FAILED: "bad"}
PATH = (_("Upload"), _("Map the columns"), _("Check"), _("Import"), _("Result"))
PLACES = {
    S.UPLOADED: 1,
    S.MAPPED: 2,
    S.CHECKING: 2,
    S.FAULTY: 2,
    S.CHECKED: 3,
    S.RUNNING: 3,
    S.FAILED: 3,
    S.DONE: 5,
}
MOST_SHOWN = 20


def state(row: Upload) -> str:
    return badge(row.get_status_display(), TONES.get(UploadStatus(row.status), "plain"))


@admin.register(Upload)
class UploadAdmin(StaffAdmin):
    read = "data_import.R"
    plural = _("Imports")
    about = _("Policies of another system come in as a file: template, upload, check, import.")
    related = ("branch", "mapping")
    list_template = "staff/imports/list.html"
    object_template = "staff/imports/upload.html"
    columns = (
        Column(_("File name"), "file_name"),
        Column(_("State"), state),
        Column(_("Rows"), "rows", numeric=True),
        Column(_("Wrong rows"), "wrong_rows", numeric=True),
        Column(_("Imported"), "imported", numeric=True),
        Column(_("Branch"), "branch"),
        Column(_("Uploaded by"), lambda row: who(row.uploaded_by)),
        Column(_("Uploaded at"), "uploaded_at"),
    )
    filters = (Choice("status", _("State"), UploadStatus.choices),)

    def get_urls(self) -> list[URLPattern]:
        guard = self.site.guard
        return [
            path("template/xlsx/", guard(self.template_xlsx, "data_import.C"), name="imports_upload_template_xlsx"),
            path("template/csv/", guard(self.template_csv, "data_import.C"), name="imports_upload_template_csv"),
            path("<int:pk>/progress/", guard(self.progress, self.read), name="imports_upload_progress"),
            *super().get_urls(),
        ]

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.uploads_visible_to(request.user)

    def reached(self, request: StaffRequest, permission: str) -> QuerySet:
        return selectors.uploads_reached_by(request.user, permission)

    # -- files to take home ---------------------------------------------------------------------------------------

    def template_xlsx(self, request: StaffRequest) -> HttpResponse:
        return self._template(request, FileKind.XLSX)

    def template_csv(self, request: StaffRequest) -> HttpResponse:
        return self._template(request, FileKind.CSV)

    def _template(self, request: StaffRequest, kind: FileKind) -> HttpResponse:
        known = read_references(request.user.branch.path)
        products = [versions[-1].terms for _code, versions in sorted(known.products.items())]
        content = template.template(kind, products=products, branches=list(known.branches))
        return attachment(content, TYPES[kind], f"policyops-import-template.{kind}")

    # -- the page of one upload -----------------------------------------------------------------------------------

    def progress(self, request: StaffRequest, pk: int) -> HttpResponse:
        """The live part alone, for the page that asks every few seconds."""
        context = {"upload": self.object_of(request, pk)}
        return TemplateResponse(request, "staff/imports/progress.html", context)

    def badges(self, obj: Upload) -> Sequence[str]:
        return [state(obj)]

    def highlights(self, request: StaffRequest, obj: Upload) -> Sequence[Fact]:
        return [
            Fact(_("Rows"), obj.rows),
            Fact(_("Wrong rows"), obj.wrong_rows, _("{n} cells").format(n=obj.wrong_cells) if obj.wrong_cells else ""),
            Fact(_("Here already"), obj.known),
            Fact(_("Imported"), obj.imported, obj.get_mode_display()),
            Fact(_("Cut-over"), day(obj.cutover_on)),
            Fact(_("Mapping"), obj.mapping),
            Fact(_("Uploaded by"), who(obj.uploaded_by), obj.branch.name),
        ]

    def stages(self, obj: Upload) -> Sequence[Stage]:
        if obj.status == S.CANCELLED:
            return [Stage(PATH[0], "done"), Stage(obj.get_status_display(), "off")]
        here = PLACES[S(obj.status)]
        return [Stage(label, "done" if i < here else "now" if i == here else "ahead") for i, label in enumerate(PATH)]

    def overview(self, request: StaffRequest, obj: Upload) -> Sequence[Section]:
        notes = [Note(text, tone) for text, tone in _notes(obj)]
        groups = selectors.fault_groups(obj)
        faults = [_faults(obj, groups, request)] if groups else []
        came = [_came_in(request, obj.batch_id)] if obj.batch_id else []
        return [*notes, *faults, *came]


def _notes(obj: Upload) -> Sequence[tuple[Any, str]]:
    """One sentence on what to do next."""
    fresh = obj.rows - obj.known
    sentences: dict[str, tuple[Any, str]] = {
        S.UPLOADED: (
            _("The columns of this file are not known yet. Map them once; the next file needs no mapping."),
            "warn",
        ),
        S.MAPPED: (_("The columns are known. Have the rows checked; nothing is imported by that."), "plain"),
        S.CHECKED: (
            _("No cell is wrong: {n} policies will come in, {known} are here already.").format(
                n=fresh, known=obj.known
            ),
            "good",
        ),
        S.FAULTY: (
            _("Correct the cells in place, or take the wrong rows home and upload them again; or import row by row."),
            "warn",
        ),
        S.FAILED: (_("It was broken off: {error}. Check it again.").format(error=obj.error), "bad"),
        S.DONE: (
            _("{n} policies came in, {known} were here already, {wrong} rows were left out.").format(
                n=obj.imported, known=obj.known, wrong=obj.wrong_rows
            ),
            "good" if not obj.wrong_rows else "warn",
        ),
    }
    found = [sentences[obj.status]] if obj.status in sentences else []
    if obj.purged_at:
        found.append((Refusal("import_content_gone", {"day": day(obj.purged_at.date())}), "plain"))
    return found


def _faults(obj: Upload, groups: Sequence[Group], request: StaffRequest) -> Table:
    """The wrong cells by column and kind, the most frequent first; each leads to the cells themselves."""
    may_correct = request.user.has_perm("data_import.C") and obj.status not in (*AT_WORK, S.DONE, S.CANCELLED)
    address = reverse("admin:imports_upload_correct", args=[obj.pk])

    def column(group: Group) -> Any:
        name = group.column or _("Whole row")
        query = urlencode({"column": group.column, "code": group.code})
        return format_html('<a href="{}?{}">{}</a>', address, query, name) if may_correct else name

    columns = (
        Column(_("Column"), column),
        Column(_("What is wrong"), lambda group: group.sentence),
        Column(_("Cells"), "cells", numeric=True),
        Column(_("First row"), "first_row", numeric=True),
    )
    return Table(columns, groups, _("Wrong cells"))


def _came_in(request: StaffRequest, batch_id: int) -> Table:
    """The first policies that came in, as far as the person may see them."""
    seen = policies.visible_to(request.user).filter(pk__in=selectors.imported_policies(batch_id, MOST_SHOWN))
    columns = (
        Column(_("Policy"), lambda policy: link(policy)),
        Column(_("State"), "get_status_display"),
        Column(_("Effective on"), "effective_on"),
        Column(_("Paid to"), "paid_to"),
    )
    return Table(columns, seen.order_by("pk"), _("Policies of this import"))
