"""A repeated request has one effect: the key row commits in the effect's own transaction (P67)."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import OperationalError, connection, transaction

from . import clock
from .errors import Conflict, Refusal
from .failure import LOCK_NOT_AVAILABLE, sqlstate
from .models import IdempotencyKey

KEPT = timedelta(days=30)
KEPT_BRIEFLY = timedelta(hours=24)
PATIENCE = "5s"


@dataclass(frozen=True)
class Kept:
    """An answer as it went out: byte for byte the same for every repeat."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: bool = False


def digest(request: Any) -> str:
    """A fingerprint of what was asked, for telling a repeat from another request under the same key."""
    text = json.dumps(request, sort_keys=True, cls=DjangoJSONEncoder, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def once(client: str, key: str, request: Any, act: Callable[[], Any]) -> Any:
    """Run ``act`` and keep its JSON answer, or return the answer kept before.

    A twin waits on the unique index until the first one commits. Refuses with ``idempotency_key_reused`` when the same
    key comes with another request. When ``act`` raises, nothing is kept and a retry starts afresh.
    """
    asked = digest(request)
    with transaction.atomic():
        if kept := _claim_or_kept(client, key, asked, KEPT):
            return kept.answer
        answer = act()
        IdempotencyKey.objects.filter(client=client, key=key).update(answer=answer)
        return answer


def first_time(client: str, key: str, keep: timedelta) -> bool:
    """Whether this key comes for the first time; it is taken for as long as ``keep``, in this transaction."""
    with transaction.atomic():
        return _claim_or_kept(client, key, digest(None), keep) is None


def kept(client: str, key: str) -> Any:
    """The answer kept under a key; None if there is none, or no longer."""
    return IdempotencyKey.objects.filter(client=client, key=key).values_list("answer", flat=True).first()


def answered_once(client: str, key: str, asked: str, act: Callable[[], Kept], keep: timedelta) -> Kept:
    """The same for a door that must answer byte for byte alike; ``asked`` is the fingerprint of the request.

    A twin that waits longer than some seconds is refused with ``idempotency_in_flight``.
    """
    with transaction.atomic():
        if kept := _claim_or_kept(client, key, asked, keep):
            assert kept.status
            assert kept.body is not None
            return Kept(kept.status, bytes(kept.body), kept.headers or {}, replayed=True)
        answer = act()
        IdempotencyKey.objects.filter(client=client, key=key).update(
            status=answer.status, body=answer.body, headers=dict(answer.headers)
        )
        return answer


def purge() -> int:
    """Forget the keys whose time is over, and say how many."""
    return IdempotencyKey.objects.filter(expires_at__lt=clock.now()).delete()[0]


def _claim_or_kept(client: str, key: str, asked: str, keep: timedelta) -> IdempotencyKey | None:
    """None when the key is ours now; else what was kept under it. A key whose time is over is new again."""
    now = clock.now()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
            cursor.execute(
                """INSERT INTO core_idempotencykey AS kept (client, key, request_digest, created_at, expires_at)
                   VALUES (%s, %s, %s, %s, %s)
                   ON CONFLICT (client, key) DO UPDATE SET request_digest = excluded.request_digest, answer = NULL,
                       status = NULL, body = NULL, headers = NULL,
                       created_at = excluded.created_at, expires_at = excluded.expires_at
                   WHERE kept.expires_at <= excluded.created_at""",
                [client, key, asked, now, now + keep],
            )
            claimed = cursor.rowcount == 1
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    except OperationalError as error:
        if sqlstate(error) == LOCK_NOT_AVAILABLE:
            raise Conflict(Refusal("idempotency_in_flight")) from error
        raise
    if claimed:
        return None
    kept = IdempotencyKey.objects.get(client=client, key=key)
    if kept.request_digest != asked:
        raise Conflict(Refusal("idempotency_key_reused"))
    return kept
