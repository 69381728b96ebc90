"""The list of documents, which shows what waits in quarantine, their pages, and the way to the file (P63, P64)."""

from collections.abc import Sequence

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.admin import (
    SIGNED_IN,
    Between,
    Choice,
    Column,
    Fact,
    Facts,
    Figure,
    Link,
    Note,
    StaffAdmin,
    StaffRequest,
    brief,
    figure,
    link,
    who,
)
from apps.core.admin.handing import attachment
from apps.core.admin.pages import Section
from apps.core.errors import NotFound, Refusal
from apps.documents import links, selectors, services, storing
from apps.documents.models import Document
from apps.documents.states import DocumentKind, DocumentStatus, Origin

from . import columns

S = DocumentStatus
SAID = {
    S.QUARANTINED: _("The virus scanner has not seen this paper yet. It can be downloaded as soon as it has."),
    S.REFUSED: _("The virus scanner found something harmful. The content was removed; ask for the paper again."),
}


@admin.register(Document)
class DocumentAdmin(StaffAdmin):
    read = selectors.READ
    related = ("policy",)
    search_hint = _("Policy number or file number")
    columns = (
        columns.KIND,
        Column(_("Policy"), lambda row: link(row.policy)),
        *columns.COLUMNS,
    )
    filters = (
        Choice("status", _("State"), S.choices),
        Choice("kind", _("Kind of paper"), DocumentKind.choices),
        Choice("origin", _("Origin"), Origin.choices),
        Between("filed", _("Filed on"), lookup="filed_on"),
    )

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.visible_to(request.user)

    def reached(self, request: StaffRequest, permission: str) -> QuerySet:
        return selectors.reached_by(request.user, permission)

    def search(self, request: StaffRequest, rows: QuerySet, text: str) -> QuerySet:
        numbered = rows.filter(number=text.upper())
        return numbered if numbered.exists() else rows.filter(policy__number=text.upper())

    def get_urls(self) -> list[URLPattern]:
        opening = self.site.guard(self.open_view, self.read)
        handing = self.site.guard(self.file_view, SIGNED_IN)
        return [
            path("<int:pk>/open/", opening, name="documents_document_open"),
            path("file/<str:signed>/", handing, name="documents_document_file"),
            *super().get_urls(),
        ]

    def open_view(self, request: StaffRequest, pk: int) -> HttpResponse:
        """A link for this person and this minute, and at once to it."""
        document = self.object_of(request, pk)
        assert isinstance(document, Document)
        return HttpResponseRedirect(links.link_to(request.user, document))

    def file_view(self, request: StaffRequest, signed: str) -> HttpResponse:
        """The file itself. The link alone opens nothing: who comes with it is asked again what he may read."""
        ctx = self.site.context_of(request)
        self.site.require(request, self.read)
        public_id = links.redeem(ctx, request.user, signed)
        document = self.rows(request).filter(public_id=public_id).first()
        if document is None:
            raise NotFound(Refusal("not_found"))
        content = services.hand_out(ctx, document)
        return attachment(content, document.media_type, storing.filename_of(document))

    def badges(self, obj: Document) -> Sequence[str]:
        return [columns.state(obj)]

    def highlights(self, request: StaffRequest, obj: Document) -> Sequence[Fact]:
        return [
            Fact(_("Policy"), link(obj.policy)),
            Fact(_("Kind of paper"), obj.get_kind_display(), obj.number),
            Fact(_("Origin"), obj.get_origin_display()),
            Fact(_("Filed by"), who(obj.filed_by), brief(timezone.localtime(obj.filed_at))),
            Fact(_("Filed on"), obj.filed_on),
            Fact(_("Format"), obj.get_media_type_display(), columns.size(obj)),
        ]

    def overview(self, request: StaffRequest, obj: Document) -> Sequence[Section]:
        said: list[Section] = [Note(SAID[S(obj.status)], "warn")] if obj.status in SAID else []
        if obj.status == S.RELEASED:
            said = [Link(_("Download the file"), columns.opening(obj))]
        found = [Fact(_("What the scanner found"), obj.found)] if obj.found else []
        facts = [
            Fact(_("Examined at"), obj.examined_at),
            *found,
            Fact(_("Digest (SHA-256)"), obj.sha256),
            Fact(_("Digest of the original"), obj.original_sha256),
            Fact(_("Template"), obj.template),
        ]
        return [*said, Facts(facts, _("File"))]


@figure(_("Papers"), permission=selectors.READ, order=85)
def quarantine(request: StaffRequest) -> Sequence[Figure]:
    count = selectors.in_quarantine(request.user)
    address = f"/admin/documents/document/?status={S.QUARANTINED}"
    return [Figure(_("in quarantine"), count, address, "warn" if count else "plain")]
