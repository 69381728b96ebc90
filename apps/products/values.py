"""What the values of a product are made of: the refusal of one that does not fit, and periods 期间."""

import re
from dataclasses import dataclass
from typing import Any

SINGLE_PAYMENT, WHOLE_OF_LIFE, TO_AGE = "S", "O", "A"
OLDEST_AGE = 120


class Unfit(ValueError):
    """A value that does not fit the schema or its neighbours: which field, and a stable code."""

    def __init__(self, field_name: str, code: str, **params: Any) -> None:
        self.field_name, self.code, self.params = field_name, code, params
        super().__init__(f"{field_name}: {code}")


@dataclass(frozen=True, slots=True)
class Period:
    """期间, written as in the exchange codes (codes §5.2): 20Y, to age 60A, whole of life O, single payment S."""

    unit: str
    length: int = 0

    @classmethod
    def parse(cls, text: str) -> "Period":
        if text in (SINGLE_PAYMENT, WHOLE_OF_LIFE):
            return cls(text)
        if (match := re.fullmatch(r"([1-9][0-9]{0,2})([YA])", text)) and int(match[1]) <= OLDEST_AGE:
            return cls(match[2], int(match[1]))
        raise ValueError(text)

    def years(self, age: int) -> int | None:
        """Whole years for a person who enters at ``age``; None if it lasts for life. A single payment lasts none."""
        if self.unit == WHOLE_OF_LIFE:
            return None
        return self.length - age if self.unit == TO_AGE else self.length

    def __str__(self) -> str:
        return f"{self.length}{self.unit}" if self.length else self.unit
