"""Typed opaque ids 公开编号: ``pol_`` and the base32 of the row's uuid. Sequential ids never leave the house."""

from base64 import b32decode, b32encode
from binascii import Error as NotBase32
from uuid import UUID

PADDING = "======"
PREFIXES = {
    "party": "pty",
    "product": "prd",
    "policy": "pol",
    "instalment": "ins",
    "receipt": "rcp",
    "payout": "pyt",
    "endorsement": "end",
    "endorsement_item": "eni",
    "document": "doc",
    "bank_account": "acc",
    "reminder": "rem",
    "deadline": "ddl",
    "import": "imp",
    "event": "evt",
    "webhook_endpoint": "whk",
    "operation": "opr",
    "agent": "agt",
    "branch": "brn",
    "api_key": "key",
}
"""The kind of object with the beginning of its ids; in the address it stands as ``{policy}``."""

WORDS = {"endorsement_type": r"^[a-z][a-z0-9_]{1,39}$"}
"""What stands in an address under its own name: entries of catalogues, with the form of their codes."""


def write(kind: str, public_id: UUID) -> str:
    """``pol_4v7…``: 26 lower-case letters and digits after the prefix."""
    return f"{PREFIXES[kind]}_{b32encode(public_id.bytes)[:26].decode().lower()}"


def read(kind: str, text: str) -> UUID | None:
    """The uuid of an id of this kind, written in its one spelling; None for anything else."""
    try:
        found = UUID(bytes=b32decode(text.partition("_")[2].upper() + PADDING))
    except (NotBase32, ValueError):
        return None
    return found if write(kind, found) == text else None


def pattern(kind: str) -> str:
    """The form of such an id, as a regular expression; of its last letter only three bits are the uuid's."""
    if kind in WORDS:
        return WORDS[kind]
    return f"^{PREFIXES[kind]}_[a-z2-7]{{25}}[aeimquy4]$"
