"""Features 产品特征: what sets one line of insurance apart from another, as frozen values of a coverage.

Each is a part of the schema of ``product.yaml``; what has no default must be stated. docs/concepts/product-lines.md
tells which line has which.
"""

from dataclasses import dataclass
from decimal import Decimal

from apps.core.dates import Frequency

from .states import BenefitAmount, CoverEnd, Payee, PayoutBasis, PayoutKind, WaivedPremiums
from .values import OLDEST_AGE, Unfit

MOST_WAITING_DAYS = 180
MOST_TIMES = 10
DAYS_OF_A_YEAR = 365
WHOLE = Decimal(1)


def _within(name: str, value: Decimal | int, low: Decimal | int, high: Decimal | int) -> None:
    if not low <= value <= high:
        raise Unfit(name, "product_number_out_of_range", low=low, high=high)


@dataclass(frozen=True, slots=True)
class Benefit:
    """保险责任 (PK-01): what is paid, to whom, after which waiting period 等待期 (≤ 180 days, 健康险办法 §27), and what
    ends with it.

    ``share`` of the amount is paid, up to ``most_times``; a benefit by the day for at most ``most_days`` a year.
    """

    code: str
    name_zh: str
    name_en: str
    payee: Payee
    waiting_days: int = 0
    amount: BenefitAmount = BenefitAmount.SUM_ASSURED
    share: Decimal = WHOLE
    most_times: int = 1
    most_days: int | None = None
    ends: CoverEnd = CoverEnd.NOTHING

    def __post_init__(self) -> None:
        _within("waiting_days", self.waiting_days, 0, MOST_WAITING_DAYS)
        _within("share", self.share, Decimal("0.01"), 10)
        _within("most_times", self.most_times, 1, MOST_TIMES)
        if (self.most_days is not None) != (self.amount == BenefitAmount.PER_DAY):
            raise Unfit("most_days", "product_days_unmatched")
        if self.most_days is not None:
            _within("most_days", self.most_days, 1, DAYS_OF_A_YEAR)
        if self.ends != CoverEnd.NOTHING and self.most_times > 1:
            raise Unfit("most_times", "product_times_after_the_end")


@dataclass(frozen=True, slots=True)
class Payout:
    """生存金、年金、满期金 (§4.16): ``share`` of its basis on policy anniversaries while the insured lives.

    An annuity begins at an age and is paid every year or month, for life or to the end of the term, and for
    ``guaranteed_years`` whether the insured lives or not; a survival benefit falls due once, after some policy years;
    a maturity benefit at the end of the term.
    """

    kind: PayoutKind
    name_zh: str
    name_en: str
    basis: PayoutBasis = PayoutBasis.SUM_ASSURED
    share: Decimal = WHOLE
    payee: Payee = Payee.INSURED
    from_age: int | None = None
    after_years: int | None = None
    frequency: Frequency = Frequency.SINGLE
    guaranteed_years: int = 0

    def __post_init__(self) -> None:
        _within("share", self.share, Decimal("0.001"), 10)
        annuity = self.kind == PayoutKind.ANNUITY
        if annuity != (self.from_age is not None):
            raise Unfit("from_age", "product_payout_start_unmatched")
        if (self.kind == PayoutKind.SURVIVAL) != (self.after_years is not None):
            raise Unfit("after_years", "product_payout_start_unmatched")
        if annuity != (self.frequency != Frequency.SINGLE):
            raise Unfit("frequency", "product_payout_start_unmatched")
        _within("from_age", self.from_age or 0, 0, OLDEST_AGE)
        _within("after_years", 1 if self.after_years is None else self.after_years, 1, OLDEST_AGE)
        _within("guaranteed_years", self.guaranteed_years, 0, 30 if annuity else 0)


@dataclass(frozen=True, slots=True)
class Increase:
    """保额递增 of 增额终身寿险: from the second policy year the sum assured grows by ``rate`` of the year before."""

    rate: Decimal

    def __post_init__(self) -> None:
        _within("rate", self.rate, Decimal("0.001"), Decimal("0.05"))


@dataclass(frozen=True, slots=True)
class Account:
    """万能账户 (§4.12): the least interest a year, and what is taken out of premiums, every month, and at withdrawal.

    ``withdrawal_charges`` are shares of what is withdrawn, by policy year; none after the last. The risk charge has
    its table: per amount at risk and year of age.
    """

    guaranteed_rate: Decimal
    initial_charge: Decimal
    top_up_charge: Decimal
    monthly_fee: Decimal = Decimal(0)
    withdrawal_charges: tuple[Decimal, ...] = ()

    def __post_init__(self) -> None:
        for name in ("guaranteed_rate", "initial_charge", "top_up_charge"):
            _within(name, getattr(self, name), 0, Decimal("0.5"))
        _within("monthly_fee", self.monthly_fee, 0, 1000)
        for charge in self.withdrawal_charges:
            _within("withdrawal_charges", charge, 0, Decimal("0.5"))


@dataclass(frozen=True, slots=True)
class Reimbursement:
    """费用补偿 (§4.16, N-20): what of the eligible expenses is paid, never more than was spent.

    ``deductible`` 免赔额 is the insured's own of a year, ``share`` 给付比例 of the rest is paid; without payment by
    social insurance first, ``share_without_social_insurance``.
    """

    deductible: Decimal
    share: Decimal = WHOLE
    share_without_social_insurance: Decimal = WHOLE

    def __post_init__(self) -> None:
        _within("deductible", self.deductible, 0, 1_000_000)
        for name in ("share", "share_without_social_insurance"):
            _within(name, getattr(self, name), Decimal("0.01"), 1)


@dataclass(frozen=True, slots=True)
class Waiver:
    """豁免保险费: whose premiums the insurer bears once the benefit has fallen due. Its sum assured is what those
    premiums come to in a year."""

    premiums: WaivedPremiums


@dataclass(frozen=True, slots=True)
class PremiumLimits:
    """保险费限额: limits and unit of the yearly (or single) premium, where the holder chooses it."""

    lowest: Decimal
    highest: Decimal
    unit: Decimal

    def __post_init__(self) -> None:
        if not 0 < self.lowest <= self.highest:
            raise Unfit("highest", "product_range_reversed", low=self.lowest, high=self.highest)
        if self.unit <= 0:
            raise Unfit("unit", "product_number_out_of_range", low=1, high="")
