"""People of the demonstration book 演示客户: invented, and consistent in themselves.

A resident ID has a real area code, the birth date, the parity of the sex and its check digit; phones are of mobile
build, cards pass Luhn, mail goes to example.com.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar

from apps.core.dates import add_years
from apps.core.numbering import luhn_digit
from apps.parties.identifiers import RESIDENT_ID_CHECK, RESIDENT_ID_WEIGHTS
from apps.parties.rules import initials
from apps.parties.states import Sex

from .recipe import Place, Recipe

K = TypeVar("K")
RARE_EVERY = 150


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


class People:
    """Draws people from the recipe's pools; no number is drawn twice."""

    def __init__(self, recipe: Recipe, dice: Random, today: date) -> None:
        self.recipe, self.dice, self.today = recipe, dice, today
        self._taken: set[str] = set()
        self._drawn = 0

    def draw(self, place: Place, *, age: int, sex: str = "", surname: str = "") -> Person:
        """A person of this age today, living there."""
        recipe, dice = self.recipe, self.dice
        sex = sex or (Sex.FEMALE if self.chance(recipe.female_share) else Sex.MALE)
        born_on = add_years(self.today, -age) - timedelta(days=dice.randrange(365))
        area = dice.choice(sorted(place.districts))
        name = self.name(sex, surname)
        mobile = self._once(lambda: dice.choice(recipe.mobile_prefixes) + self._digits(8))
        adult = age >= 18
        return Person(
            name=name,
            sex=sex,
            born_on=born_on,
            id_number=self._once(lambda: self._resident_id(area, born_on, sex)),
            id_valid_to=self._validity(),
            mobile=mobile if adult and self.chance(recipe.with_mobile) else "",
            email=f"{initials(name)}{mobile[-6:]}@example.com" if adult and self.chance(recipe.with_email) else "",
            address=f"{place.city}{place.districts[area]}{dice.choice(recipe.streets)}{dice.randint(1, 299)}号",
            bank=dice.choice(recipe.banks),
            card=self._card() if adult and self.chance(recipe.with_account) else "",
            occupation_class=dice.choices((1, 2, 3, 4), (60, 25, 10, 5))[0],
        )

    def chance(self, share: Decimal) -> bool:
        """True with this probability."""
        return self.dice.random() < share

    def pick(self, weights: Mapping[K, int]) -> K:
        """One of the keys, by weight."""
        keys: Sequence[K] = list(weights)
        return self.dice.choices(keys, [weights[key] for key in keys])[0]

    def name(self, sex: str, surname: str = "") -> str:
        """A name; a rare one now and then, and always the same ones."""
        self._drawn += 1
        if self._drawn % RARE_EVERY == 0 and not surname:
            return self.dice.choice(self.recipe.rare_names[sex])
        return (surname or self.pick(self.recipe.surnames)) + self.dice.choice(self.recipe.given_names[sex])

    def _resident_id(self, area: str, born_on: date, sex: str) -> str:
        order = self.dice.randrange(500) * 2 + (sex == Sex.MALE)
        body = f"{area}{born_on:%Y%m%d}{order:03d}"
        total = sum(weight * int(digit) for weight, digit in zip(RESIDENT_ID_WEIGHTS, body, strict=True))
        return body + RESIDENT_ID_CHECK[total % 11]

    def _validity(self) -> date:
        if self.chance(self.recipe.expired_document):
            return self.today - timedelta(days=self.dice.randint(1, 700))
        return self.today + timedelta(days=self.dice.randint(30, 7000))

    def _card(self) -> str:
        return self._once(lambda: _with_luhn(f"{self.recipe.card_prefix}{self._digits(12)}"))

    def _digits(self, count: int) -> str:
        return f"{self.dice.randrange(10**count):0{count}d}"

    def _once(self, draw: Callable[[], str]) -> str:
        while (value := draw()) in self._taken:
            pass
        self._taken.add(value)
        return value


def _with_luhn(body: str) -> str:
    return body + luhn_digit(body)
