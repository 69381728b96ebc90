"""Rules of underwriting decisions: pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from apps.core.errors import Refusal

FEN = Decimal("0.01")
MOST_PERCENT = Decimal(500)
MOST_PER_MILLE = Decimal(100)


@dataclass(frozen=True)
class Decision:
    """核保结论: on which terms a change is accepted. With nothing added it is standard 标准体.

    ``extra_percent`` is per cent of the premium (加费比例), ``extra_per_mille`` yuan a year for each thousand of sum
    assured (千分加费), ``exclusion`` what the cover leaves out (除外责任).
    """

    extra_percent: Decimal = Decimal(0)
    extra_per_mille: Decimal = Decimal(0)
    exclusion: str = ""

    @property
    def is_standard(self) -> bool:
        return self == Decision()


def check_decision(decision: Decision) -> Iterator[Refusal]:
    """What keeps a decision from being one: one refusal per fault."""
    for extra, most in ((decision.extra_percent, MOST_PERCENT), (decision.extra_per_mille, MOST_PER_MILLE)):
        if extra < 0:
            yield Refusal("extra_negative")
        elif extra > most:
            yield Refusal("extra_too_high", {"most": most})
        elif extra != extra.quantize(FEN):
            yield Refusal("extra_too_fine")
