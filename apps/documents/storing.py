"""The bytes of a document, sealed in parts, so that a change of keys holds few of them at a time (P57)."""

import uuid
from base64 import b64decode, b64encode

from apps.parties import vault

from .models import Document, DocumentPart

PART = 128 * 1024


def keep(document: Document, content: bytes) -> None:
    """Seal the bytes, a part at a time."""
    parts = [content[start : start + PART] for start in range(0, len(content), PART)]
    DocumentPart.objects.bulk_create(_part(document, position, part) for position, part in enumerate(parts))


def _part(document: Document, position: int, part: bytes) -> DocumentPart:
    public_id = uuid.uuid4()
    content = vault.seal(DocumentPart, "content", public_id, b64encode(part).decode())
    return DocumentPart(public_id=public_id, document=document, position=position, content=content)


def content_of(document: Document) -> bytes:
    """The bytes as they were kept; empty once they were removed."""
    parts = DocumentPart.objects.filter(document=document).order_by("position").iterator(chunk_size=4)
    return b"".join(
        b64decode(vault.open_sealed(DocumentPart, "content", part.public_id, part.content)) for part in parts
    )


def filename_of(document: Document) -> str:
    """What it is called; people write names of customers there, so it lies sealed."""
    return vault.open_sealed(Document, "filename", document.public_id, document.filename)
