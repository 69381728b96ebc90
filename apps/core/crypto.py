"""Field encryption and blind indexes 字段加密与盲索引 (P57): unreadable in the database, and yet found.

A value is sealed with AES-256-GCM under the current key and carries that key's id, so that keys can be
changed while old values stay readable. It is bound to its place (``aad``, as
"parties.identity.number.<public id>"): copied to another row or field it does not open. For exact search a
keyed digest stands beside it.
"""

import hashlib
import hmac
import os
import re
import unicodedata
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12


class DecryptionFailed(Exception):
    """A sealed value cannot be opened. The sentence says why; it never contains the value or a key."""


class IndexPurpose(StrEnum):
    """What a blind index searches. The same value has another index for each purpose."""

    ID_NUMBER = "id_number"
    PHONE = "phone"
    BANK_ACCOUNT = "bank_account"
    EMAIL = "email"
    ADDRESS = "address"


class KeyRing:
    """密钥环: the encryption keys by id, the one in use first, and the key of the blind indexes.

    The index key stands apart because it must outlive the others: changing it means indexing every row anew.
    """

    def __init__(self, keys: Mapping[str, bytes], index_key: bytes) -> None:
        self.current = next(iter(keys))
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._index_key = index_key

    @classmethod
    def from_text(cls, keys: str, index_key: str) -> "KeyRing":
        """Read ``id:base64,id:base64`` and the index key in base64, 32 bytes each; the first encrypts.

        Refuses, by name of the key and never with its content, what is malformed, doubled or missing.
        """
        ring: dict[str, bytes] = {}
        for entry in keys.split(","):
            key_id, _, encoded = entry.strip().partition(":")
            if not re.fullmatch(r"[A-Za-z0-9_-]+", key_id):
                raise ValueError("each key of the key ring is written id:base64")
            if key_id in ring:
                raise ValueError(f"key {key_id} is in the key ring twice")
            ring[key_id] = _key(key_id, encoded)
        return cls(ring, _key("of the blind indexes", index_key))

    def encrypt(self, plaintext: str, aad: str) -> str:
        """Seal a text for the place ``aad`` names; the token is ``key id:base64``."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._ciphers[self.current].encrypt(nonce, plaintext.encode(), aad.encode())
        return f"{self.current}:{urlsafe_b64encode(sealed).decode()}"

    def decrypt(self, token: str, aad: str) -> str:
        """Open a token in its place; ``DecryptionFailed`` if key, place or content do not fit."""
        key_id, _, encoded = token.partition(":")
        if key_id not in self._ciphers:
            raise DecryptionFailed(f"The value was sealed with key {key_id!r}, which is not in the key ring.")
        try:
            sealed = urlsafe_b64decode(encoded)
            opened = self._ciphers[key_id].decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad.encode())
        except (InvalidTag, ValueError) as error:
            raise DecryptionFailed(
                f"The value does not open with key {key_id!r}: the key is another one of that name, "
                "or the value was altered or moved from its place."
            ) from error
        return opened.decode()

    def blind_index(self, value: str, purpose: IndexPurpose) -> str:
        """盲索引: a keyed digest (HMAC-SHA256, hex), equal for equal values however they were typed."""
        return self._digest(normalise(value, purpose), purpose)

    def last_four_index(self, value: str, purpose: IndexPurpose) -> str:
        """尾号索引: the digest of the last four characters, for a search by them. Many rows share one."""
        return self._digest(normalise(value, purpose)[-4:], f"{purpose}.last_four")

    def _digest(self, value: str, purpose: str) -> str:
        return hmac.digest(self._index_key, f"{purpose}\0{value}".encode(), hashlib.sha256).hex()


SEPARATORS = re.compile(r"[^0-9A-Za-z+]")
OF_CHINA = re.compile(r"^(?:(?:\+|00)86)+")


def normalise(value: str, purpose: IndexPurpose) -> str:
    """One spelling for all: full width to half width, no separators, one case; +86 dropped from phones."""
    text = unicodedata.normalize("NFKC", value).strip()
    if purpose is IndexPurpose.EMAIL:
        return text.casefold()
    if purpose is IndexPurpose.ADDRESS:
        return "".join(text.casefold().split())
    text = SEPARATORS.sub("", text).upper()
    return OF_CHINA.sub("", text) if purpose is IndexPurpose.PHONE else text


def _key(name: str, encoded: str) -> bytes:
    try:
        key = b64decode(encoded, validate=True)
    except NotBase64:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"key {name} is not {KEY_BYTES} bytes of base64")
    return key
