"""The bytes of a document, sealed in parts, so that a change of keys holds few of them at a time (P57)."""

import uuid
from base64 import b64decode, b64encode
from hashlib import sha256

from apps.core.crypto import DecryptionFailed
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
    """The bytes as they were kept; ``DecryptionFailed`` if a part was altered, is missing or out of its place."""
    parts = DocumentPart.objects.filter(document=document).order_by("position").iterator(chunk_size=4)
    content = b"".join(
        b64decode(vault.open_sealed(DocumentPart, "content", part.public_id, part.content)) for part in parts
    )
    if sha256(content).hexdigest() != document.sha256:
        raise DecryptionFailed(f"The parts of document {document.pk} are not those that were kept.")
    return content


def filename_of(document: Document) -> str:
    """What it is called; people write names of customers there, so it lies sealed."""
    return vault.open_sealed(Document, "filename", document.public_id, document.filename)
