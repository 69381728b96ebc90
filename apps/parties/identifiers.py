"""Identifiers of persons and organisations 证件与联系标识: what is wrong, and what deserves a second look.

Each ``parse_…`` returns the identifier in its one spelling, or the ``Refusal`` that says what is wrong with
it. What is only unlikely comes back as a warning on the value. A refused number is personal data and is
never repeated.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import chain

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType
from stdnum import luhn

from apps.core.errors import Refusal

from .states import Sex


@dataclass(frozen=True)
class ResidentId:
    """居民身份证号码, and the number of like build on residence permits (81, 82, 83, 9…)."""

    number: str
    born_on: date
    sex: Sex
    warnings: tuple[Refusal, ...] = ()


@dataclass(frozen=True)
class BankCard:
    """银行卡号."""

    number: str
    warnings: tuple[Refusal, ...] = ()


RESIDENT_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
RESIDENT_ID_CHECK = "10X98765432"
FIRST_BIRTH_YEAR = 1900  # the number exists since 1999; an earlier year is a slip of the pen
PROVINCE_CODES = (range(11, 16), range(21, 24), range(31, 38), range(41, 47), range(50, 55), range(61, 66))
PROVINCES = frozenset(map(str, chain(*PROVINCE_CODES, (71, 81, 82, 83))))
MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def parse_resident_id(text: str, *, on: date) -> ResidentId | Refusal:
    """18 characters by GB 11643, looked at on day ``on``.

    Refuses wrong length, characters, birth date or check digit. An unknown area code is only a warning,
    because areas are founded and dissolved. Accepts residents of Hong Kong, Macao and Taiwan (81, 82, 83)
    and foreign permanent residents (9…).
    """
    number = _compact(text)
    if len(number) != 18:
        return Refusal("resident_id_length", {"length": len(number)})
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return Refusal("resident_id_characters")
    born_on = _date(number[6:14])
    if born_on is None or born_on.year < FIRST_BIRTH_YEAR:
        return Refusal("resident_id_birth_date")
    if born_on > on:
        return Refusal("resident_id_born_in_future")
    total = sum(weight * int(digit) for weight, digit in zip(RESIDENT_ID_WEIGHTS, number[:17], strict=True))
    if number[17] != RESIDENT_ID_CHECK[total % 11]:
        return Refusal("resident_id_check_digit")
    sex = Sex.MALE if int(number[16]) % 2 else Sex.FEMALE
    return ResidentId(number, born_on, sex, _area_warnings(number))


def parse_uscc(text: str) -> str | Refusal:
    """统一社会信用代码, 18 characters by GB 32100; the registering department may be a letter (A, N, Y)."""
    code = _compact(text)
    if len(code) != 18:
        return Refusal("uscc_length", {"length": len(code)})
    if not re.fullmatch(rf"[{USCC_ALPHABET}]{{2}}[0-9]{{6}}[{USCC_ALPHABET}]{{10}}", code):
        return Refusal("uscc_characters")
    total = sum(pow(3, place, 31) * USCC_ALPHABET.index(character) for place, character in enumerate(code[:17]))
    return code if code[17] == USCC_ALPHABET[-total % 31] else Refusal("uscc_check_digit")


def parse_mobile(text: str, region: str = "CN") -> str | Refusal:
    """手机号码 as +86…; a number without a country code is read as one of ``region``."""
    digits = _compact(text)
    if region == "CN" and _chinese_mobile().fullmatch(digits):
        return f"+86{digits}"
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return Refusal("mobile_number_invalid")
    if not re.fullmatch(r"\+?[0-9]+", digits) or phonenumbers.number_type(number) not in MOBILE:
        return Refusal("mobile_number_invalid")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


@cache
def _chinese_mobile() -> re.Pattern[str]:
    """What the library asks of one; to look first saves most of its time where a book comes in."""
    china = PhoneMetadata.metadata_for_region("CN")
    assert china is not None
    return re.compile(str(china.mobile and china.mobile.national_number_pattern))


def parse_bank_card(text: str) -> BankCard | Refusal:
    """16 to 19 digits. A failing Luhn digit is a warning: not all old cards pass."""
    number = _compact(text)
    if not re.fullmatch(r"[0-9]{16,19}", number):
        return Refusal("bank_card_characters")
    return BankCard(number, () if luhn.is_valid(number) else (Refusal("bank_card_check_digit"),))


def parse_email(text: str) -> str | Refusal:
    """电子邮箱 with its domain in lower case; one mailbox, no display name, no control characters."""
    address = text.strip()
    mailbox, _at, domain = address.rpartition("@")
    wellformed = re.fullmatch(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}", mailbox) and ".." not in f".{mailbox}."
    labels = domain.lower().split(".")
    if not wellformed or len(labels) < 2 or not all(map(_is_domain_label, labels)) or len(address) > 254:
        return Refusal("email_invalid")
    return f"{mailbox}@{domain.lower()}"


def _is_domain_label(label: str) -> bool:
    return re.fullmatch(r"[^\W_](?:[\w-]{0,61}[^\W_])?", label) is not None


def _area_warnings(number: str) -> tuple[Refusal, ...]:
    """A foreigner's number has its province after the leading 9."""
    area = number[1:3] if number.startswith("9") else number[:2]
    return () if area in PROVINCES else (Refusal("resident_id_area_unknown", {"area": area}),)


def _date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def _compact(text: str) -> str:
    """Full width to half width, capitals, without blanks and hyphens."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()
