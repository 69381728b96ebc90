"""A repeated request has one effect: the key row commits in the effect's own transaction (P67)."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from . import clock
from .errors import Conflict, Refusal
from .models import IdempotencyKey


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
        if _claim(client, key, asked):
            answer = act()
            IdempotencyKey.objects.filter(client=client, key=key).update(answer=answer)
            return answer
        kept = IdempotencyKey.objects.get(client=client, key=key)
        if kept.request_digest != asked:
            raise Conflict(Refusal("idempotency_key_reused"))
        return kept.answer


def _claim(client: str, key: str, asked: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO core_idempotencykey (client, key, request_digest, created_at)
               VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING""",
            [client, key, asked, clock.now()],
        )
        return cursor.rowcount == 1
