"""Money 金额: exact, in fen, and explained.

Amounts are ``Decimal`` with two places (``numeric(18,2)`` in the database). Anything inexact is refused
where it enters, one rule rounds, one rule splits, and every computed amount can carry a trace of how it came
about (P23).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

FEN = Decimal("0.01")
ZERO = Decimal("0.00")
HALF_UP = "half up to 0.01"


class Currency(StrEnum):
    """币种 (ISO 4217). All have two decimal places, which is what the amount columns hold."""

    CNY = "CNY"
    HKD = "HKD"
    USD = "USD"
    EUR = "EUR"


def exact(amount: Decimal | int) -> Decimal:
    """The amount as a finite ``Decimal``. Binary fractions, text, NaN and infinity are refused (P23)."""
    if not isinstance(amount, (Decimal, int)):
        raise TypeError(f"money is Decimal or int, not {type(amount).__name__}")
    if not (value := Decimal(amount)).is_finite():
        raise ValueError("money is finite")
    return value


def round_fen(amount: Decimal | int) -> Decimal:
    """The amount rounded half up, away from zero, to 0.01 (P23). Used at each posting and nowhere between."""
    return exact(amount).quantize(FEN, ROUND_HALF_UP)


def allocate(total: Decimal | int, weights: Sequence[Decimal | int]) -> tuple[Decimal, ...]:
    """Split whole fen in proportion to the weights; the parts always sum to the whole (P23).

    Each part is less than one fen from its exact share: all are cut to the fen, and the fen left over go to
    the largest remainders, the later part first, so that the remainder of equal instalments falls on the
    last. Refuses a total finer than one fen, a negative weight, and weights that are all zero.
    """
    total, shares = exact(total), [Fraction(exact(weight)) for weight in weights]
    if total != round_fen(total):
        raise ValueError("only whole fen can be allocated")
    if min(shares, default=0) < 0 or not (whole := sum(shares)):
        raise ValueError("weights are not negative and not all zero")
    fen, sign = int(abs(total) / FEN), -1 if total < 0 else 1
    cut = [divmod(fen * share, whole) for share in shares]
    left_over = fen - sum(quotient for quotient, _ in cut)
    by_remainder = sorted(range(len(cut)), key=lambda part: (cut[part][1], part), reverse=True)
    favoured = set(by_remainder[:left_over])
    return tuple(FEN * sign * (quotient + (part in favoured)) for part, (quotient, _) in enumerate(cut))


@dataclass(frozen=True)
class Trace:
    """计算过程: how one amount came about, for the clerk, the auditor and the letter.

    ``rule`` is the rule's id or name, ``inputs`` its named values, ``table_version`` and ``table_row`` where
    a rate or value was read (empty if none was).
    """

    rule: str
    result: Decimal
    inputs: Mapping[str, Decimal | int | str | date] = field(default_factory=dict)
    table_version: str = ""
    table_row: str = ""
    rounding: str = HALF_UP

    def __post_init__(self) -> None:
        exact(self.result)
        for name, value in self.inputs.items():
            if not isinstance(value, (Decimal, int, str, date)):
                raise TypeError(f"trace input {name} is inexact: {type(value).__name__}")

    def as_json(self) -> dict[str, str | dict[str, str]]:
        """For a jsonb column: every value as text, so that nothing is rounded on the way."""
        return {
            "rule": self.rule,
            "inputs": {name: str(value) for name, value in self.inputs.items()},
            "table_version": self.table_version,
            "table_row": self.table_row,
            "rounding": self.rounding,
            "result": str(self.result),
        }
