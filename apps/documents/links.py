"""Links to documents 文件链接: good for one person, one document, one minute and one use (P64)."""

import secrets
from datetime import timedelta
from uuid import UUID

from django.core import signing
from django.urls import reverse

from apps.accounts import permissions
from apps.accounts.models import User
from apps.core import idempotency
from apps.core.context import Context
from apps.core.errors import NotPermitted, Refusal

from .models import Document
from .selectors import READ

PURPOSE = "documents.link"
GOOD_FOR = timedelta(seconds=60)


def link_to(user: User, document: Document) -> str:
    """The address under which this person may take this document within the next minute."""
    signed = signing.dumps([user.pk, document.public_id.hex, secrets.token_hex(8)], salt=PURPOSE)
    return reverse("admin:documents_document_file", args=[signed])


def redeem(ctx: Context, user: User, signed: str) -> UUID:
    """The document a link is for. Not permitted, with a trace, when it is another's, over, altered or used before."""
    try:
        owner, document, nonce = signing.loads(signed, salt=PURPOSE, max_age=GOOD_FOR)
    except signing.BadSignature:
        raise _denied(ctx) from None
    if owner != user.pk or not idempotency.first_time(PURPOSE, nonce, GOOD_FOR):
        raise _denied(ctx)
    return UUID(document)


def _denied(ctx: Context) -> NotPermitted:
    return permissions.denied(ctx, READ, Refusal("document_link_over"))
