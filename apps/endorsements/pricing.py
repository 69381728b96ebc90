"""Pricing a change 保全定价: premiums move by the difference their facts make, so that imported premiums stay. Pure.

Sources: value-maths §4.1, §4.2.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from apps.core.dates import add_years
from apps.core.money import ZERO, round_fen
from apps.policies.rating import facts_of
from apps.policies.rules import waived_premium
from apps.policies.terms import LAYER, Coverage, Terms
from apps.products import rules as products
from apps.products.rules import Priced
from apps.products.terms import ProductTerms
from apps.products.values import Period

from .base import Moment
from .situation import Products


def product_of(coverage: Coverage, of: Products) -> ProductTerms:
    """The terms a coverage was priced with."""
    return of(coverage.product, coverage.version)


def price(terms: Terms, coverage: Coverage, of: Products) -> Priced:
    """What the product's tables ask for a coverage. Refuses as ``products.rules.premium`` does."""
    product = product_of(coverage, of)
    return products.premium(product, facts_of(terms, coverage, product))


def repriced(before: Terms, after: Terms, moment: Moment) -> Terms:
    """The Terms ``after`` with every premium moved by what its changed facts make at the tables (§4.2).

    A premium that stands in no table's terms, as an imported one may, keeps its distance to it. Refuses facts for which
    a table has no row, and a premium that would fall below nothing.
    """
    covers = tuple(_moved(before, after, each, moment.products) for each in after.coverages)
    return with_waivers(replace(after, coverages=covers), moment.products)


def _moved(before: Terms, after: Terms, cover: Coverage, of: Products) -> Coverage:
    known = before.coverage(cover.code)
    if known is None or is_waiver(cover, of):
        return cover
    then, now = price(before, known, of).amount, price(after, cover, of).amount
    if then == now:
        return cover
    return replace(cover, premium=max(known.premium + now - then, ZERO))


def in_frequency(terms: Terms, frequency: str, of: Products) -> Terms:
    """缴费频率变更: each premium by the modal factors of its product (§4.1); exact where the tables gave it."""
    after = replace(terms, frequency=frequency)
    covers = tuple(_by_factor(terms, after, each, of) for each in terms.coverages)
    return with_waivers(replace(after, coverages=covers), of)


def _by_factor(before: Terms, after: Terms, cover: Coverage, of: Products) -> Coverage:
    if price(before, cover, of).amount == cover.premium:
        return replace(cover, premium=price(after, cover, of).amount)
    factors = {str(frequency): factor for frequency, factor in product_of(cover, of).modal_factors.items()}
    annual = cover.premium / factors[before.frequency]
    return replace(cover, premium=round_fen(annual * factors[after.frequency]))


def layer(terms: Terms, more: Decimal, number: int, moment: Moment) -> Coverage:
    """加保层: so much more sum assured on the main cover, from the moment's day on, priced.

    A cover for life or to an age is written anew at the age attained (§4.2 B); one for a number of years ends with the
    main cover and is rated as that is (§4.2 A), because no plan of the product has the years that are left.
    """
    main, on = terms.main, moment.effective_on
    fixed = Period.parse(main.policy_term).unit == "Y"
    age = facts_of(terms, replace(main, effective_on=on, rated_from=None), product_of(main, moment.products)).age
    years = None if fixed else Period.parse(main.payment_term).years(age)
    drawn = replace(
        main,
        code=f"{main.part}{LAYER}{number}",
        sum_assured=more,
        effective_on=on,
        premium_ends_on=main.premium_ends_on if fixed or years is None else add_years(on, years),
        rated_from=main.start_on if fixed else None,
        extra_percent=ZERO,
        extra_per_mille=ZERO,
    )
    return drawn


def priced_layer(terms: Terms, cover: Coverage, of: Products) -> Coverage:
    """The layer with its premium by the tables."""
    return replace(cover, premium=price(terms, cover, of).amount)


def is_waiver(cover: Coverage, of: Products) -> bool:
    part = product_of(cover, of).coverage(cover.part)
    return part is not None and part.waiver is not None


def with_waivers(terms: Terms, of: Products) -> Terms:
    """豁免附加险 follow: their sum assured is what the premiums they waive come to in a year."""
    for cover in terms.coverages:
        part = product_of(cover, of).coverage(cover.part)
        if part is None or part.waiver is None:
            continue
        raised = replace(cover, sum_assured=waived_premium(terms, cover.code, part.waiver))
        drawn = with_cover(terms, raised)
        moved = price(drawn, raised, of).amount - price(terms, cover, of).amount
        terms = with_cover(terms, replace(raised, premium=max(cover.premium + moved, ZERO)))
    return terms


def with_cover(terms: Terms, cover: Coverage) -> Terms:
    """The Terms with one of their coverages replaced."""
    return replace(terms, coverages=tuple(cover if each.code == cover.code else each for each in terms.coverages))


def reduced(terms: Terms, to: Decimal, moment: Moment) -> Terms:
    """减保: the main cover brought down to a sum assured, newest layers first; premiums by the tables' difference."""
    less, covers = terms.sum_assured - to, list(terms.coverages)
    main = terms.main.part
    for cover in sorted((each for each in covers if each.part == main), key=_newest_first, reverse=True):
        cut = min(less, cover.sum_assured)
        less -= cut
        at = covers.index(cover)
        if cut == cover.sum_assured and cover.is_layer:
            covers.pop(at)
        elif cut:
            covers[at] = replace(cover, sum_assured=cover.sum_assured - cut)
    return repriced(terms, replace(terms, coverages=tuple(covers)), moment)


def _newest_first(cover: Coverage) -> tuple[bool, date, str]:
    return cover.is_layer, cover.effective_on, cover.code
