"""The contract in two times 双时间轴: what it said on a day, as known on a day, and what it was worth (P18, W7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Min

from apps.core import clock
from apps.products import selectors as products
from apps.products.rules import Priced
from apps.products.terms import ProductTerms

from . import rating, selectors
from .models import Policy, PolicyVersion
from .terms import Coverage, Terms


@dataclass(frozen=True)
class Span:
    """The days about which something can be asked: ``first`` to ``last`` of the contract, ``since`` which it is known.

    ``cuts`` are the days on which a version begins.
    """

    first: date
    last: date
    since: date
    cuts: tuple[date, ...]


def span_of(policy: Policy, today: date) -> Span:
    """From the contract's first day to its end, or to its last version or today where those are later."""
    versions = (
        PolicyVersion.objects.filter(policy=policy).values_list("effective_on").annotate(known=Min("recorded_at"))
    )
    known = dict(versions)
    cuts = tuple(sorted(known))
    last = max(cuts[-1], today, policy.ends_on or today)
    return Span(cuts[0], last, clock.office_day(min(known.values())), cuts)


def contract_on(policy_id: int, on: date, known_on: date | None = None) -> tuple[PolicyVersion, Terms]:
    """What the contract said on a day, as known now, or at the end of a day on the office's wall.

    Not found before its first day, and before anything was known of it.
    """
    return selectors.version_on(policy_id, on, known_at=clock.end_of_day(known_on) if known_on else None)


def products_of(terms: Terms, known: Mapping[tuple[str, int], int] | None = None) -> dict[str, ProductTerms]:
    """The product terms of each coverage, by its code. Of the versions ``known`` the ids need not be looked up."""
    ids = dict(known or {})
    if missing := {(each.product, each.version) for each in terms.coverages} - set(ids):
        ids |= products.numbered(missing)
    return {each.code: products.terms_of(ids[each.product, each.version]) for each in terms.coverages}


def cash_values_on(policy: Policy, terms: Terms, on: date) -> dict[str, Priced]:
    """现金价值 on a day of the coverages that have one, by code; premium is owed from where the policy is paid to."""
    own = policy.product_version
    sold = products_of(terms, {(own.product.code, own.number): own.pk})
    priced = rating.cash_values(terms, sold, on, paid_to=policy.paid_to)
    return {each.code: priced[each.code] for each in terms.coverages if each.code in priced and _grows(each, sold)}


def _grows(coverage: Coverage, sold: dict[str, ProductTerms]) -> bool:
    """Whether it has a cash value at all: a table of them, or a premium that is earned by the day."""
    part = sold[coverage.code].coverage(coverage.part)
    return part is not None and (part.cash_values is not None or part.short_term_loading is not None)
