"""How documents look in tables."""

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Column, badge, link, who
from apps.documents.models import Document
from apps.documents.states import DocumentStatus as S

TONES = {S.RELEASED: "good", S.QUARANTINED: "busy", S.REFUSED: "bad"}


def state(document: Document) -> str:
    return badge(document.get_status_display(), TONES[S(document.status)])


def size(document: Document) -> str:
    return filesizeformat(document.size)


def opening(document: Document) -> str:
    """The address that hands the document out."""
    return reverse("admin:documents_document_open", args=[document.pk])


def to_open(document: Document) -> SafeString | str:
    """The way to the file; nothing while it is in quarantine."""
    if document.status != S.RELEASED:
        return ""
    label = _now("Download {document}").format(document=document)
    return format_html('<a href="{}" aria-label="{}">{}</a>', opening(document), label, _now("Download"))


KIND = Column(_("Kind of paper"), "get_kind_display")
COLUMNS = (
    Column(_("File number"), "number"),
    Column(_("State"), state),
    Column(_("Filed on"), "filed_on"),
    Column(_("Filed by"), lambda row: who(row.filed_by)),
    Column(_("Format"), "get_media_type_display"),
    Column(_("Size"), size, numeric=True),
)
LINK = Column(_("Kind of paper"), lambda row: link(row, row.get_kind_display()))
BESIDE_CARDS = (
    LINK,
    Column(_("File"), to_open),
    Column(_("State"), state),
    Column(_("File number"), "number"),
    Column(_("Filed on"), "filed_on"),
    Column(_("Filed by"), lambda row: who(row.filed_by)),
)
"""What fits beside the cards of a page."""
