"""Riders 附加险 of a row: up to three, each with its product, its amounts and, where they differ, its own terms."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from apps.core.dates import add_years
from apps.policies.rules import check_riders
from apps.policies.terms import Coverage, Terms
from apps.products.features import Waiver
from apps.products.terms import Period

from .fields import RIDERS
from .references import References
from .rows import ProductVersion, Rider, Row

FIELD_OF = {
    "waiver_sum_assured_differs": "sum_assured",
    "rider_outlasts_main": "policy_term",
    "rider_ends_before_main": "policy_term",
    "rider_premium_term_differs": "payment_term",
}
"""Where a refusal of a rider is shown; the others stand at its product."""

Values = Mapping[str, Any]
Wrong = tuple[str, str, dict[str, Any]]


def wrong_riders(values: Values, references: References) -> Iterator[Wrong]:
    """What is missing or unknown in the riders of a row, as ``(field, code, params)``."""
    start = values["effective_on"]
    for prefix in RIDERS:
        code = values.get(f"{prefix}_product")
        for part in ("sum_assured", "premium"):
            if code and not values.get(f"{prefix}_{part}"):
                yield f"{prefix}_{part}", "import_value_missing", {}
        if code and start and references.version(code, start) is None:
            known = code in references.products
            yield f"{prefix}_product", "import_product_too_new" if known else "import_product_unknown", {}
        if not code and (values.get(f"{prefix}_sum_assured") or values.get(f"{prefix}_premium")):
            yield f"{prefix}_product", "import_value_missing", {}


def read_riders(values: Values, references: References, age: int) -> Iterator[Rider]:
    """The riders of a row without ``wrong_riders``. A rider without terms of its own has those of the main cover; a
    waiver covers as long as premiums are paid."""
    start: date = values["effective_on"]
    for place, prefix in enumerate(RIDERS, 1):
        if not (code := values.get(f"{prefix}_product")):
            continue
        product = references.version(code, start)
        assert product is not None  # as ``wrong_riders`` tells
        payment_term: Period = values.get(f"{prefix}_payment_term") or values["payment_term"]
        of_main = payment_term if _waiver(product) else values["policy_term"]
        policy_term: Period = values.get(f"{prefix}_policy_term") or of_main
        yield Rider(
            place=place,
            product=product,
            premium=values[f"{prefix}_premium"],
            sum_assured=values[f"{prefix}_sum_assured"],
            policy_term=policy_term,
            payment_term=payment_term,
            ends_on=_end(policy_term, start, age),
            premium_ends_on=_end(payment_term, start, age),
        )


def _waiver(product: ProductVersion) -> Waiver | None:
    coverage = product.terms.coverage(product.coverage)
    return coverage.waiver if coverage else None


def _end(period: Period, start: date, age: int) -> date | None:
    years = period.years(age)
    return None if years is None else add_years(start, years)


def disagreements(row: Row) -> Iterator[Wrong]:
    """What keeps the riders of a row from standing beside its main cover (``policies.rules.check_riders``).

    A sentence names products, as the file does, and not their coverages.
    """
    taken = {row.product.coverage}
    for rider in row.riders:
        if rider.product.coverage in taken:
            yield f"rider{rider.place}_product", "terms_coverage_repeated", {"coverage": rider.product.code}
            return
        taken.add(rider.product.coverage)
    riders = {rider.product.coverage: rider for rider in row.riders}
    products = {each.coverage: each.terms for each in (row.product, *(rider.product for rider in row.riders))}
    for refusal in check_riders(_terms(row), products):
        if told := riders.get(refusal.params["coverage"]):
            field = f"rider{told.place}_{FIELD_OF.get(refusal.code, 'product')}"
            yield field, refusal.code, {**refusal.params, "coverage": told.product.code}
        else:
            yield "product", refusal.code, {**refusal.params, "coverage": row.product.code}


def _terms(row: Row) -> Terms:
    main = _coverage(row, row.product, row.premium, row.sum_assured, row.ends_on, row.premium_ends_on)
    riders = (
        _coverage(row, each.product, each.premium, each.sum_assured, each.ends_on, each.premium_ends_on)
        for each in row.riders
    )
    return Terms(0, (), (main, *riders), row.frequency, row.currency, row.effective_on)


def _coverage(
    row: Row,
    product: ProductVersion,
    premium: Decimal,
    sum_assured: Decimal,
    ends_on: date | None,
    premium_ends_on: date | None,
) -> Coverage:
    return Coverage(
        code=product.coverage,
        product=product.code,
        version=product.number,
        policy_term=str(row.policy_term),
        payment_term=str(row.payment_term),
        sum_assured=sum_assured,
        premium=premium,
        effective_on=row.effective_on,
        ends_on=ends_on,
        premium_ends_on=premium_ends_on,
    )
