"""People of the demonstration book 演示客户: invented, and consistent in themselves.

A resident ID has a real area code, the birth date, the parity of the sex and its check digit; phones are of mobile
build, cards pass Luhn, mail goes to example.com. A person's ``number`` makes all of them unique, without a list of
those in use: every number has a day of the year, a district and an order digit of its own.
"""

from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from math import gcd
from random import Random
from typing import Generic, NamedTuple, TypeVar

from apps.core.dates import add_years
from apps.core.numbering import luhn_digit
from apps.parties.identifiers import RESIDENT_ID_CHECK, RESIDENT_ID_WEIGHTS
from apps.parties.rules import initials
from apps.parties.states import Sex

from .recipe import Place, Recipe

K = TypeVar("K")
RARE_EVERY = 150
ORDERS, DAYS = 500, 365
SLOTS = ORDERS * DAYS
"""Resident IDs of one district, sex and year of age: as many as there are order digits and days."""
SCATTER = 104_729
"""A prime without a factor in common with what it scatters: neighbours get distant days and digits."""
ADULT = 18


@dataclass(frozen=True, slots=True)
class Person:
    """客户."""

    name: str
    sex: str
    born_on: date
    id_number: str
    id_valid_to: date
    mobile: str
    email: str
    address: str
    bank: str
    card: str
    occupation_class: int


class Number(NamedTuple):
    """Which person of the whole book this is, and which of its place."""

    of_book: int
    of_place: int


class Pool(Generic[K]):
    """Things to draw from, by weight."""

    def __init__(self, weights: Mapping[K, int]) -> None:
        self.keys: Sequence[K] = list(weights)
        self.bounds = list(accumulate(weights.values()))

    def draw(self, dice: Random) -> K:
        return self.keys[bisect(self.bounds, dice.random() * self.bounds[-1])]


class People:
    """Draws people from the recipe's pools."""

    def __init__(self, recipe: Recipe, dice: Random, today: date) -> None:
        self.recipe, self.dice, self.today = recipe, dice, today
        self.surnames = Pool(recipe.surnames)
        self._drawn = 0

    def draw(self, place: Place, number: Number, *, age: int, sex: str = "", surname: str = "") -> Person:
        """A person of this age today, living there."""
        recipe, dice = self.recipe, self.dice
        sex = sex or (Sex.FEMALE if self.chance(recipe.female_share) else Sex.MALE)
        slot = number.of_place * SCATTER % SLOTS
        born_on = add_years(self.today, -age) - timedelta(days=slot % DAYS)
        areas = _areas(place)
        area = areas[number.of_place % len(areas)]
        name = self.name(sex, surname)
        mobile = dice.choice(recipe.mobile_prefixes) + _scattered(number.of_book, 8)
        adult = age >= ADULT
        return Person(
            name=name,
            sex=sex,
            born_on=born_on,
            id_number=_resident_id(area, born_on, slot // DAYS, sex),
            id_valid_to=self._validity(),
            mobile=mobile if adult and self.chance(recipe.with_mobile) else "",
            email=f"{initials(name)}{mobile[-6:]}@example.com" if adult and self.chance(recipe.with_email) else "",
            address=f"{place.city}{place.districts[area]}{dice.choice(recipe.streets)}{dice.randint(1, 299)}号",
            bank=dice.choice(recipe.banks),
            card=self._card(number.of_book) if adult and self.chance(recipe.with_account) else "",
            occupation_class=dice.choices((1, 2, 3, 4), (60, 25, 10, 5))[0],
        )

    def chance(self, share: Decimal) -> bool:
        """True with this probability."""
        return self.dice.random() < share

    def name(self, sex: str, surname: str = "") -> str:
        """A name; a rare one now and then, and always the same ones."""
        self._drawn += 1
        if self._drawn % RARE_EVERY == 0 and not surname:
            return self.dice.choice(self.recipe.rare_names[sex])
        return (surname or self.surnames.draw(self.dice)) + self.dice.choice(self.recipe.given_names[sex])

    def _validity(self) -> date:
        if self.chance(self.recipe.expired_document):
            return self.today - timedelta(days=self.dice.randint(1, 700))
        return self.today + timedelta(days=self.dice.randint(30, 7000))

    def _card(self, number: int) -> str:
        body = f"{self.recipe.card_prefix}{_scattered(number, 12)}"
        return body + luhn_digit(body)


def _areas(place: Place) -> list[str]:
    """The area codes of a place. Their number must have no factor in common with the slots: then days, order digits and
    districts together repeat only after all their combinations."""
    if gcd(len(place.districts), SLOTS) > 1:
        raise ValueError(f"{place.city}: the number of districts has a factor in common with {SLOTS}")
    return sorted(place.districts)


def _resident_id(area: str, born_on: date, order: int, sex: str) -> str:
    body = f"{area}{born_on:%Y%m%d}{order * 2 + (sex == Sex.MALE):03d}"
    total = sum(weight * int(digit) for weight, digit in zip(RESIDENT_ID_WEIGHTS, body, strict=True))
    return body + RESIDENT_ID_CHECK[total % 11]


def _scattered(number: int, digits: int) -> str:
    """Different digits for different numbers."""
    return f"{number * SCATTER % 10**digits:0{digits}d}"
