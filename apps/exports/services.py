"""Exports 导出: asked for with a purpose, approved above one's limit, written by a worker, gone after a day (P65)."""

import uuid
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import QueryDict
from django.utils import translation
from django.utils.translation import get_language

from apps.accounts import permissions, separation
from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.events import EventType
from apps.audit.states import AccessKind
from apps.core import clock
from apps.core.context import Context
from apps.core.errors import Conflict, NotFound, Refusal, refuse, stated
from apps.core.failure import describe
from apps.core.numbering import next_number
from apps.core.statemachine import sources
from apps.parties import vault

from . import events, selectors, writing
from .models import Export
from .rules import Way, way
from .selectors import APPROVE, TAKE, Viewer
from .states import ExportFormat, ExportPurpose, ExportStatus


@transaction.atomic
def request_export(
    ctx: Context,
    user: User,
    *,
    page: str,
    query: str = "",
    columns: Sequence[str] = (),
    purpose: ExportPurpose,
    note: str,
    format: ExportFormat = ExportFormat.XLSX,
) -> Export:
    """申请导出: take out a list as ``user`` sees it, narrowed by ``query``, masked.

    Written at once by a worker up to the person's own limit of rows; above it another person approves first, and above
    ``EXPORT_MOST_ROWS`` it is refused. Refuses a list one may not read, unknown columns and a list without rows.
    """
    found = selectors.page_named(page)
    listing = selectors.listing(Viewer(user, ctx, QueryDict(query)), found)
    selectors.chosen_columns(found, columns)
    own_limit = permissions.most_rows(user, TAKE)
    rows = listing.count_up_to(settings.EXPORT_MOST_ROWS + 1)
    decided = way(rows, own_limit, settings.EXPORT_MOST_ROWS)
    if decided is Way.NOTHING:
        raise refuse("export_nothing")
    if decided is Way.TOO_MANY:
        raise refuse("export_too_large", most=settings.EXPORT_MOST_ROWS)
    public_id = uuid.uuid4()
    export = Export(
        public_id=public_id,
        number=next_number("X", ctx.business_date, "exports_export_number"),
        status=ExportStatus.QUEUED if decided is Way.AT_ONCE else ExportStatus.AWAITING,
        page=page,
        title=str(found.title),
        query=vault.seal(Export, "query", public_id, query) if query else "",
        columns=list(columns),
        language=get_language() or settings.LANGUAGE_CODE,
        format=ExportFormat(format),
        purpose=ExportPurpose(purpose),
        note=stated(note),
        branch_id=user.branch_id,
        most=own_limit or settings.EXPORT_MOST_ROWS if decided is Way.AT_ONCE else rows,
        requested_by=ctx.actor,
        requested_person=ctx.person,
    )
    export.save(force_insert=True)
    _tell(ctx, events.REQUESTED, export, reason=f"{export.purpose}: {export.note}", page=page, rows=rows)
    return export


@transaction.atomic
def approve_export(ctx: Context, export_id: int) -> Export:
    """复核导出: another person agrees to a list above the requester's limit; a worker writes it."""
    export = _lock(export_id, ExportStatus.QUEUED)
    if refusal := separation.barred(ctx, export.requested_person, export.requested_by):
        raise permissions.denied(ctx, APPROVE, refusal, object_type=events.EXPORT, object_id=export.pk)
    export.approve(ctx.actor, ctx.person)
    export.save()
    _tell(ctx, events.APPROVED, export)
    return export


@transaction.atomic
def reject_export(ctx: Context, export_id: int, reason: str) -> Export:
    """驳回导出. Needs a reason."""
    export = _lock(export_id, ExportStatus.REJECTED)
    export.reject()
    export.save()
    _tell(ctx, events.REJECTED, export, reason=stated(reason))
    return export


@transaction.atomic
def write_export(ctx: Context, export_id: int) -> Export | None:
    """Write the file as the requester may see the list now; None if there is nothing to write, or others are at it."""
    waiting = Export.objects.select_for_update(skip_locked=True, no_key=True)
    export = waiting.filter(pk=export_id, status=ExportStatus.QUEUED).first()
    if export is None:
        return None
    try:
        with transaction.atomic(), translation.override(export.language):
            content, rows = _content(ctx, export)
    except Exception as error:  # what could not be written once would break off every worker that tries again
        export.fail(describe(error))
        export.save()
        _tell(ctx, events.FAILED, export)
        return export
    export.finish(
        vault.seal(Export, "content", export.public_id, b64encode(content).decode()),
        rows=rows,
        size=len(content),
        expires_at=clock.now() + timedelta(hours=settings.EXPORT_HOURS),
    )
    export.save()
    _tell(ctx, events.FINISHED, export, rows=rows)
    return export


def _content(ctx: Context, export: Export) -> tuple[bytes, int]:
    user = User.objects.get(username=export.requested_by.removeprefix("user:"))
    permissions.require(ctx, user, TAKE)
    page = selectors.page_named(export.page)
    query = vault.open_sealed(Export, "query", export.public_id, export.query) if export.query else ""
    listing = selectors.listing(Viewer(user, ctx, QueryDict(query)), page)
    objects = listing.first_rows(export.most)
    return writing.write(export, selectors.chosen_columns(page, export.columns), objects), len(objects)


@transaction.atomic
def take_export(ctx: Context, export_id: int) -> tuple[Export, bytes]:
    """下载: the file, for the person who asked for it; each time leaves its trace (P36). Refuses after its time."""
    export = Export.objects.select_for_update(no_key=True).filter(pk=export_id, requested_by=ctx.actor).first()
    if export is None:
        raise NotFound(Refusal("not_found"))
    if export.status != ExportStatus.READY or export.expires_at is None or export.expires_at <= clock.now():
        raise Conflict(Refusal("export_not_ready", {"state": export.get_status_display()}))
    export.downloads += 1
    export.save(update_fields=["downloads"])
    audit.note_access(
        ctx,
        AccessKind.EXPORTED,
        TAKE,
        object_type=events.EXPORT,
        object_id=export.pk,
        purpose=f"{export.purpose}: {export.note}",
        page=export.page,
        rows=export.rows,
    )
    return export, b64decode(vault.open_sealed(Export, "content", export.public_id, export.content))


@transaction.atomic
def expire_exports(ctx: Context) -> int:
    """到期清除: remove the content of exports whose time is over; returns how many."""
    over = list(selectors.outlived().select_for_update(skip_locked=True, no_key=True))
    for export in over:
        export.expire()
        export.save()
        _tell(ctx, events.EXPIRED, export)
    return len(over)


def _lock(export_id: int, target: ExportStatus) -> Export:
    export = Export.objects.select_for_update(no_key=True).filter(pk=export_id).first()
    if export is None:
        raise NotFound(Refusal("not_found"))
    if export.status not in sources(Export, target):
        raise Conflict(Refusal("illegal_transition", {"state": export.get_status_display()}))
    return export


def _tell(ctx: Context, event: EventType, export: Export, *, reason: str = "", **payload: Any) -> None:
    audit.record(ctx, event, export.pk, reason=reason, number=export.number, **payload)
