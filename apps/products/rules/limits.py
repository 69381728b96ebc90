"""Limits 投保规则: what of a product may be sold to whom, and which endorsement items it permits. Pure."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from apps.core.dates import Frequency
from apps.core.errors import Refusal
from apps.products.features import PremiumLimits
from apps.products.terms import Coverage, ItemTerms, ProductTerms
from apps.products.values import SINGLE_PAYMENT

from .rating import RatingFacts


def permitted_items(terms: ProductTerms) -> Mapping[str, ItemTerms]:
    """允许的保全项目: endorsement items by code with this product's overrides. What is not listed is not permitted."""
    return terms.endorsement_items


def limit_refusals(terms: ProductTerms, facts: RatingFacts, *, renewal: bool = False) -> Iterator[Refusal]:
    """投保规则: why these facts may not be sold, one refusal per limit; for a renewal its own age limit holds."""
    coverage = terms.coverage(facts.coverage)
    if coverage is None:
        yield Refusal("product_coverage_unknown", {"coverage": facts.coverage})
        return
    yield from _plan_refusals(coverage, facts, renewal)
    yield from _sum_assured_refusals(coverage, facts.sum_assured)
    if coverage.premium_limits is not None:
        yield from _premium_refusals(coverage.premium_limits, facts.annual_premium)
    single = facts.payment_term.unit == SINGLE_PAYMENT
    if facts.frequency not in terms.modal_factors or single != (facts.frequency == Frequency.SINGLE):
        yield Refusal("product_frequency_not_offered", {"frequency": facts.frequency})
    if facts.occupation_class > coverage.max_occupation_class:
        params = {"occupation_class": facts.occupation_class, "highest": coverage.max_occupation_class}
        yield Refusal("product_occupation_not_accepted", params)


def _plan_refusals(coverage: Coverage, facts: RatingFacts, renewal: bool) -> Iterator[Refusal]:
    plan = coverage.plan(facts.policy_term, facts.payment_term)
    if plan is None:
        params = {"policy_term": facts.policy_term, "payment_term": facts.payment_term}
        yield Refusal("product_plan_not_offered", params)
        return
    oldest = max(plan.max_age, coverage.renewable_to_age or 0) if renewal else plan.max_age
    if not plan.min_age <= facts.age <= oldest:
        ages = {"age": facts.age, "lowest": plan.min_age, "highest": oldest}
        yield Refusal("product_age_out_of_range", ages)


def _sum_assured_refusals(coverage: Coverage, sum_assured: Decimal) -> Iterator[Refusal]:
    if not coverage.min_sum_assured <= sum_assured <= coverage.max_sum_assured:
        params = {
            "sum_assured": sum_assured,
            "lowest": coverage.min_sum_assured,
            "highest": coverage.max_sum_assured,
        }
        yield Refusal("product_sum_assured_out_of_range", params)
    elif sum_assured % coverage.sum_assured_unit:
        params = {"sum_assured": sum_assured, "unit": coverage.sum_assured_unit}
        yield Refusal("product_sum_assured_not_in_units", params)


def _premium_refusals(limits: PremiumLimits, premium: Decimal) -> Iterator[Refusal]:
    if not limits.lowest <= premium <= limits.highest:
        params = {"premium": premium, "lowest": limits.lowest, "highest": limits.highest}
        yield Refusal("product_premium_out_of_range", params)
    elif premium % limits.unit:
        yield Refusal("product_premium_not_in_units", {"premium": premium, "unit": limits.unit})
