"""Products 产品 in the API: reference data, the same for everybody; a client that has it already is told so (304)."""

from django.db.models import OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.api import (
    Call,
    Code,
    Day,
    Detail,
    Id,
    List,
    Many,
    Number,
    Shape,
    Text,
    a_code,
    a_text,
    declare_scope,
    operation,
)

from . import selectors
from .models import Product, ProductVersion
from .states import Line

PRODUCTS_READ = declare_scope("products:read", _("Read products"))


class ProductVersionShape(Shape):
    """A version of a product 产品版本: what was written on it keeps it for good."""

    model = ProductVersion
    number = Number("Versions count from 1.")
    effective_on = Day("New business is written on it from this day.")


class ProductSummary(Shape):
    """A product 产品."""

    model = Product
    id = Id("product")
    code = Text(example="TERM01")
    name_zh = Text()
    name_en = Text()
    line = Code(Line, "险种.")


class ProductShape(ProductSummary):
    """A product 产品 with its versions, the newest first."""

    row_version = (
        "md5({table}::text || (SELECT max(v.id) FROM products_productversion v WHERE v.product_id = {table}.id))"
    )
    versions = Many(ProductVersionShape, ProductVersion.objects.filter(product=OuterRef("pk")).order_by("-number"))


class OfProducts:
    """What all operations on products share."""

    def rows(self, call: Call) -> QuerySet:
        return selectors.catalogue()


@operation("GET", "products")
class Products(OfProducts, List):
    """All products, by code."""

    summary = "List products"
    permission, scope, shape = "product_read.R", PRODUCTS_READ, ProductSummary
    filters = (
        a_code("line", "险种.", Line),
        a_text("code", "The code, whole.", r"[A-Z0-9_-]{1,40}", "code"),
    )
    sorts = {"code": "code"}
    order = "code"


@operation("GET", "products/{product}")
class ProductDetail(OfProducts, Detail):
    """One product with its versions."""

    summary = "Read a product"
    permission, scope, shape = "product_read.R", PRODUCTS_READ, ProductShape
