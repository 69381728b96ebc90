"""A product small enough to be read at a glance: ages 30 to 32, two years of cover, cash values."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from apps.core.dates import Frequency
from apps.products.data.make_tables import HERE as SHIPPED
from apps.products.rules import RatingFacts
from apps.products.sources import ProductFiles, find_products, read_product
from apps.products.terms import Period, ProductTerms

PRODUCT = """\
code: SMALL01
name_zh: 安和人寿小小定期寿险
name_en: Small
line: term_life
effective_on: 2020-01-01
coverages:
  - code: C1
    name_zh: 定期寿险
    name_en: Term life
    min_sum_assured: 10000
    max_sum_assured: 1000000
    sum_assured_unit: 10000
    max_occupation_class: 4
    plans:
      - {policy_term: 2Y, payment_term: 2Y, min_age: 30, max_age: 32}
    benefits:
      - {code: DEATH, name_zh: 身故保险金, name_en: Death, payee: death_beneficiary, waiting_days: 90}
    rates: {factors: [sex, age], per: 1000}
    cash_values: {factors: [sex, age], per: 1000}
modal_factors: {annual: 1, monthly: 0.09}
endorsement_items:
  SURRENDER: {}
  REINSTATEMENT:
    window: {anchor: start, to_day: 900}
    limits: {max_age: 60}
    documents: [health_declaration]
"""
RATES = """\
# a comment line
coverage,sex,age,rate
C1,1,30,86
C1,1,31,87.5
C1,1,32,88
C1,2,30,60
C1,2,31,61
C1,2,32,62
"""
CASH_VALUES = """\
coverage,sex,age,1,2
C1,1,30,21.35,26.12
C1,1,31,22,27
C1,1,32,23,28
C1,2,30,20,25
C1,2,31,21,26
C1,2,32,22,27
"""
FILES = {"product.yaml": PRODUCT, "rates.csv": RATES, "cash_values.csv": CASH_VALUES}


def write_product(directory: Path, folder: str = "small", **changed: str) -> Path:
    """A directory holding the small product, with files replaced by name (``product``, ``rates``, ``cash_values``)."""
    (directory / folder).mkdir(parents=True, exist_ok=True)
    for name, content in FILES.items():
        text = changed.get(name.split(".")[0], content)
        (directory / folder / name).write_text(text, encoding="utf-8")
    return directory


def small_terms() -> ProductTerms:
    terms, faults = read_product(ProductFiles("small", {name: text.encode() for name, text in FILES.items()}))
    assert terms is not None, faults
    return terms


def shipped_terms() -> dict[str, ProductTerms]:
    """The demonstration products, by code."""
    read = [read_product(files) for files in find_products(SHIPPED)]
    return {terms.code: terms for terms, _ in read if terms is not None}


def facts(**changed: object) -> RatingFacts:
    """A man of 30 with 100,000 of the small product, paying once a year."""
    usual: dict[str, object] = {
        "coverage": "C1",
        "sex": "1",
        "age": 30,
        "sum_assured": Decimal(100_000),
        "policy_term": Period.parse("2Y"),
        "payment_term": Period.parse("2Y"),
        "frequency": Frequency.ANNUAL,
    }
    return RatingFacts(**usual | changed)


START = date(2024, 3, 15)
