"""Standard Webhooks signatures 签名, for what we push to others and what providers push to us (P71).

Signed is ``{id}.{timestamp}.{body}`` with HMAC-SHA256. A secret reads ``whsec_`` and then 24 to 64 random bytes in
base64. Two secrets are valid while one replaces the other: each signs, any one verifies.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
TOLERANCE = timedelta(minutes=5)
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
LONGEST_HEADER = 2000


class SignatureRefused(ValueError):
    """What was pushed is not signed by anybody we know, or not just now; says which, never with what."""


def key_of(secret: str) -> bytes:
    """The key a secret stands for. Refuses one that is no base64, or too short to keep anything."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a signing secret is written in base64") from error
    if not SHORTEST <= len(key) <= LONGEST:
        raise ValueError(f"a signing secret has {SHORTEST} to {LONGEST} bytes")
    return key


def sign(secrets: Sequence[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers that make a body ours."""
    timestamp = str(int(at.timestamp()))
    signatures = " ".join(f"v1,{_digest(secret, message_id, timestamp, body)}" for secret in secrets)
    return {ID: message_id, TIMESTAMP: timestamp, SIGNATURE: signatures}


def verify(secrets: Iterable[str], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The id of a body that is signed with one of the secrets within five minutes of ``now``; else refused."""
    message_id, timestamp, signatures = (headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not (message_id and timestamp and signatures) or len(message_id) + len(signatures) > LONGEST_HEADER:
        raise SignatureRefused("not signed")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= len("9999999999")):
        raise SignatureRefused("no time")
    if abs(int(timestamp) - now.timestamp()) > TOLERANCE.total_seconds():
        raise SignatureRefused("too old or too early")
    given = [one.removeprefix("v1,").encode() for one in signatures.split(" ") if one.startswith("v1,")]
    known = [_digest(secret, message_id, timestamp, body).encode() for secret in secrets]
    matches = [hmac.compare_digest(ours, theirs) for ours in known for theirs in given]
    if not any(matches):
        raise SignatureRefused("signed by a stranger")
    return message_id


def _digest(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    content = b".".join((message_id.encode(), timestamp.encode(), body))
    return base64.b64encode(hmac.digest(key_of(secret), content, "sha256")).decode()
