"""Consistency 产品一致性: what in the features of a product contradicts itself, its line, or the rules of its class."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from .states import BenefitAmount, CoverageRole, Design, Line, PayoutKind, RateBasis, TermEnd
from .values import Unfit

if TYPE_CHECKING:
    from .terms import Coverage, Plan, ProductTerms

RIDER_WORD = "附加"
LEAST_COOLING_OFF_OF_HEALTH = 15
"""长期健康险犹豫期 (健康险办法 §15, N-18)."""
HEALTH = {Line.CRITICAL_ILLNESS, Line.MEDICAL, Line.HIGH_LIMIT_MEDICAL, Line.HOSPITAL_CASH}
FEATURE_OF_AMOUNT = {
    BenefitAmount.INCREASED_SUM_ASSURED: "increase",
    BenefitAmount.ACCOUNT: "account",
    BenefitAmount.EXPENSES: "reimbursement",
    BenefitAmount.PREMIUMS_WAIVED: "waiver",
}
"""A benefit that pays such an amount, and the feature that tells how much it is, come together."""


def _pays(amount: BenefitAmount) -> "Callable[[Coverage], bool]":
    return lambda coverage: any(benefit.amount == amount for benefit in coverage.benefits)


def _pays_out(kind: PayoutKind) -> "Callable[[Coverage], bool]":
    return lambda coverage: any(payout.kind == kind for payout in coverage.payouts)


MARKS: "dict[Line, tuple[str, Callable[[Coverage], bool]]]" = {
    Line.INCREASING_WHOLE_LIFE: ("increase", _pays(BenefitAmount.INCREASED_SUM_ASSURED)),
    Line.ENDOWMENT: ("payouts", _pays_out(PayoutKind.MATURITY)),
    Line.ANNUITY: ("payouts", _pays_out(PayoutKind.ANNUITY)),
    Line.PENSION: ("payouts", _pays_out(PayoutKind.ANNUITY)),
    Line.HIGH_LIMIT_MEDICAL: ("reimbursement", _pays(BenefitAmount.EXPENSES)),
    Line.UNIVERSAL_ACCOUNT: ("account", _pays(BenefitAmount.ACCOUNT)),
    Line.HOSPITAL_CASH: ("benefits", _pays(BenefitAmount.PER_DAY)),
    Line.PREMIUM_WAIVER: ("waiver", _pays(BenefitAmount.PREMIUMS_WAIVED)),
}
"""What makes a product one of its line (PK-16): the entry that says it, and how to tell."""


def check_coverage(coverage: "Coverage") -> None:
    """Features that need each other, and payouts that must fall into the cover of every plan."""
    for amount, feature in FEATURE_OF_AMOUNT.items():
        if _pays(amount)(coverage) != (getattr(coverage, feature) is not None):
            raise Unfit(feature, "product_feature_unmatched", feature=feature, amount=amount.value)
    if (coverage.account is not None) != (coverage.rates.basis == RateBasis.RISK):
        raise Unfit("rates", "product_feature_unmatched", feature="account", amount=RateBasis.RISK.value)
    chosen = coverage.rates.basis in (RateBasis.PREMIUM, RateBasis.RISK)
    if chosen != (coverage.premium_limits is not None):
        raise Unfit("premium_limits", "product_premium_limits_unmatched")
    if coverage.short_term_loading is not None:
        if not 0 <= coverage.short_term_loading < 1:
            raise Unfit("short_term_loading", "product_number_out_of_range", low=0, high=1)
        if coverage.cash_values or any(str(plan.policy_term) != "1Y" for plan in coverage.plans):
            raise Unfit("short_term_loading", "product_short_term_unmatched")
    if coverage.waiver and coverage.role != CoverageRole.RIDER:
        raise Unfit("waiver", "product_waiver_without_main")
    if coverage.guaranteed_renewal_years is not None:
        if not coverage.renewable_to_age:
            raise Unfit("guaranteed_renewal_years", "product_renewal_age_missing")
        if coverage.guaranteed_renewal_years < 1:
            raise Unfit("guaranteed_renewal_years", "product_number_out_of_range", low=1, high="")
    ages = list(coverage.premium_floors)
    if ages != sorted(ages) or any(share < 1 for share in coverage.premium_floors.values()):
        raise Unfit("premium_floors", "product_days_not_ascending")
    for plan in coverage.plans:
        _check_payouts(coverage, plan)


def _check_payouts(coverage: "Coverage", plan: "Plan") -> None:
    for number, payout in enumerate(coverage.payouts, 1):
        years = plan.policy_term.years(plan.max_age)
        if payout.kind == PayoutKind.MATURITY:
            if years is None:
                raise Unfit("payouts", "product_payout_outside_cover", number=number, plan=plan.policy_term)
            continue
        first = payout.after_years if payout.from_age is None else payout.from_age - plan.max_age
        if first is None or first < 1 or (years is not None and first >= years):
            raise Unfit("payouts", "product_payout_outside_cover", number=number, plan=plan.policy_term)


def check_product(terms: "ProductTerms") -> None:
    """The line, the design, the name and the term of a product against its features."""
    _check_role(terms)
    if terms.line in MARKS:
        field_name, told_by = MARKS[terms.line]
        if not any(told_by(coverage) for coverage in terms.coverages):
            raise Unfit("line", "product_line_without_feature", line=terms.line, feature=field_name)
    for coverage in terms.coverages:
        if (coverage.account is not None) != (terms.design == Design.UNIVERSAL):
            raise Unfit("design", "product_feature_unmatched", feature="account", amount=Design.UNIVERSAL.value)
        if _pays_out(PayoutKind.MATURITY)(coverage) and terms.at_term_end != TermEnd.MATURE:
            raise Unfit("at_term_end", "product_maturity_unmatched")
        if coverage.guaranteed_renewal_years and terms.at_term_end != TermEnd.RENEW:
            raise Unfit("at_term_end", "product_renewal_unmatched")
    if terms.line in HEALTH and _is_long_term(terms) and terms.cooling_off_days < LEAST_COOLING_OFF_OF_HEALTH:
        raise Unfit("cooling_off_days", "product_number_out_of_range", low=LEAST_COOLING_OFF_OF_HEALTH, high="")


def _check_role(terms: "ProductTerms") -> None:
    """A rider says what it attaches to, is called one (条款费率办法 §15–18), and none of its parts is a main cover."""
    role = CoverageRole.RIDER if terms.is_rider else CoverageRole.MAIN
    for coverage in terms.coverages:
        if coverage.role != role:
            raise Unfit("attachable_to", "product_role_unmatched", coverage=coverage.code)
    if len(set(terms.attachable_to)) < len(terms.attachable_to) or terms.code in terms.attachable_to:
        raise Unfit("attachable_to", "product_value_repeated")
    if (RIDER_WORD in terms.name_zh) != terms.is_rider:
        raise Unfit("name_zh", "product_rider_not_named", word=RIDER_WORD)


def _is_long_term(terms: "ProductTerms") -> bool:
    periods = [plan.policy_term for coverage in terms.coverages for plan in coverage.plans]
    return any(period.unit != "Y" or period.length > 1 for period in periods)
