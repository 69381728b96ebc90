"""Masking 脱敏: what is shown of personal data to those who may not see it whole (P53).

Masks are one way and say nothing about the length of a name. What is too short to be hidden in part is
hidden whole.
"""

import re
from enum import StrEnum


class MaskKind(StrEnum):
    """Kinds of class C2 data, each with its mask."""

    NAME = "name"
    ID_NUMBER = "id_number"
    PHONE = "phone"
    BANK_CARD = "bank_card"
    EMAIL = "email"
    ADDRESS = "address"


LEAST_HIDDEN = 3
HIDDEN = "***"
PLACE = r"[^\W\d省市区县旗镇乡村路街号]{2,8}?"
CITY = re.compile(rf"^(?:{PLACE}(?:省|自治区))?({PLACE}(?:市|自治州|地区|盟)|[^\W\d]{{2}}特别行政区)")


def mask(kind: MaskKind, value: str) -> str:
    """The value as everybody may see it; nothing for nothing."""
    value = value.strip()
    return MASKS[MaskKind(kind)](value) if value else ""


def _name(value: str) -> str:
    return f"{value[0]}*"


def _phone(value: str) -> str:
    return _middle(re.sub(r"^(?:\+|00)86|\D", "", value))


def _bank_card(value: str) -> str:
    digits = re.sub(r"\D", "", value)
    return f"**** {digits[-4:]}" if len(digits) >= 4 + LEAST_HIDDEN else "****"


def _email(value: str) -> str:
    mailbox, at, domain = value.rpartition("@")
    return f"{mailbox[0]}{HIDDEN}@{domain}" if mailbox and at else HIDDEN


def _address(value: str) -> str:
    city = CITY.match(value)
    return city[1] if city else HIDDEN


def _middle(value: str, head: int = 3, tail: int = 4) -> str:
    """Head and tail with the middle starred out, or nothing but stars where too little would be hidden."""
    hidden = len(value) - head - tail
    return value[:head] + "*" * hidden + value[-tail:] if hidden >= LEAST_HIDDEN else "*" * len(value)


MASKS = {
    MaskKind.NAME: _name,
    MaskKind.ID_NUMBER: _middle,
    MaskKind.PHONE: _phone,
    MaskKind.BANK_CARD: _bank_card,
    MaskKind.EMAIL: _email,
    MaskKind.ADDRESS: _address,
}
