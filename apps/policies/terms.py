"""Terms 保单条件: all that the contract says, as one frozen value. Party ids only, never personal data.

An endorsement is a function from Terms to Terms, a policy the replay of its endorsements (architecture §1).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


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
    product writes them ("20Y", "70A", "O", "S"), which re-pricing and cash values need.
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


@dataclass(frozen=True)
class Terms:
    """保单条件. No beneficiaries means statutory heirs (法定). ``frequency`` is a product frequency code."""

    holder: int
    lives: tuple[Life, ...]
    coverages: tuple[Coverage, ...]
    frequency: str
    currency: str
    effective_on: date
    beneficiaries: tuple[Beneficiary, ...] = ()

    @property
    def premium(self) -> Decimal:
        """What one instalment costs: the sum over the coverages."""
        return sum((coverage.premium for coverage in self.coverages), Decimal("0.00"))

    @property
    def main(self) -> Coverage:
        """主险: the first coverage; riders follow it."""
        return self.coverages[0]
