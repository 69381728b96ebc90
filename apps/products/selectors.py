"""Questions about products: which version holds on a day, and what it says."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import lru_cache

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import get_language

from apps.core.errors import NotFound, Refusal, refuse

from .decoding import Faults, decode, json_tree
from .models import Product, ProductTable, ProductVersion
from .states import TableKind
from .terms import ProductTerms, Table, TableRow


def name_of(product: Product) -> str:
    """The product's name in the reader's language."""
    return product.name_zh if (get_language() or "").startswith("zh") else product.name_en


def named() -> list[tuple[str, str]]:
    """All products by code, with their names in the reader's language, for a choice among them."""
    return [(product.code, name_of(product)) for product in Product.objects.order_by("code")]


def catalogue() -> QuerySet[Product]:
    """All products: what is sold is no secret to anybody who works here."""
    return Product.objects.all()


def version_ids_of(code: str) -> list[int]:
    """The versions of one product."""
    return list(ProductVersion.objects.filter(product__code=code).values_list("pk", flat=True))


def names() -> dict[str, str]:
    """The name of every product in the reader's language, by code."""
    return {product.code: name_of(product) for product in Product.objects.all()}


def riders_of(code: str) -> QuerySet[Product]:
    """附加险: the products of which a version attaches to this main product (PK-18)."""
    return Product.objects.filter(versions__terms__attachable_to__contains=[code]).distinct().order_by("code")


def with_versions() -> QuerySet[Product]:
    """All products, each with the number of its versions and the day the newest holds from."""
    return Product.objects.annotate(written=Count("versions"), newest=Max("versions__effective_on"))


def version(code: str, number: int) -> ProductVersion:
    """One version by its number, without its terms (ask ``terms_of``). Not found if there is none."""
    versions = ProductVersion.objects.filter(product__code=code, number=number).select_related("product")
    if found := versions.defer("terms").first():
        return found
    raise NotFound(Refusal("product_version_not_found", {"product": code, "number": number}))


def numbered(versions: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """The ids of these versions, by code and number; unknown ones are left out."""
    asked = Q(pk__in=[])
    for code, number in set(versions):
        asked |= Q(product__code=code, number=number)
    found = ProductVersion.objects.filter(asked).values_list("product__code", "number", "pk")
    return {(code, number): pk for code, number, pk in found}


def version_in_force(code: str, on: date) -> ProductVersion:
    """The version of a product that new business of this day is written on: the latest to have taken effect.

    Its terms are asked of ``terms_of``. Not found for an unknown code; refuses a day before the first version.
    """
    versions = ProductVersion.objects.filter(product__code=code, effective_on__lte=on).select_related("product")
    if latest := versions.defer("terms").order_by("number").last():
        return latest
    if not Product.objects.filter(code=code).exists():
        raise NotFound(Refusal("product_not_found", {"product": code}))
    raise refuse("product_not_in_force", product=code, on=on)


def version_ids() -> list[int]:
    """All versions of all products, each product's in the order in which they took effect."""
    return list(ProductVersion.objects.order_by("product", "number").values_list("pk", flat=True))


@lru_cache(maxsize=64)
def terms_of(version_id: int) -> ProductTerms:
    """The terms of a version with its tables. Versions never change, so each is read once per process."""
    stored = ProductVersion.objects.select_related("product").get(pk=version_id)
    terms: ProductTerms = decode(json_tree(stored.terms), ProductTerms, Faults(str(stored)))
    return replace(terms, version=stored.number, tables=_tables(version_id))


def _tables(version_id: int) -> dict[tuple[TableKind, str], Table]:
    tables = ProductTable.objects.filter(version=version_id).prefetch_related("rows")
    return {
        (TableKind(table.kind), table.coverage): Table(
            {tuple(row.key): TableRow(row.line, tuple(row.values)) for row in table.rows.all()}
        )
        for table in tables
    }
