"""Documents 文件: taken in and remade, examined, written from templates, handed out; sealed in between (P61-P64)."""

import uuid
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django.db import transaction

from apps.audit import services as audit
from apps.audit.events import EventType
from apps.audit.states import AccessKind
from apps.core import clock, scanner
from apps.core.context import Context
from apps.core.errors import Conflict, Refusal, refuse
from apps.core.files import MEGABYTE
from apps.core.locks import wait_for
from apps.parties import vault

from . import events, selectors, storing, typesetting
from .intake import take_in
from .models import Document
from .states import WRITTEN_BY_US, DocumentKind, DocumentStatus, MediaType, Origin

QUOTA = 200 * MEGABYTE


def upload(
    ctx: Context,
    *,
    filename: str,
    content: bytes,
    kind: str,
    policy_id: int | None,
    subject_type: str = "",
    subject_id: int | None = None,
) -> Document:
    """收件: keep a paper handed in, remade and sealed. It is in quarantine until the scanner has seen it.

    ``kind`` is the material's code (``states.DocumentKind``). Refuses what ``intake.take_in`` refuses, kinds that only
    we write, and more than 200 MB for one subject; nothing is kept then. Where no scanner is set up, it is released at
    once.
    """
    if kind in WRITTEN_BY_US:
        raise refuse("document_kind_ours")
    taken = take_in(filename, content)
    with transaction.atomic():
        _check_quota(policy_id, subject_type, subject_id, len(taken.content))
        document = _filed(
            ctx,
            taken.filename,
            taken.content,
            kind=DocumentKind(kind),
            origin=Origin.UPLOADED,
            policy_id=policy_id,
            subject_type=subject_type,
            subject_id=subject_id,
            media_type=taken.media_type,
            original_sha256=taken.original_sha256,
        )
        _tell(ctx, events.RECEIVED, document, size=document.size, sha256=document.sha256)
        if not scanner.is_set_up():
            document.release()
            _moved(ctx, events.RELEASED, document)
    return document


def _check_quota(policy_id: int | None, subject_type: str, subject_id: int | None, size: int) -> None:
    wait_for(f"documents of {subject_type or 'policy'} {subject_id or policy_id}")
    if selectors.size_of_subject(policy_id, subject_type, subject_id) + size > QUOTA:
        raise refuse("document_quota_full", megabytes=QUOTA // MEGABYTE)


def render(
    ctx: Context,
    *,
    template: str,
    values: Mapping[str, Any],
    kind: str,
    policy_id: int | None,
    number: str,
    subject_type: str = "",
    subject_id: int | None = None,
) -> Document:
    """制单: write a numbered document from a template ("endorsement_slip.1") and file it; it is available at once.

    ``values`` are plain values (``slips.SlipValues`` says which a slip needs). The same values give the same bytes.
    Refuses a number used before, and characters the font has no sign for.
    """
    with transaction.atomic():
        wait_for(f"document {number}")
        if Document.objects.filter(number=number).exists():
            raise Conflict(Refusal("document_number_taken", {"number": number}))
        document = _filed(
            ctx,
            f"{number}.pdf",
            typesetting.typeset(template, values),
            status=DocumentStatus.RELEASED,
            kind=DocumentKind(kind),
            origin=Origin.RENDERED,
            policy_id=policy_id,
            subject_type=subject_type,
            subject_id=subject_id,
            number=number,
            template=template,
            media_type=MediaType.PDF,
        )
        _tell(ctx, events.RENDERED, document, number=number, template=template, sha256=document.sha256)
    return document


def _filed(ctx: Context, filename: str, content: bytes, **facts: Any) -> Document:
    public_id = uuid.uuid4()
    document = Document(
        public_id=public_id,
        filename=vault.seal(Document, "filename", public_id, filename),
        size=len(content),
        sha256=sha256(content).hexdigest(),
        filed_by=ctx.actor,
        filed_on=ctx.business_date,
        **facts,
    )
    document.save(force_insert=True)
    storing.keep(document, content)
    return document


def examine(ctx: Context, document_id: int) -> None:
    """查毒: have the scanner see a paper in quarantine, and release it or remove its content (P63).

    Lets ``ScannerAway`` through: the paper then stays where it is, and is tried again.
    """
    document = Document.objects.filter(pk=document_id, status=DocumentStatus.QUARANTINED).first()
    if document is None:
        return
    found = scanner.scan(storing.content_of(document))
    with transaction.atomic():
        document = Document.objects.select_for_update(no_key=True).get(pk=document_id)
        if document.status != DocumentStatus.QUARANTINED:
            return
        if found:
            document.refuse(found[:200], clock.now())
            document.parts.all().delete()
            _moved(ctx, events.REFUSED, document, found=document.found)
        else:
            document.release(clock.now())
            _moved(ctx, events.RELEASED, document)


def hand_out(ctx: Context, document: Document) -> bytes:
    """调阅: the bytes of a document, for somebody who may see it; each time leaves its trace (P36).

    Refuses what the scanner has not released.
    """
    if document.status != DocumentStatus.RELEASED:
        raise Conflict(Refusal("document_not_available", {"state": document.get_status_display()}))
    content = storing.content_of(document)
    audit.note_access(
        ctx,
        AccessKind.EXPORTED,
        selectors.READ,
        object_type=events.DOCUMENT,
        object_id=document.pk,
        document=document.kind,
        sha256=document.sha256,
    )
    return content


def _moved(ctx: Context, event: EventType, document: Document, **payload: Any) -> None:
    document.save(update_fields=["status", "examined_at", "found"])
    _tell(ctx, event, document, **payload)


def _tell(ctx: Context, event: EventType, document: Document, **payload: Any) -> None:
    audit.record(ctx, event, document.pk, policy_id=document.policy_id, kind=document.kind, **payload)
