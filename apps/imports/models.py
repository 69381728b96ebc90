"""Upload 导入任务 with its parts, corrections and faults; PortfolioImport 存量导入, the book that came of it."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.core.guards import append_only
from apps.core.models import public_id
from apps.core.statemachine import StateField, StateModel, stateful, transition
from apps.parties.vault import sealed

from .states import Mode, Phase
from .states import UploadStatus as S


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


@append_only
class MappingVersion(models.Model):
    """映射版本: what the columns of one shape of file mean, as YAML (``mapping.py``); found again by the header."""

    name = models.CharField(_("name"), max_length=120)
    version = models.PositiveIntegerField(_("version"))
    header_sha256 = models.CharField(_("header digest"), max_length=64)
    content = models.TextField(_("content"))
    sha256 = models.CharField(_("digest"), max_length=64)
    made_by = models.CharField(_("made by"), max_length=80)
    made_at = models.DateTimeField(_("made at"), db_default=Now())

    class Meta:
        verbose_name = _("mapping")
        verbose_name_plural = _("mappings")
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="mapping_version_once"),
            models.UniqueConstraint(fields=["name", "sha256"], name="mapping_content_once"),
        ]
        indexes = [models.Index(fields=["header_sha256", "-id"], name="mapping_by_header")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


@stateful()
class Upload(StateModel):
    """导入任务: a file on its way into the book. ``columns`` is its header; its rows lie sealed in ``UploadPart``.

    ``next_row`` is where a row-by-row run goes on; what lies before it is committed. ``stopping`` is the wish to stop.
    """

    public_id = public_id()
    branch = models.ForeignKey("accounts.Branch", models.PROTECT, related_name="+", verbose_name=_("branch"))
    status = StateField(_("state"), choices=S.choices, default=S.UPLOADED)
    file_name = models.CharField(_("file name"), max_length=200)
    file_kind = models.CharField(_("kind of file"), max_length=8)
    file_sha256 = models.CharField(_("file digest"), max_length=64)
    size = models.PositiveIntegerField(_("size in bytes"))
    columns = models.JSONField(_("columns"))
    header_sha256 = models.CharField(_("header digest"), max_length=64)
    rows = models.PositiveIntegerField(_("rows"))
    mapping = models.ForeignKey(
        MappingVersion, models.PROTECT, null=True, related_name="uploads", verbose_name=_("mapping")
    )
    cutover_on = models.DateField(_("cut-over"), null=True, blank=True)
    mode = models.CharField(_("mode"), max_length=8, choices=Mode.choices, blank=True)
    wrong_cells = models.PositiveIntegerField(_("wrong cells"), default=0)
    wrong_rows = models.PositiveIntegerField(_("wrong rows"), default=0)
    known = models.PositiveIntegerField(_("already here"), default=0)
    imported = models.PositiveIntegerField(_("imported"), default=0)
    next_row = models.PositiveIntegerField(_("next row"), default=0)
    batch = models.ForeignKey(
        PortfolioImport, models.PROTECT, null=True, related_name="uploads", verbose_name=_("import")
    )
    stopping = models.BooleanField(_("to be stopped"), default=False)
    error = models.TextField(_("error"), blank=True)
    uploaded_by = models.CharField(_("uploaded by"), max_length=80)
    uploaded_at = models.DateTimeField(_("uploaded at"), db_default=Now())
    asked_by = models.CharField(_("asked by"), max_length=80, blank=True)
    asked_person = models.CharField(_("person who asked"), max_length=80, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    purged_at = models.DateTimeField(_("content removed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(
                name="upload_mapped", condition=Q(mapping__isnull=False) | Q(status__in=[S.UPLOADED, S.CANCELLED])
            ),
        ]
        indexes = [models.Index(fields=["branch", "-id"], name="upload_of_branch")]

    def __str__(self) -> str:
        return self.file_name

    @transition(field=status, source=[S.UPLOADED, S.CHECKED, S.FAULTY, S.FAILED], target=S.MAPPED)
    def map(self) -> None:
        """Its columns have a meaning, or another one than before."""

    @transition(field=status, source=[S.MAPPED, S.CHECKED, S.FAULTY, S.FAILED], target=S.CHECKING)
    def begin_check(self) -> None:
        """A worker is to read it without importing it."""

    @transition(field=status, source=S.CHECKING, target=S.CHECKED)
    def pass_check(self) -> None:
        """Nothing is wrong with it."""

    @transition(field=status, source=[S.CHECKING, S.RUNNING], target=S.FAULTY)
    def find_faulty(self) -> None:
        """Cells are wrong; nothing came in."""

    @transition(field=status, source=[S.CHECKED, S.FAULTY], target=S.RUNNING)
    def begin_run(self) -> None:
        """A worker is to import it."""

    @transition(field=status, source=S.RUNNING, target=S.DONE)
    def finish(self) -> None:
        """It is part of the book."""

    @transition(field=status, source=[S.CHECKING, S.RUNNING], target=S.FAILED)
    def fail(self) -> None:
        """A worker could not go on, and trying again alone does not help."""

    @transition(
        field=status,
        source=[S.UPLOADED, S.MAPPED, S.CHECKING, S.CHECKED, S.FAULTY, S.RUNNING, S.FAILED],
        target=S.CANCELLED,
    )
    def cancel(self) -> None:
        """Given up; what a row-by-row run has committed stays."""


class UploadProgress(models.Model):
    """导入进度: how far the worker is, written beside its transaction so that others see it at once."""

    upload = models.OneToOneField(Upload, models.CASCADE, primary_key=True, related_name="progress")
    phase = models.CharField(_("phase"), max_length=12, choices=Phase.choices, default=Phase.WAITING)
    done = models.PositiveIntegerField(_("done"), default=0)

    class Meta:
        verbose_name = _("progress of an import")

    def __str__(self) -> str:
        return f"{self.phase} {self.done}"


@sealed("content")
class UploadPart(models.Model):
    """文件分块: consecutive lines of an upload, packed and sealed; "" once removed."""

    public_id = public_id()
    upload = models.ForeignKey(Upload, models.CASCADE, related_name="parts", verbose_name=_("import"))
    first_row = models.PositiveIntegerField(_("first row"))
    last_row = models.PositiveIntegerField(_("last row"))
    content = models.TextField(_("content"))

    class Meta:
        verbose_name = _("part of an import")
        constraints = [models.UniqueConstraint(fields=["upload", "first_row"], name="upload_part_once")]

    def __str__(self) -> str:
        return f"{self.first_row}-{self.last_row}"


@sealed("value")
class Correction(models.Model):
    """更正: what somebody wrote in the place of a wrong cell. The file itself stays as it came."""

    public_id = public_id()
    upload = models.ForeignKey(Upload, models.CASCADE, related_name="corrections", verbose_name=_("import"))
    row = models.PositiveIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=200)
    value = models.TextField(_("value"))
    corrected_by = models.CharField(_("corrected by"), max_length=80)
    corrected_at = models.DateTimeField(_("corrected at"), db_default=Now())

    class Meta:
        verbose_name = _("correction of an import")
        constraints = [models.UniqueConstraint(fields=["upload", "row", "column"], name="cell_corrected_once")]

    def __str__(self) -> str:
        return f"{self.row}:{self.column}"


class CellFault(models.Model):
    """差错: one wrong cell, as the latest check or run found it. ``params`` never hold what the cell says."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="faults", verbose_name=_("import"))
    row = models.PositiveIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=200, blank=True)
    code = models.CharField(_("code"), max_length=60)
    params = models.JSONField(_("values of the sentence"))

    class Meta:
        verbose_name = _("wrong cell")
        verbose_name_plural = _("wrong cells")
        constraints = [models.UniqueConstraint(fields=["upload", "row", "column"], name="wrong_cell_once")]
        indexes = [models.Index(fields=["upload", "code", "column"], name="wrong_cells_by_kind")]

    def __str__(self) -> str:
        return f"{self.row}:{self.column} {self.code}"
