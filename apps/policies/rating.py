"""Rating a contract 保单费率要素与价值: what its Terms give the product's rules to reckon with. Pure.

Sources: value-maths §4.1, §4.3; age is counted in full years when the coverage began.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from apps.core.dates import Frequency, age_last_birthday
from apps.core.errors import refuse
from apps.core.money import ZERO, round_fen
from apps.products.rules import Priced, RatingFacts, cash_value
from apps.products.terms import ProductTerms
from apps.products.values import Period

from .terms import Coverage, Terms

USUAL_OCCUPATION_CLASS = 1


def facts_of(terms: Terms, coverage: Coverage, product: ProductTerms) -> RatingFacts:
    """What the price and the value of a coverage depend on; rated by the first life. A layer is rated as the
    coverage it raises, at the age of its own first day.

    Refuses a frequency the product does not offer.
    """
    life = terms.lives[0]
    return RatingFacts(
        coverage=coverage.part,
        sex=life.sex,
        age=age_last_birthday(life.born_on, coverage.start_on),
        sum_assured=coverage.sum_assured,
        policy_term=Period.parse(coverage.policy_term),
        payment_term=Period.parse(coverage.payment_term),
        frequency=Frequency(terms.frequency),
        occupation_class=life.occupation_class or USUAL_OCCUPATION_CLASS,
        extra_percent=coverage.extra_percent,
        extra_per_mille=coverage.extra_per_mille,
        annual_premium=_annual_premium(terms, coverage, product),
    )


def _annual_premium(terms: Terms, coverage: Coverage, product: ProductTerms) -> Decimal:
    """The premium of a year, or the single one, that the holder chose; nothing where it follows from the rates."""
    sold = product.coverage(coverage.part)
    if sold is None or sold.premium_limits is None:
        return ZERO
    frequency = Frequency(terms.frequency)
    if frequency not in product.modal_factors:
        raise refuse("product_frequency_not_offered", frequency=frequency)
    return round_fen(coverage.premium / product.modal_factors[frequency])


def cash_values(
    terms: Terms, products: Mapping[str, ProductTerms], on: date, *, paid_to: date | None = None
) -> dict[str, Priced]:
    """现金价值 of each coverage that stands on a day, by its code, with how it came about (§4.3, W6).

    ``products`` are the product terms of each coverage by its code; ``paid_to`` as in ``cash_value``. Refuses facts for
    which a table has no row.
    """
    return {
        each.code: cash_value(
            products[each.code],
            facts_of(terms, each, products[each.code]),
            on,
            start_on=each.start_on,
            paid_to=paid_to,
        )
        for each in terms.coverages
        if each.effective_on <= on and (each.ends_on is None or on < each.ends_on)
    }
