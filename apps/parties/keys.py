"""Changing the keys 密钥轮换: every sealed value is sealed anew with the key in use, while work goes on (P57)."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Model

from . import vault

CHUNK = 500


def rotate() -> Iterator[tuple[str, int]]:
    """Seal anew what older keys sealed; yields (model.field, rows done) after each chunk, each its own transaction.

    Safe to stop and to repeat: what is done is skipped. Afterwards the old keys may be dropped.
    """
    for model, field in vault.SEALED:
        last = 0
        while ids := _next_ids(model, field, last):
            yield f"{model._meta.label_lower}.{field}", _seal_anew(model, field, ids)
            last = ids[-1]


def _next_ids(model: type[Model], field: str, after: int) -> list[int]:
    stale = model._default_manager.filter(pk__gt=after).exclude(**{field: ""})
    current = {f"{field}__startswith": f"{vault.ring().current}:"}
    return list(stale.exclude(**current).order_by("pk").values_list("pk", flat=True)[:CHUNK])


@transaction.atomic
def _seal_anew(model: type[Model], field: str, ids: list[int]) -> int:
    rows: Any = model._default_manager.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk")
    stale = [row for row in rows if not vault.is_current(getattr(row, field))]
    for row in stale:
        text = vault.open_sealed(model, field, row.public_id, getattr(row, field))
        setattr(row, field, vault.seal(model, field, row.public_id, text))
    model._default_manager.bulk_update(stale, [field])
    return len(stale)
