"""The recipe of the demonstration book 演示数据配方, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from apps.core.dates import Frequency
from apps.core.errors import Refusal, Refused
from apps.imports.generating import AgeBand
from apps.products.decoding import Bad, Faults, Node, decode, yaml_tree
from apps.products.terms import Period

FILE = Path(__file__).parent / "recipe.yaml"
Weights = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Office:
    """机构."""

    code: str
    name: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """演示账号: one person, one role."""

    username: str
    name: str
    office: str
    role: str


@dataclass(frozen=True, slots=True)
class WeightedPlan:
    """A plan of a product and how often it is sold."""

    policy_term: Period
    payment_term: Period
    weight: int


@dataclass(frozen=True, slots=True)
class SoldRider:
    """A rider of a product, on which share of its policies; a waiver takes its sum assured from the premium."""

    code: str
    share: Decimal
    sums_assured: Weights = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SoldProduct:
    """What is sold of one product, and to insured persons of which ages. What the holder chooses is weighted: the sum
    assured, the yearly premium, or both."""

    code: str
    weight: int
    ages: AgeBand
    plans: tuple[WeightedPlan, ...]
    frequencies: Mapping[Frequency, int] = field(default_factory=dict)
    sums_assured: Weights = field(default_factory=dict)
    premiums: Weights = field(default_factory=dict)
    riders: tuple[SoldRider, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A city and its districts by area code."""

    city: str
    districts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Shares are fractions of 1, weights relative numbers."""

    seed: int
    offices: tuple[Office, ...]
    selling: Weights
    agents_per_office: int
    policies_per_agent: int
    without_agent: Decimal
    accounts: tuple[Account, ...]
    products: tuple[SoldProduct, ...]
    standings: Weights
    terminations: Weights
    longest_in_force_years: int
    insured: Weights
    beneficiaries: Weights
    holder_ages: Weights
    female_share: Decimal
    second_policy: Decimal
    with_email: Decimal
    with_mobile: Decimal
    with_account: Decimal
    expired_document: Decimal
    consenting: Decimal
    surnames: Weights
    given_names: Mapping[str, tuple[str, ...]]
    rare_names: Mapping[str, tuple[str, ...]]
    mobile_prefixes: tuple[str, ...]
    card_prefix: str
    banks: tuple[str, ...]
    streets: tuple[str, ...]
    places: Mapping[str, Place]


def read_recipe() -> Recipe:
    """The shipped recipe."""
    faults = Faults(FILE.name)
    tree = yaml_tree(FILE.read_text(encoding="utf-8"), faults)
    try:
        recipe: Recipe = decode(tree or Node(None), Recipe, faults)
    except Bad:
        raise Refused(*(Refusal(fault.code, {**fault.params, "row": fault.row}) for fault in faults)) from None
    return recipe
