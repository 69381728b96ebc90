"""Product terms 产品条款参数: a frozen value holding all that a product version says.

The fields are the schema of ``product.yaml`` and of ``ProductVersion.terms``: what has no default must be stated.
A new field needs a default, so that the versions already stored can still be read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from apps.core.dates import Frequency
from apps.core.money import Currency

from . import consistency
from .features import Account, Benefit, Increase, Payout, PremiumLimits, Reimbursement, Waiver
from .states import (
    CoverageRole,
    DebtTreatment,
    Design,
    Factor,
    Line,
    NonForfeiture,
    OverloanEffect,
    PremiumLoanTest,
    RateBasis,
    TableKind,
    TermEnd,
    WindowAnchor,
)
from .values import OLDEST_AGE, SINGLE_PAYMENT, Period, Unfit

CODE = re.compile(r"[A-Z][A-Z0-9_-]{0,19}")
ITEM_CODE = re.compile(r"[A-Z][A-Z_]+[A-Z]")
LINE_WORDS = ("定期寿险", "终身寿险", "两全保险", "年金保险", "疾病保险", "医疗保险", "意外伤害保险", "护理保险")
DESIGN_WORDS = {
    Design.ORDINARY: "",
    Design.PARTICIPATING: "（分红型）",
    Design.UNIVERSAL: "（万能型）",
    Design.UNIT_LINKED: "（投资连结型）",
}
LONGEST_NAME = 120

DEFAULT_REMINDERS: Mapping[Frequency, tuple[int, ...]] = {
    Frequency.ANNUAL: (-30, -15, -7, -1, 0, 7, 15, 30, 45, 55, 59),
    Frequency.SEMI_ANNUAL: (-30, -15, -7, -1, 0, 7, 15, 30, 45, 55, 59),
    Frequency.QUARTERLY: (-15, -7, -1, 0, 7, 15, 30, 45, 55, 59),
    Frequency.MONTHLY: (-7, -1, 0, 7, 15, 30, 45, 55, 59),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """保障计划: one pair of policy term and premium term on offer, and the entry ages (full years) it is open to."""

    policy_term: Period
    payment_term: Period
    min_age: int
    max_age: int

    def __post_init__(self) -> None:
        if self.policy_term.unit == SINGLE_PAYMENT:
            raise Unfit("policy_term", "product_value_unknown", value=self.policy_term)
        if not 0 <= self.min_age <= self.max_age <= OLDEST_AGE:
            raise Unfit("max_age", "product_range_reversed", low=self.min_age, high=self.max_age)
        for age in (self.min_age, self.max_age):
            cover, payment = self.policy_term.years(age), self.payment_term.years(age)
            if (cover is not None and cover < 1) or (
                payment is not None and payment < 1 and self.payment_term.unit != SINGLE_PAYMENT
            ):
                raise Unfit("max_age", "product_term_over_before_it_begins", age=age)
            if cover is not None and (payment is None or payment > cover):
                raise Unfit("payment_term", "product_payment_outlasts_cover", value=self.payment_term)


@dataclass(frozen=True, slots=True)
class Basis:
    """How a table is read: by which facts, what a value means, and per how much of sum assured or premium it stands."""

    factors: tuple[Factor, ...]
    per: int = 1000
    basis: RateBasis = RateBasis.SUM_ASSURED

    def __post_init__(self) -> None:
        if not self.factors or len(set(self.factors)) < len(self.factors):
            raise Unfit("factors", "product_value_repeated")
        if self.per < 1:
            raise Unfit("per", "product_number_out_of_range", low=1, high="")


@dataclass(frozen=True, slots=True)
class Coverage:
    """险种: a part of the product with its own rates and limits. Policies name it by ``code``.

    ``premium_floors`` are the least shares of the premiums paid that a death pays, by the attained age from which each
    holds (N-22). ``guaranteed_renewal_years`` 保证续保期间: so long renewal is not refused (健康险办法 §21).
    ``short_term_loading`` 附加费用率 makes the cash value of a one-year cover what is left of the premium, less it.
    """

    code: str
    name_zh: str
    name_en: str
    min_sum_assured: Decimal
    max_sum_assured: Decimal
    sum_assured_unit: Decimal
    plans: tuple[Plan, ...]
    benefits: tuple[Benefit, ...]
    rates: Basis
    cash_values: Basis | None = None
    role: CoverageRole = CoverageRole.MAIN
    max_occupation_class: int = 6
    renewable_to_age: int | None = None
    guaranteed_renewal_years: int | None = None
    premium_limits: PremiumLimits | None = None
    premium_floors: Mapping[int, Decimal] = field(default_factory=dict)
    increase: Increase | None = None
    payouts: tuple[Payout, ...] = ()
    account: Account | None = None
    reimbursement: Reimbursement | None = None
    waiver: Waiver | None = None
    short_term_loading: Decimal | None = None

    def __post_init__(self) -> None:
        if not CODE.fullmatch(self.code):
            raise Unfit("code", "product_value_unknown", value=self.code)
        if not 0 < self.min_sum_assured <= self.max_sum_assured:
            raise Unfit(
                "max_sum_assured", "product_range_reversed", low=self.min_sum_assured, high=self.max_sum_assured
            )
        if self.sum_assured_unit <= 0:
            raise Unfit("sum_assured_unit", "product_number_out_of_range", low=1, high="")
        offered = [(plan.policy_term, plan.payment_term) for plan in self.plans]
        if not offered or len(set(offered)) < len(offered):
            raise Unfit("plans", "product_value_repeated")
        if not 1 <= self.max_occupation_class <= 6:
            raise Unfit("max_occupation_class", "product_number_out_of_range", low=1, high=6)
        if not 0 <= (self.renewable_to_age or 0) <= OLDEST_AGE:
            raise Unfit("renewable_to_age", "product_number_out_of_range", low=0, high=OLDEST_AGE)
        consistency.check_coverage(self)

    def basis(self, kind: TableKind) -> Basis | None:
        return self.rates if kind == TableKind.RATE else self.cash_values

    def plan(self, policy_term: Period, payment_term: Period) -> Plan | None:
        """The plan with these terms, if it is on offer."""
        terms = (policy_term, payment_term)
        return next((plan for plan in self.plans if (plan.policy_term, plan.payment_term) == terms), None)


@dataclass(frozen=True, slots=True)
class NonForfeitureTerms:
    """保险费逾期未付选择: the options, which one holds without a choice, and the premium loan's parameters (§4.9)."""

    options: tuple[NonForfeiture, ...] = (NonForfeiture.SUSPEND,)
    default: NonForfeiture = NonForfeiture.SUSPEND
    premium_loan_test: PremiumLoanTest = PremiumLoanTest.GRACE_START
    premium_loan_partial: bool = False
    premium_loan_rate: Decimal = Decimal("0.05")
    debts_at_paid_up: DebtTreatment = DebtTreatment.NETTED

    def __post_init__(self) -> None:
        if self.default not in self.options:
            raise Unfit("default", "product_value_unknown", value=self.default)


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """保单贷款 (E-17, E-18): at most ``max_ratio`` of the net cash value for ``max_months``, simple interest a year."""

    max_ratio: Decimal = Decimal("0.8")
    max_months: int = 6
    interest_rate: Decimal = Decimal("0.05")
    min_amount: Decimal = Decimal("500")
    round_down_to: Decimal = Decimal("100")
    overloan_effect: OverloanEffect = OverloanEffect.SUSPEND
    debts_at_decrease: DebtTreatment = DebtTreatment.REPAID

    def __post_init__(self) -> None:
        if not 0 < self.max_ratio <= Decimal("0.8"):
            raise Unfit("max_ratio", "product_number_out_of_range", low=0, high="0.8")


@dataclass(frozen=True, slots=True)
class ItemWindow:
    """保全时间窗口: from ``from_day`` to ``to_day``, counted from the anchor; an open end is None."""

    anchor: WindowAnchor
    from_day: int | None = None
    to_day: int | None = None

    def __post_init__(self) -> None:
        if self.from_day is not None and self.to_day is not None and self.from_day > self.to_day:
            raise Unfit("to_day", "product_range_reversed", low=self.from_day, high=self.to_day)


@dataclass(frozen=True, slots=True)
class ItemTerms:
    """One permitted endorsement item 保全项目 and what this product says differently from the item's own defaults.

    None and absent limits mean the item's default holds.
    """

    window: ItemWindow | None = None
    limits: Mapping[str, Decimal] = field(default_factory=dict)
    documents: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line of a table: where it stands in its file, and its values (a rate, or one value per policy year)."""

    line: int
    values: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """费率表 / 现金价值表: rows by the facts named in the coverage's ``Basis``."""

    rows: Mapping[tuple[str, ...], TableRow]


@dataclass(frozen=True, slots=True)
class ProductTerms:
    """产品版本: one version of one product, with its tables. Days are natural days, rates of interest per year.

    A rider 附加险 is a product of its own, ``attachable_to`` the main products it names (PK-18).
    """

    code: str
    name_zh: str
    name_en: str
    line: Line
    effective_on: date
    coverages: tuple[Coverage, ...]
    modal_factors: Mapping[Frequency, Decimal]
    endorsement_items: Mapping[str, ItemTerms]
    attachable_to: tuple[str, ...] = ()
    design: Design = Design.ORDINARY
    currency: Currency = Currency.CNY
    cooling_off_days: int = 15
    grace_days: int = 60
    grace_rolls: bool = True
    bill_days_before: int = 35
    reminder_days: Mapping[Frequency, tuple[int, ...]] = field(default_factory=lambda: dict(DEFAULT_REMINDERS))
    reinstatement_years: int = 2
    arrears_interest_rate: Decimal = Decimal("0.05")
    at_term_end: TermEnd = TermEnd.EXPIRE
    non_forfeiture: NonForfeitureTerms = NonForfeitureTerms()
    loan: LoanTerms | None = None
    version: int = field(default=0, metadata={"stored": False})
    tables: Mapping[tuple[TableKind, str], Table] = field(default_factory=dict, metadata={"stored": False})

    def __post_init__(self) -> None:
        _check_name(self)
        _check_coverages(self)
        _check_frequencies(self)
        _check_days(self)
        consistency.check_product(self)
        for code in self.endorsement_items:
            if not ITEM_CODE.fullmatch(code):
                raise Unfit(f"endorsement_items.{code}", "product_value_unknown", value=code)

    def coverage(self, code: str) -> Coverage | None:
        return next((coverage for coverage in self.coverages if coverage.code == code), None)

    @property
    def is_rider(self) -> bool:
        return bool(self.attachable_to)

    @property
    def table_version(self) -> str:
        """How a trace names this version, "WHOLE01 v3"."""
        return f"{self.code} v{self.version}"


def _check_name(terms: ProductTerms) -> None:
    """条款费率办法 §15–18: the name ends in its class of insurance and, unless ordinary, its design type."""
    if not CODE.fullmatch(terms.code):
        raise Unfit("code", "product_value_unknown", value=terms.code)
    for field_name in ("name_zh", "name_en"):
        if len(getattr(terms, field_name)) > LONGEST_NAME:
            raise Unfit(field_name, "product_number_out_of_range", low=1, high=LONGEST_NAME)
    name, design = terms.name_zh, DESIGN_WORDS[terms.design]
    if not name.endswith(design) or not name.removesuffix(design).endswith(LINE_WORDS):
        raise Unfit("name_zh", "product_name_without_class", value=name)


def _check_coverages(terms: ProductTerms) -> None:
    codes = [coverage.code for coverage in terms.coverages]
    if not codes or len(set(codes)) < len(codes):
        raise Unfit("coverages", "product_value_repeated")
    if terms.at_term_end == TermEnd.RENEW and not any(c.renewable_to_age for c in terms.coverages):
        raise Unfit("at_term_end", "product_renewal_age_missing")


def _check_frequencies(terms: ProductTerms) -> None:
    for frequency, factor in terms.modal_factors.items():
        if not 0 < factor <= 1:
            raise Unfit(f"modal_factors.{frequency}", "product_number_out_of_range", low=0, high=1)
    payments = {plan.payment_term.unit for coverage in terms.coverages for plan in coverage.plans}
    if (SINGLE_PAYMENT in payments) != (Frequency.SINGLE in terms.modal_factors):
        raise Unfit("modal_factors", "product_single_payment_unmatched")
    for frequency in terms.modal_factors:
        if frequency != Frequency.SINGLE and frequency not in terms.reminder_days:
            raise Unfit("reminder_days", "product_field_missing", field=frequency)


def _check_days(terms: ProductTerms) -> None:
    for name in ("cooling_off_days", "grace_days", "bill_days_before", "reinstatement_years", "arrears_interest_rate"):
        if getattr(terms, name) < 0:
            raise Unfit(name, "product_number_out_of_range", low=0, high="")
    for frequency, days in terms.reminder_days.items():
        where = f"reminder_days.{frequency}"
        if list(days) != sorted(set(days)):
            raise Unfit(where, "product_days_not_ascending")
        if days and (days[0] < -terms.bill_days_before or days[-1] > terms.grace_days):
            raise Unfit(where, "product_number_out_of_range", low=-terms.bill_days_before, high=terms.grace_days)
