"""What happens to documents. No event names the file: people write names of customers into those."""

from django.utils.translation import gettext_lazy as _

from apps.audit.events import declare

from .states import DocumentKind

DOCUMENT = "documents.document"
KINDS = {"kind": DocumentKind}

RECEIVED = declare("document.received", DOCUMENT, _("A paper was handed in: {kind}."), codes=KINDS)
RELEASED = declare("document.released", DOCUMENT, _("A paper left quarantine: {kind}."), codes=KINDS)
REFUSED = declare(
    "document.refused", DOCUMENT, _("A paper was harmful and was removed: {kind} ({found})."), codes=KINDS
)
RENDERED = declare("document.rendered", DOCUMENT, _("{kind} {number} was written."), codes=KINDS)
