"""The demonstration 演示: a company with people, products and a book, ready for its first business day."""

import csv
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import transaction

from apps.core.context import Context
from apps.imports.mapping import SHIPPED, read_mapping
from apps.imports.services import Imported, import_portfolio
from apps.operations import services as operations
from apps.products import selectors as products
from apps.products import services as product_loading
from apps.products.terms import ProductTerms

from . import office
from .book import Book, Cells
from .recipe import Account, Recipe, read_recipe

MAPPING = SHIPPED / "demo.yaml"


@dataclass(frozen=True, slots=True)
class Demo:
    """What came to be, and the only place where the passwords are."""

    imported: Imported
    passwords: Mapping[Account, str]


@transaction.atomic
def build(ctx: Context, *, size: int) -> Demo:
    """Open the first business day, found the company, import ``size`` policies. Refuses where a day is open already."""
    recipe = read_recipe()
    operations.open_first_day(ctx, ctx.business_date)
    product_loading.load_products(ctx)
    offices = office.found_offices(ctx, recipe)
    passwords, users = office.open_accounts(ctx, recipe, offices)
    agents = office.register_agents(ctx, recipe, offices, users)
    book = Book(recipe, sold_terms(recipe, ctx.business_date), agents, ctx.business_date)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.csv"
        write(path, book.rows(size))
        imported = import_portfolio(ctx, path=path, mapping=read_mapping(MAPPING))
    return Demo(imported, passwords)


def sold_terms(recipe: Recipe, today: date) -> dict[str, ProductTerms]:
    """The products of the recipe as they are sold today."""
    codes = [product.code for product in recipe.products]
    return {code: products.terms_of(products.version_in_force(code, today).pk) for code in codes}


def write(path: Path, rows: Iterable[Cells]) -> None:
    """Rows as CSV with a byte order mark, as spreadsheets save it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer: csv.DictWriter[str] | None = None
        for row in rows:
            if writer is None:
                writer = csv.DictWriter(file, fieldnames=list(row))
                writer.writeheader()
            writer.writerow(row)
