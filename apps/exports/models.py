"""Export 导出: a list taken out as a file, masked like the page it comes from; who took it, what for, until when."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.core.models import public_id
from apps.core.statemachine import StateField, StateModel, stateful, transition
from apps.parties.vault import sealed

from .states import ExportFormat, ExportPurpose
from .states import ExportStatus as S


@stateful(births=("export.requested",))
@sealed("query", "content")
class Export(StateModel):
    """导出.

    ``page`` is the list it comes from, ``query`` how that was narrowed, ``most`` how many rows it may hold. The
    content is gone once it has expired; the row stays, for it says who took what (P36).
    """

    public_id = public_id()
    number = models.CharField(_("export number"), max_length=20, unique=True)
    status = StateField(_("state"), choices=S.choices, default=S.AWAITING)
    page = models.CharField(_("list"), max_length=60)
    title = models.CharField(_("title"), max_length=120)
    query = models.TextField(_("filters"), blank=True)
    columns = models.JSONField(_("columns"), default=list)
    language = models.CharField(_("language"), max_length=10)
    format = models.CharField(_("format"), max_length=4, choices=ExportFormat.choices)
    purpose = models.CharField(_("purpose"), max_length=12, choices=ExportPurpose.choices)
    note = models.CharField(_("note"), max_length=200)
    branch = models.ForeignKey("accounts.Branch", models.PROTECT, related_name="+", verbose_name=_("branch"))
    most = models.PositiveIntegerField(_("rows at most"))
    rows = models.PositiveIntegerField(_("rows"), null=True)
    content = models.TextField(_("content"), blank=True)
    size = models.PositiveIntegerField(_("size in bytes"), null=True)
    error = models.TextField(_("error"), blank=True)
    requested_at = models.DateTimeField(_("requested at"), db_default=Now())
    requested_by = models.CharField(_("requested by"), max_length=80)
    requested_person = models.CharField(max_length=80)
    approved_by = models.CharField(_("approved by"), max_length=80, blank=True)
    approved_person = models.CharField(max_length=80, blank=True)
    expires_at = models.DateTimeField(_("available until"), null=True)
    downloads = models.PositiveIntegerField(_("downloads"), default=0)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.CheckConstraint(name="export_status_known", condition=Q(status__in=S.values)),
            models.CheckConstraint(name="export_four_eyes", condition=~Q(approved_person=F("requested_person"))),
            models.CheckConstraint(
                name="export_content_while_ready", condition=Q(content="") | Q(status=S.READY, expires_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["requested_by", "-id"], name="export_of_user"),
            models.Index(fields=["id"], condition=Q(status__in=[S.QUEUED, S.AWAITING]), name="export_open"),
            models.Index(fields=["expires_at"], condition=Q(status=S.READY), name="export_to_expire"),
        ]

    def __str__(self) -> str:
        return self.number

    @transition(status, S.AWAITING, S.QUEUED)
    def approve(self, by, person):
        """复核通过."""
        self.approved_by, self.approved_person = by, person

    @transition(status, S.AWAITING, S.REJECTED)
    def reject(self):
        """驳回."""

    @transition(status, S.QUEUED, S.READY)
    def finish(self, content, *, rows, size, expires_at):
        self.content, self.rows, self.size, self.expires_at = content, rows, size, expires_at

    @transition(status, S.QUEUED, S.FAILED)
    def fail(self, error):
        self.error = error

    @transition(status, S.READY, S.EXPIRED)
    def expire(self):
        """过期: the content is gone."""
        self.content = ""
