"""A company without a book, and books to import into it."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from apps.core.context import Context
from apps.imports.demo import office
from apps.imports.demo.book import Book, Cells
from apps.imports.demo.recipe import Recipe, read_recipe
from apps.imports.demo.services import MAPPING, sold_terms
from apps.imports.demo.writing import write
from apps.imports.mapping import BookMapping, read_mapping
from apps.products.services import load_products


@dataclass(frozen=True)
class Company:
    """Offices, agents and products of the demonstration, without accounts and policies."""

    ctx: Context
    recipe: Recipe
    agents: dict[str, Sequence[str]]

    def book(self) -> Book:
        terms = sold_terms(self.recipe, self.ctx.business_date)
        return Book(self.recipe, terms, self.agents, self.ctx.business_date)

    def rows(self, size: int) -> list[Cells]:
        return list(self.book().rows(size))


@pytest.fixture
def company(db, ctx: Context) -> Company:
    recipe = read_recipe()
    load_products(ctx)
    offices = office.found_offices(ctx, recipe)
    without_accounts = {account.username: None for account in recipe.accounts}
    return Company(ctx, recipe, office.register_agents(ctx, recipe, offices, without_accounts))


@pytest.fixture(scope="session")
def demo_mapping() -> BookMapping:
    return read_mapping(MAPPING)


@pytest.fixture
def book_file(tmp_path: Path) -> Callable[[Sequence[Cells]], Path]:
    """Rows as a CSV file."""

    def make(rows: Sequence[Cells], name: str = "book.csv") -> Path:
        path = tmp_path / name
        write(path, rows)
        return path

    return make


def cells_of(path: Path) -> list[Cells]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
