"""Document 文件: a paper handed in or written by us, filed to a policy, sealed; and its parts 文件分块."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.core.models import public_id
from apps.core.statemachine import StateField, StateModel, stateful, transition
from apps.parties.vault import sealed

from .states import DocumentStatus as S
from .states import MediaType, Origin, kinds


@stateful(births=("document.rendered",))
@sealed("filename")
class Document(StateModel):
    """文件.

    ``subject_type`` and ``subject_id`` say what it was handed in or written for ("endorsements.endorsement").
    ``sha256`` and ``size`` are of what is kept, ``original_sha256`` of what came in, before it was remade. What we
    write bears a ``number`` and the ``template`` with its version ("endorsement_slip.1").
    """

    public_id = public_id()
    kind = models.CharField(_("kind"), max_length=40, choices=kinds)
    origin = models.CharField(_("origin"), max_length=8, choices=Origin.choices)
    status = StateField(_("state"), choices=S.choices, default=S.QUARANTINED)
    policy = models.ForeignKey(
        "policies.Policy",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("policy"),
    )
    subject_type = models.CharField(_("subject type"), max_length=60, blank=True)
    subject_id = models.BigIntegerField(_("subject"), null=True, blank=True)
    number = models.CharField(_("number"), max_length=32, blank=True)
    template = models.CharField(_("template"), max_length=60, blank=True)
    filename = models.TextField(_("file name"))
    media_type = models.CharField(_("file format"), max_length=20, choices=MediaType.choices)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("digest"), max_length=64)
    original_sha256 = models.CharField(_("digest of the original"), max_length=64, blank=True)
    filed_by = models.CharField(_("filed by"), max_length=80)
    filed_on = models.DateField(_("filed on"))
    filed_at = models.DateTimeField(_("filed at"), db_default=Now())
    examined_at = models.DateTimeField(_("examined at"), null=True, blank=True)
    found = models.CharField(_("what the scanner found"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="document_number_once"),
            models.CheckConstraint(name="document_status_known", condition=Q(status__in=S.values)),
            models.CheckConstraint(
                name="document_of_ours_numbered",
                condition=Q(origin=Origin.UPLOADED, number="", template="")
                | (Q(origin=Origin.RENDERED) & ~Q(number="") & ~Q(template="")),
            ),
        ]
        indexes = [
            models.Index(fields=["policy", "-id"], name="document_of_policy"),
            models.Index(fields=["subject_type", "subject_id"], name="document_of_subject"),
            models.Index(fields=["id"], condition=Q(status=S.QUARANTINED), name="document_in_quarantine"),
        ]

    def __str__(self) -> str:
        return self.number or f"{self.get_kind_display()} {self.pk}"

    @transition(field=status, source=S.QUARANTINED, target=S.RELEASED)
    def release(self, examined_at=None):
        """放行: nothing was found, or no scanner is set up (then ``examined_at`` stays empty)."""
        self.examined_at = examined_at

    @transition(field=status, source=S.QUARANTINED, target=S.REFUSED)
    def refuse(self, found, examined_at):
        """拒收: the scanner found something harmful; the content goes."""
        self.found, self.examined_at = found, examined_at


@sealed("content")
class DocumentPart(models.Model):
    """文件分块: consecutive bytes of a document in base64, sealed."""

    public_id = public_id(looked_up=False)
    document = models.ForeignKey(
        Document, models.CASCADE, related_name="parts", db_index=False, verbose_name=_("document")
    )
    position = models.PositiveIntegerField(_("position"))
    content = models.TextField(_("content"))

    class Meta:
        verbose_name = _("part of a document")
        constraints = [models.UniqueConstraint(fields=["document", "position"], name="document_part_once")]

    def __str__(self) -> str:
        return f"{self.document_id}/{self.position}"
