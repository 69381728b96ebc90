"""What somebody typed who looks for a customer 查询词, read by its shape (screen S4.1, S4.2): pure."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

LONGEST = 80
LEAST_DIGITS = 5
BIRTHDAY = re.compile(r"(\D*[^\W\d])[\s,]*(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
TAIL = re.compile(r"\d{3}[\dXx]")
NUMBER = re.compile(r"\+?[0-9A-Z]{6,30}")
PERSONS_NUMBER = re.compile(r"(?:\+?86|0086)?1[3-9]\d{9}|\d{17}[\dX]|\d{15}")
CHINESE = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff·]")


class Shape(StrEnum):
    """查询词形状: what a text can mean of a customer."""

    NOTHING = "nothing"
    NAME = "name"
    INITIALS = "initials"
    NAME_AND_BIRTHDAY = "name_and_birthday"
    TAIL = "tail"
    EMAIL = "email"
    NUMBER = "number"


NAMED_IN_FULL = frozenset({Shape.EMAIL, Shape.NUMBER})
PRIVATE = NAMED_IN_FULL | {Shape.TAIL, Shape.NAME_AND_BIRTHDAY}


@dataclass(frozen=True)
class Sought:
    """A search text in one spelling, and what it means."""

    shape: Shape
    text: str = ""
    born_on: date | None = None

    @property
    def private(self) -> bool:
        """Whether it says something of one person, and so must stand in no address and no log (P36)."""
        return self.shape in PRIVATE

    @property
    def in_full(self) -> bool:
        """Whether it is a whole number or address: to look for that takes a purpose (screen S4.5)."""
        return self.shape in NAMED_IN_FULL


def read(text: str) -> Sought:
    """``张伟`` and ``Anna Li`` are names, ``zw`` may be initials, ``1234`` the end of a number, ``张伟 1986-05-17``
    a name with its birthday; what has an @ or five digits and more names one customer whole."""
    text = " ".join(unicodedata.normalize("NFKC", text.replace("\x00", "")).split())[:LONGEST].strip()
    compact = re.sub(r"[\s-]", "", text).upper()
    if "@" in text:
        return Sought(Shape.EMAIL, text)
    if TAIL.fullmatch(text):
        return Sought(Shape.TAIL, text)
    if (known := BIRTHDAY.fullmatch(text)) and (born_on := _day(*known.groups()[1:])) and _is_name(known[1], text):
        return Sought(Shape.NAME_AND_BIRTHDAY, known[1].strip(), born_on)
    if NUMBER.fullmatch(compact) and sum(map(str.isdigit, compact)) >= LEAST_DIGITS:
        return Sought(Shape.NUMBER, text)
    if not any(map(str.isalpha, text)) or (len(text) < 2 and not CHINESE.search(text)):
        return Sought(Shape.NOTHING)
    return Sought(Shape.INITIALS if text.isascii() else Shape.NAME, text)


def names_a_person(text: str) -> bool:
    """Whether a number that may as well be a policy's could be a person's: a mobile phone or a resident ID."""
    sought = read(text)
    compact = re.sub(r"[\s-]", "", sought.text).upper()
    return sought.private and (sought.shape != Shape.NUMBER or bool(PERSONS_NUMBER.fullmatch(compact)))


def grams(text: str) -> list[str]:
    """The pieces of two characters by which the index of names is asked; of a single character, itself."""
    text = text.lower()
    return sorted({text[at : at + 2] for at in range(len(text) - 1)} or {text})


def _is_name(name: str, text: str) -> bool:
    """A number with letters before it is no name with a birthday, unless it is Chinese or stands apart."""
    return bool(CHINESE.search(name)) or " " in text


def _day(*parts: str) -> date | None:
    try:
        return date(*map(int, parts))
    except ValueError:
        return None
