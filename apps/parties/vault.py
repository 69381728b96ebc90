"""The vault 保管库: what is sealed in the database, opened again, and found without being read (P57, decision 24)."""

from collections.abc import Callable
from functools import cache
from uuid import UUID

from django.conf import settings
from django.db.models import Model

from apps.core.crypto import IndexPurpose, KeyRing

__all__ = ["SEALED", "IndexPurpose", "index", "is_current", "open_sealed", "ring", "seal", "sealed", "tail_index"]

SEALED: list[tuple[type[Model], str]] = []


def sealed(*fields: str) -> Callable[[type[Model]], type[Model]]:
    """Class decorator: these text fields hold sealed values (or nothing); a change of keys seals them anew."""

    def declare(model: type[Model]) -> type[Model]:
        SEALED.extend((model, field) for field in fields)
        return model

    return declare


@cache
def ring() -> KeyRing:
    """The company's keys, from the environment."""
    return KeyRing.from_text(settings.FIELD_KEYS, settings.BLIND_INDEX_KEY)


def seal(model: type[Model], field: str, public_id: UUID, text: str) -> str:
    """Encrypt a value for its place: this field of this row, and no other."""
    return ring().encrypt(text, _place(model, field, public_id))


def open_sealed(model: type[Model], field: str, public_id: UUID, token: str) -> str:
    """Decrypt a value read from its place; ``DecryptionFailed`` if it was altered, moved or its key is missing."""
    return ring().decrypt(token, _place(model, field, public_id))


def index(value: str, purpose: IndexPurpose) -> str:
    """The blind index of a value: equal for equal values, however they were typed."""
    return ring().blind_index(value, purpose)


def tail_index(value: str, purpose: IndexPurpose) -> str:
    """The blind index of the last four characters."""
    return ring().last_four_index(value, purpose)


def is_current(token: str) -> bool:
    """Whether the key in use sealed this token."""
    return token.startswith(f"{ring().current}:")


def _place(model: type[Model], field: str, public_id: UUID) -> str:
    return f"{model._meta.label_lower}.{field}.{public_id}"
