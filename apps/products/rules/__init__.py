"""Rules of products 产品规则: rating, limits, benefits over time and the universal account. Pure; exact to the fen."""

from .accounts import AccountMonth, AccountRoll, roll_month
from .benefits import Payment, payouts, sum_assured_on
from .limits import limit_refusals, permitted_items
from .rating import (
    Priced,
    RatingFacts,
    cash_value,
    full_years,
    instalment_count,
    policy_term_ends_on,
    premium,
    premium_term_ends_on,
    sum_assured,
)

__all__ = [
    "AccountMonth",
    "AccountRoll",
    "Payment",
    "Priced",
    "RatingFacts",
    "cash_value",
    "full_years",
    "instalment_count",
    "limit_refusals",
    "payouts",
    "permitted_items",
    "policy_term_ends_on",
    "premium",
    "premium_term_ends_on",
    "roll_month",
    "sum_assured",
    "sum_assured_on",
]
