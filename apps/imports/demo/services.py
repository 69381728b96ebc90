"""The demonstration 演示: a company with people, products and a book, ready for its first business day."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import transaction

from apps.core.context import Context
from apps.imports.mapping import SHIPPED, read_mapping
from apps.imports.services import import_portfolio
from apps.operations import services as operations
from apps.products import selectors as products
from apps.products import services as product_loading
from apps.products.terms import ProductTerms

from . import office, writing
from .book import Book
from .recipe import Account, Recipe, read_recipe

MAPPING = SHIPPED / "demo.yaml"


@dataclass(frozen=True, slots=True)
class Company:
    """What came to be before the book, and the only place where the passwords are."""

    book: Book
    passwords: Mapping[Account, str]


@transaction.atomic
def found(ctx: Context, *, size: int) -> Company:
    """Open the first business day and found the company that sold ``size`` policies. Refuses where a day is open."""
    recipe = read_recipe()
    operations.open_first_day(ctx, ctx.business_date)
    product_loading.load_products(ctx)
    offices = office.found_offices(ctx, recipe)
    passwords, users = office.open_accounts(ctx, recipe, offices)
    agents = office.register_agents(ctx, recipe, offices, users, size=size)
    return Company(Book(recipe, sold_terms(recipe, ctx.business_date), agents, ctx.business_date), passwords)


def fill(ctx: Context, book: Book, *, size: int, processes: int = 1) -> Iterator[int]:
    """Import ``size`` policies through the same door as anybody's, file by file; yields how many are in so far.

    Other processes write the next files while one is imported; the rows are the same however many they are.
    """
    mapping = read_mapping(MAPPING)
    done = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in writing.files(book, size, Path(folder), processes):
            done += import_portfolio(ctx, path=path, mapping=mapping).loaded.policies
            path.unlink()
            yield done


def sold_terms(recipe: Recipe, today: date) -> dict[str, ProductTerms]:
    """The products of the recipe and their riders, as they are sold today."""
    riders = (rider.code for product in recipe.products for rider in product.riders)
    codes = dict.fromkeys([*(product.code for product in recipe.products), *riders])
    return {code: products.terms_of(products.version_in_force(code, today).pk) for code in codes}
