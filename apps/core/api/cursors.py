"""Cursors 游标: where the next page begins, sealed, so that it tells nothing, is not forged, and fits one query.

The query (path, filters, order, caller) is the authenticated part: with another one a cursor does not open.
"""

import hashlib
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from apps.core import clock

from .problems import Problem

VALID_SECONDS = 24 * 3600
NONCE_BYTES = 12


def seal(query: str, position: list[Any]) -> str:
    """The cursor of a place in a query: the order's values of the last row shown."""
    nonce = os.urandom(NONCE_BYTES)
    inside = orjson.dumps([int(clock.now().timestamp()), position], default=str)
    return urlsafe_b64encode(nonce + _cipher().encrypt(nonce, inside, query.encode())).decode().rstrip("=")


def opened(query: str, cursor: str) -> list[Any]:
    """The place a cursor names; refuses another query's (``invalid_cursor``) and yesterday's (``cursor_expired``)."""
    try:
        sealed = urlsafe_b64decode(cursor.encode("ascii") + b"===")
        inside = _cipher().decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], query.encode())
    except (InvalidTag, ValueError):
        raise Problem("invalid_cursor") from None
    written_at, position = orjson.loads(inside)
    if clock.now().timestamp() - written_at > VALID_SECONDS:
        raise Problem("cursor_expired")
    return list(position)


@cache
def _cipher() -> AESGCM:
    return AESGCM(hashlib.sha256(f"api.cursor:{settings.SECRET_KEY}".encode()).digest())
