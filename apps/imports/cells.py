"""Cells 单元格: the text of one cell becomes a value, or ``Wrong`` says why it does not. Pure."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

from apps.core.errors import Refusal
from apps.parties.identifiers import parse_bank_card
from apps.products.terms import Period

FULL_WIDTH = re.compile("[\uff01-\uff5e]")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
AMOUNT = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,2})?")
SHARE = re.compile(r"(?:0(?:\.[0-9]{1,6})?|1(?:\.0{1,6})?)")
WHOLE_NUMBER = re.compile(r"[0-9]{1,3}")


class DateStyle(StrEnum):
    """How a file writes its dates: one style in one file, or, with AUTO, in one column: the one most of it has."""

    AUTO = "auto"
    ISO = "iso"
    SLASHED = "slashed"
    COMPACT = "compact"
    CHINESE = "chinese"


DATE_PATTERNS = {
    DateStyle.ISO: re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})"),
    DateStyle.SLASHED: re.compile(r"([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})"),
    DateStyle.COMPACT: re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})"),
    DateStyle.CHINESE: re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日"),
}
DATE_EXAMPLES = {
    DateStyle.ISO: "2026-01-31",
    DateStyle.SLASHED: "2026/1/31",
    DateStyle.COMPACT: "20260131",
    DateStyle.CHINESE: "2026年1月31日",
}


class Wrong(ValueError):
    """This cell cannot be read. Its text is not repeated: it may be personal."""

    def __init__(self, code: str, params: Mapping[str, Any] | None = None) -> None:
        self.code, self.params = code, params or {}
        super().__init__(code)


def _wrong(text: str, code: str, **params: Any) -> Wrong:
    """Full-width digits and letters are named as such: a person sees no difference."""
    return Wrong("import_full_width") if FULL_WIDTH.search(text) else Wrong(code, params)


def style_of(text: str) -> DateStyle | None:
    """The style a date is written in; none excludes another, as the year comes first in all of them."""
    return next((style for style, pattern in DATE_PATTERNS.items() if pattern.fullmatch(text)), None)


@cache
def date_parser(style: DateStyle) -> Callable[[str], date]:
    """A reader of dates in one style; a day that does not exist is told apart from another style."""
    pattern, example = DATE_PATTERNS[style], DATE_EXAMPLES[style]

    @lru_cache(maxsize=100_000)
    def parse(text: str) -> date:
        if not (found := pattern.fullmatch(text)):
            raise _wrong(text, "import_date_style", example=example)
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            raise Wrong("import_no_such_day") from None

    return parse


def amount(text: str) -> Decimal:
    """An amount above zero with at most two decimals."""
    if not AMOUNT.fullmatch(text):
        raise _wrong(text, "import_not_an_amount")
    if not (value := Decimal(text)):
        raise Wrong("import_amount_zero")
    return value


def share(text: str) -> Decimal:
    """A fraction above 0 and up to 1, at most six decimals."""
    if not SHARE.fullmatch(text) or not (value := Decimal(text)):
        raise _wrong(text, "import_not_a_share")
    return value


def whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    """A whole number between two bounds, both included."""

    def parse(text: str) -> int:
        if not WHOLE_NUMBER.fullmatch(text) or not lowest <= int(text) <= highest:
            raise _wrong(text, "import_not_a_whole_number", lowest=lowest, highest=highest)
        return int(text)

    return parse


def period(text: str) -> Period:
    """A period as the exchange codes write it: 20Y, to age 60A, whole of life O, single payment S."""
    try:
        return Period.parse(text)
    except ValueError:
        raise _wrong(text, "import_not_a_period") from None


def word(longest: int) -> Callable[[str], str]:
    """A text of at most ``longest`` characters, on one line, with single blanks."""

    def parse(text: str) -> str:
        if len(text) > longest:
            raise Wrong("import_text_too_long", {"longest": longest})
        if CONTROL.search(text):
            raise Wrong("import_control_character")
        return " ".join(text.split())

    return parse


def one_of(known: Collection[str]) -> Callable[[str], str]:
    """One of a closed set of codes."""
    allowed = ", ".join(known)

    def parse(text: str) -> str:
        if text not in known:
            raise _wrong(text, "import_value_unknown", allowed=allowed)
        return text

    return parse


def card(text: str) -> str:
    """A bank card number; a failing check digit is left to the bank, as some old cards have one."""
    parsed = parse_bank_card(text)
    return accepted(parsed if isinstance(parsed, Refusal) else parsed.number)


def accepted(result: str | Refusal) -> str:
    """What a parser of identifiers returned, unless it refused."""
    if isinstance(result, Refusal):
        raise Wrong(result.code, result.params)
    return result
