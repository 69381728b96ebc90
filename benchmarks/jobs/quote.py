"""Quote a term life product for lives of every age."""

from decimal import Decimal

from apps.core.context import job
from apps.core.dates import Frequency
from apps.parties.states import Sex
from apps.products import selectors as products
from apps.products import services as product_services
from apps.products.rules.rating import RatingFacts, premium
from apps.products.values import Period
from benchmarks.due import NIGHT
from benchmarks.meter import Meter

TERM, AGES = Period.parse("20Y"), range(20, 45)


def run(meter: Meter, *, quotes: int) -> None:
    product_services.load_products(job("benchmark", NIGHT))
    terms = products.terms_of(products.version_in_force("TERM01", NIGHT).pk)
    lives = [
        RatingFacts("C1", Sex.FEMALE, AGES[n % len(AGES)], Decimal(100_000 + n), TERM, TERM, Frequency.ANNUAL)
        for n in range(quotes)
    ]
    with meter:
        for life in lives:
            premium(terms, life)
