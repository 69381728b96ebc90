"""The door for receipts 回执接口: providers push here what became of messages (P10).

``POST /receipts/{channel}``, signed as Standard Webhooks has it with a secret of that channel (``RECEIPT_SECRETS``).
The body is ``{"receipts": [{"id", "status", "at", "reason", "permanent"}]}``, at most a thousand; for e-mail it may be
a bounce as it came, ``message/rfc822``. The answer counts what was noted, what is about no message of ours, and what
could not be read. Receipts may come late, doubled and in any order: a push that is repeated changes nothing.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.core import clock, signing
from apps.operations.selectors import job_context

from . import bounces, services
from .channels.base import Receipt
from .states import ChannelKind, MessageStatus

MOST_RECEIPTS = 1000
LONGEST_REASON = 200
OLDEST = timedelta(days=30)
KNOWN = {status.value: status for status in (MessageStatus.ACCEPTED, MessageStatus.DELIVERED, MessageStatus.FAILED)}
SPEAKING = frozenset({ChannelKind.SMS, ChannelKind.EMAIL, ChannelKind.WEBHOOK})

Read = tuple[UUID, Receipt]


class Unreadable(ValueError):
    """The body is no list of receipts."""


@csrf_exempt
@require_POST
def receipts(request: HttpRequest, channel: str) -> JsonResponse:
    """Take what a provider pushes; 401 for a stranger, 400 for what cannot be read, 413 for too much at once."""
    now = clock.now()
    try:
        body = request.body
        signing.verify(secrets_of(channel), request.headers, body, now)
        read, malformed = _read(request.content_type or "", channel, body, now)
    except RequestDataTooBig:
        return _no(413, "too_large")
    except signing.SignatureRefused:
        return _no(401, "not_signed")
    except Unreadable:
        return _no(400, "unreadable")
    ctx = job_context("receipts")
    count = services.note_receipts(ctx, ChannelKind(channel), read, day=now.astimezone(clock.OFFICE_ZONE).date())
    return JsonResponse({"noted": count.noted, "unknown": count.unknown, "malformed": malformed})


def secrets_of(channel: str) -> list[str]:
    """The secrets with which this channel's provider signs; none for a channel that nobody speaks for."""
    pairs = (entry.partition("=") for entry in settings.RECEIPT_SECRETS)
    return [secret for name, _, secret in pairs if name == channel and name in SPEAKING]


def _read(content_type: str, channel: str, body: bytes, now: datetime) -> tuple[list[Read], int]:
    """What can be read, and how many entries cannot."""
    if content_type == "message/rfc822" and channel == ChannelKind.EMAIL:
        found = bounces.read(body, now=now)
        return found, int(not found)
    entries = _entries(body)
    read = list(_each(entries, now))
    return read, len(entries) - len(read)


def _entries(body: bytes) -> list[Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable from error
    entries = said.get("receipts") if isinstance(said, dict) else None
    if not isinstance(entries, list) or len(entries) > MOST_RECEIPTS:
        raise Unreadable
    return entries


def _each(entries: list[Any], now: datetime) -> Iterator[Read]:
    for entry in entries:
        try:
            at = datetime.fromisoformat(entry["at"])
            if not now - OLDEST <= at:
                continue
            permanent = entry.get("permanent") is True
            moment = min(at, now).astimezone(UTC)
            yield UUID(entry["id"]), Receipt(KNOWN[entry["status"]], moment, _text(entry.get("reason", "")), permanent)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            continue


def _text(said: Any) -> str:
    """What the database can keep of a provider's words: JSON may hold halves of characters, and zeros."""
    return str(said)[:LONGEST_REASON].replace("\x00", "").encode(errors="replace").decode()


def _no(status: int, code: str) -> JsonResponse:
    problem = {"type": "about:blank", "status": status, "code": code}
    return JsonResponse(problem, status=status, content_type="application/problem+json")
