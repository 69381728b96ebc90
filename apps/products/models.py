"""Product 产品 and its versions. The parameters are data; what is computed from them is in ``rules.py``."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.core.guards import append_only
from apps.core.models import public_id

from .states import Line, TableKind


class Product(models.Model):
    """产品: what is sold under one code. The names are those of its newest version."""

    public_id = public_id()
    code = models.CharField(_("code"), max_length=40, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=120)
    line = models.CharField(_("line"), max_length=24, choices=Line.choices)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")

    def __str__(self) -> str:
        return self.code


@append_only
class ProductVersion(models.Model):
    """产品版本: parameters and tables from a day on; a changed file makes a new version, never a changed one.

    ``terms`` is what ``product.yaml`` says with all defaults filled in, every scalar as text.
    """

    public_id = public_id()
    product = models.ForeignKey(Product, models.PROTECT, related_name="versions", verbose_name=_("product"))
    number = models.PositiveIntegerField(_("version"))
    effective_on = models.DateField(_("effective on"))
    terms = models.JSONField(_("terms"))
    digest = models.CharField(_("digest of the files"), max_length=64)
    loaded_at = models.DateTimeField(_("loaded at"), db_default=Now())

    class Meta:
        verbose_name = _("product version")
        verbose_name_plural = _("product versions")
        constraints = [
            models.UniqueConstraint(fields=["product", "number"], name="product_version_once"),
            models.UniqueConstraint(fields=["digest"], name="product_version_of_files"),
        ]

    def __str__(self) -> str:
        return f"{self.product.code} v{self.number}"


@append_only
class ProductTable(models.Model):
    """费率表 / 现金价值表: one table of one coverage of a version."""

    version = models.ForeignKey(ProductVersion, models.PROTECT, related_name="tables", verbose_name=_("version"))
    kind = models.CharField(_("kind"), max_length=12, choices=TableKind.choices)
    coverage = models.CharField(_("coverage"), max_length=20)
    factors = ArrayField(models.CharField(max_length=20), verbose_name=_("rating factors"))

    class Meta:
        verbose_name = _("product table")
        verbose_name_plural = _("product tables")
        constraints = [models.UniqueConstraint(fields=["version", "coverage", "kind"], name="product_table_once")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.coverage} {self.kind}"


@append_only
class ProductTableRow(models.Model):
    """表行: the facts that find it, in the order of the table's factors; its values by policy year, or one rate."""

    table = models.ForeignKey(ProductTable, models.PROTECT, related_name="rows", verbose_name=_("table"))
    line = models.PositiveIntegerField(_("line of the file"))
    key = ArrayField(models.CharField(max_length=20), verbose_name=_("facts"))
    values = ArrayField(models.DecimalField(max_digits=16, decimal_places=4), verbose_name=_("values"))

    class Meta:
        verbose_name = _("table row")
        verbose_name_plural = _("table rows")
        constraints = [models.UniqueConstraint(fields=["table", "key"], name="product_table_row_once")]

    def __str__(self) -> str:
        return f"{self.table_id} {'/'.join(self.key)}"
