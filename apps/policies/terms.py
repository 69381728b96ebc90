"""Terms 保单条件: all that the contract says, as one frozen value. Party ids only, never personal data.

An endorsement is a function from Terms to Terms, a policy the replay of its endorsements (architecture §1).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

LAYER = "+"


@dataclass(frozen=True)
class Life:
    """被保险人费率要素: the facts one insured life is rated by; pseudonymous."""

    party: int
    born_on: date
    sex: str
    occupation_class: int | None = None


@dataclass(frozen=True)
class Beneficiary:
    """受益人: share is a fraction of its benefit order; the shares of an order sum to 1."""

    party: int
    share: Decimal
    benefit_order: int = 1
    relationship: str = "99"


@dataclass(frozen=True)
class Coverage:
    """险种: sum assured and premium (per instalment) in the contract's currency; ``code`` ("C1") never changes.

    ``version`` is the product version it was priced with; ``policy_term`` and ``payment_term`` are periods as the
    product writes them ("20Y", "70A", "O", "S"), which re-pricing and cash values need. A later increase of the sum
    assured is a layer 加保层 of its own beside it ("C1+2"), rated by the age attained then. The loadings 加费 are
    underwriting's: per cent of the rate, and per mille of the sum assured a year. ``rated_from`` is the day by whose
    age and from whose start it is rated and valued, where that is not its own first day.
    """

    code: str
    product: str
    version: int
    policy_term: str
    payment_term: str
    sum_assured: Decimal
    premium: Decimal
    effective_on: date
    ends_on: date | None
    premium_ends_on: date | None
    extra_percent: Decimal = Decimal(0)
    extra_per_mille: Decimal = Decimal(0)
    rated_from: date | None = None

    @property
    def start_on(self) -> date:
        """From when its age, its table years and its values are counted."""
        return self.rated_from or self.effective_on

    @property
    def part(self) -> str:
        """The product's own code of this coverage, which all its layers share."""
        return self.code.split(LAYER)[0]

    @property
    def is_layer(self) -> bool:
        return LAYER in self.code


@dataclass(frozen=True)
class Terms:
    """保单条件. No beneficiaries means statutory heirs (法定). ``frequency`` is a product frequency code.

    ``payment_account`` is the bank account premiums are debited from, the holder's own (B-10); None if there is none.
    """

    holder: int
    lives: tuple[Life, ...]
    coverages: tuple[Coverage, ...]
    frequency: str
    currency: str
    effective_on: date
    beneficiaries: tuple[Beneficiary, ...] = ()
    payment_account: int | None = None

    @property
    def premium(self) -> Decimal:
        """What one instalment costs: the sum over the coverages."""
        return sum((coverage.premium for coverage in self.coverages), Decimal("0.00"))

    @property
    def main(self) -> Coverage:
        """主险: the first coverage; its layers and the riders follow it."""
        return self.coverages[0]

    @property
    def sum_assured(self) -> Decimal:
        """基本保险金额 of the main cover with all its layers."""
        main = self.main.part
        return sum((each.sum_assured for each in self.coverages if each.part == main), Decimal("0.00"))

    def coverage(self, code: str) -> Coverage | None:
        """The coverage of this code, if there is one."""
        return next((each for each in self.coverages if each.code == code), None)
