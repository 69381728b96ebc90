"""The sentences of this app's refusals; those of any file that comes in are the core's (``core.files``)."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import explain

explain(
    document_broken=_("The file cannot be read through to its end. Photograph or scan the paper again."),
    document_too_many_pixels=_("The picture has more than {megapixels} million pixels. Take it at a lower resolution."),
    document_too_many_pages=_("The file has more than {pages} pages. Divide it."),
    document_without_pages=_("The file has no pages."),
    document_locked=_("The PDF is locked or encrypted. Print it to a new PDF without a password."),
    document_active=_("The PDF holds a program or a form that acts by itself. Print it to a new PDF."),
    document_embeds=_("The PDF holds other files, sound or film. Print it to a new PDF."),
    document_unfolds=_("The PDF unfolds to far more than its size. Scan the paper again."),
    document_quota_full=_("More than {megabytes} MB were handed in for this case. Remove pages nobody asked for."),
    document_kind_ours=_("Papers of this kind are written by the system, not handed in."),
    document_number_taken=_("A document with the number {number} was written already."),
    document_glyph_missing=_("The printing font has no sign for {characters}. Have the font extended first."),
    document_not_available=_("The document cannot be handed out: {state}."),
    document_link_over=_("This link is no longer good. Download the document again from its page."),
)
