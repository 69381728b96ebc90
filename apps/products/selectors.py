"""Questions about products: which version holds on a day, and what it says."""

from dataclasses import replace
from datetime import date
from functools import lru_cache

from apps.core.errors import NotFound, Refusal, refuse

from .decoding import Faults, decode, json_tree
from .models import Product, ProductTable, ProductVersion
from .states import TableKind
from .terms import ProductTerms, Table, TableRow


def version_in_force(code: str, on: date) -> ProductVersion:
    """The version of a product that new business of this day is written on: the latest to have taken effect.

    Not found for an unknown code; refuses a day before the first version.
    """
    versions = ProductVersion.objects.filter(product__code=code, effective_on__lte=on).select_related("product")
    if version := versions.order_by("number").last():
        return version
    if not Product.objects.filter(code=code).exists():
        raise NotFound(Refusal("product_not_found", {"product": code}))
    raise refuse("product_not_in_force", product=code, on=on)


@lru_cache(maxsize=64)
def terms_of(version_id: int) -> ProductTerms:
    """The terms of a version with its tables. Versions never change, so each is read once per process."""
    version = ProductVersion.objects.select_related("product").get(pk=version_id)
    terms: ProductTerms = decode(json_tree(version.terms), ProductTerms, Faults(str(version)))
    return replace(terms, version=version.number, tables=_tables(version_id))


def _tables(version_id: int) -> dict[tuple[TableKind, str], Table]:
    tables = ProductTable.objects.filter(version=version_id).prefetch_related("rows")
    return {
        (TableKind(table.kind), table.coverage): Table(
            {tuple(row.key): TableRow(row.line, tuple(row.values)) for row in table.rows.all()}
        )
        for table in tables
    }
