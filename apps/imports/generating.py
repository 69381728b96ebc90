"""Generated persons 虚构身份: names and birth dates for a file that has none, the same for the same row and seed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from apps.core.dates import add_years
from apps.products.terms import Unfit

FIELDS = ("holder_name", "holder_born_on")
DAYS_OF_AN_AGE = 365


@dataclass(frozen=True, slots=True)
class AgeBand:
    """年龄段: full years at the start of the contract, both included."""

    youngest: int
    oldest: int

    def __post_init__(self) -> None:
        if not 0 <= self.youngest <= self.oldest:
            raise Unfit("oldest", "product_range_reversed", low=self.youngest, high=self.oldest)


@dataclass(frozen=True, slots=True)
class Generated:
    """What is made up for the holder: a name from pools by sex code, an age from the band in ``age_column``."""

    seed: int
    surnames: tuple[str, ...]
    given_names: Mapping[str, tuple[str, ...]]
    age_column: str
    ages: Mapping[str, AgeBand]

    def name(self, key: str, sex: str) -> str:
        given = self.given_names[sex]
        number = self._number(key, "name")
        return f"{given[number % len(given)]} {self.surnames[number // len(given) % len(self.surnames)]}"

    def born_on(self, key: str, band: str, effective_on: date) -> date:
        """A birth date by which the person is of the band's age on ``effective_on``."""
        ages, number = self.ages[band], self._number(key, "born_on")
        age = ages.youngest + number % (ages.oldest - ages.youngest + 1)
        return add_years(effective_on, -age) - timedelta(days=number // 100 % DAYS_OF_AN_AGE)

    def _number(self, key: str, purpose: str) -> int:
        digest = hashlib.blake2b(f"{self.seed}/{purpose}/{key}".encode(), digest_size=8)
        return int.from_bytes(digest.digest())
