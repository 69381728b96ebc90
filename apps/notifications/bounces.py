"""Reading a bounce 退信: a delivery status notification of a mail server (RFC 3464), written by strangers.

Nothing in it is believed but a status code and our own key, which only who got the letter knows: our Message-ID in the
part it returns. Whatever cannot be read is no bounce; nothing here raises for what a mail may hold.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message as Mail
from email.utils import parsedate_to_datetime
from uuid import UUID

from .channels.base import Receipt
from .states import MessageStatus

MOST_BYTES = 1024 * 1024
MOST_PARTS = 50
OURS = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[\w.-]{1,255}>")
STATUS = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})")
ACTIONS = {"failed": MessageStatus.FAILED, "delivered": MessageStatus.DELIVERED}
BAD_ADDRESS = re.compile(r"5\.1\.|5\.2\.1\b|5\.4\.4\b")
OLDEST = timedelta(days=30)


def read(raw: bytes, *, now: datetime) -> list[tuple[UUID, Receipt]]:
    """What a mail says about letters of ours: failed or delivered, with the status code; nothing if it is no bounce."""
    if len(raw) > MOST_BYTES:
        return []
    try:
        return list(_receipts(message_from_bytes(raw), now))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return []


def _receipts(mail: Mail, now: datetime) -> Iterator[tuple[UUID, Receipt]]:
    parts = [part for part, _ in zip(mail.walk(), range(MOST_PARTS), strict=False)]
    key = _our_key(parts)
    if key is None:
        return
    for block in _blocks(parts):
        action = str(block.get("Action", "")).strip().lower()
        code = STATUS.match(str(block.get("Status", "")))
        if action in ACTIONS and code:
            status = code[0].strip()
            bad_address = action == "failed" and bool(BAD_ADDRESS.match(status))
            yield key, Receipt(ACTIONS[action], _moment(mail, now), f"bounce: {status}", bad_address)


def _blocks(parts: list[Mail]) -> Iterator[Mail]:
    """The blocks of fields of the delivery status: the first is about the mail, the others about a recipient each."""
    for part in parts:
        blocks = part.get_payload()
        if part.get_content_type() == "message/delivery-status" and isinstance(blocks, list):
            yield from (block for block in blocks if isinstance(block, Mail))


def _our_key(parts: list[Mail]) -> UUID | None:
    """Our Message-ID, in the letter that came back or in its headers."""
    for part in parts:
        if part.get_content_type() == "text/rfc822-headers":
            headers = part.get_payload(decode=True)
            found = _named(message_from_bytes(headers)) if isinstance(headers, bytes) else None
        else:
            found = _named(part)
        if found:
            return found
    return None


def _named(part: Mail) -> UUID | None:
    match = OURS.search(str(part.get("Message-ID", "")).lower())
    return UUID(match[1]) if match else None


def _moment(mail: Mail, now: datetime) -> datetime:
    """When it was written: the same for a bounce that comes twice. A date that cannot be is today's."""
    try:
        at = parsedate_to_datetime(str(mail.get("Date", "")))
    except (ValueError, TypeError, OverflowError):
        return now
    return at if at.tzinfo and now - OLDEST <= at <= now else now
