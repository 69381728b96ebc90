"""PortfolioImport 存量导入: a book that came in, known by the digest of its file and mapping."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.core.models import public_id


class PortfolioImport(models.Model):
    """存量导入批次."""

    public_id = public_id()
    file_name = models.CharField(_("file name"), max_length=200)
    file_sha256 = models.CharField(_("file digest"), max_length=64)
    mapping_name = models.CharField(_("mapping"), max_length=120)
    mapping_sha256 = models.CharField(_("mapping digest"), max_length=64)
    cutover_on = models.DateField(_("cut-over"))
    rows = models.PositiveIntegerField(_("rows"))
    imported = models.PositiveIntegerField(_("imported"), default=0)
    known = models.PositiveIntegerField(_("already here"), default=0)
    imported_by = models.CharField(_("imported by"), max_length=80)
    imported_at = models.DateTimeField(_("imported at"), db_default=Now())

    class Meta:
        verbose_name = _("portfolio import")
        verbose_name_plural = _("portfolio imports")
        constraints = [
            models.UniqueConstraint(fields=["file_sha256", "mapping_sha256"], name="file_imported_once_by_mapping")
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportedPolicy(models.Model):
    """导入对照: which row of which book became which policy; a row key is imported once, whatever the file (P66)."""

    book = models.CharField(_("book"), max_length=60)
    row_key = models.CharField(_("row key"), max_length=80)
    policy = models.OneToOneField("policies.Policy", models.PROTECT, related_name="+", verbose_name=_("policy"))
    batch = models.ForeignKey(PortfolioImport, models.PROTECT, related_name="policies", verbose_name=_("import"))

    class Meta:
        verbose_name = _("imported policy")
        verbose_name_plural = _("imported policies")
        constraints = [models.UniqueConstraint(fields=["book", "row_key"], name="imported_once")]

    def __str__(self) -> str:
        return f"{self.book}/{self.row_key}"
