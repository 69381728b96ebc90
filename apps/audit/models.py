"""Event 业务事件, its deliveries, Access 访问留痕, and the blocks that seal both 封存块."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.core.guards import append_only
from apps.core.models import public_id

from .fields import CurrentTransactionId, TransactionIdField
from .states import AccessKind, DeliveryStatus, Stream

BY_A_PERSON = models.Q(actor__startswith="user:")
"""What jobs do by the thousand is found by its policy; what people do is also found by who did it."""


class Trail(models.Model):
    """The columns both streams share: who, when, in which transaction and request (P35)."""

    id = models.BigAutoField(primary_key=True)
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    txid = TransactionIdField(_("transaction"), db_default=CurrentTransactionId(), editable=False)
    business_date = models.DateField(_("business date"))
    actor = models.CharField(_("actor"), max_length=80)
    person = models.CharField(_("person"), max_length=80, blank=True)
    on_behalf_of = models.CharField(_("on behalf of"), max_length=80, blank=True)
    request_id = models.CharField(_("request"), max_length=64, blank=True)

    class Meta:
        abstract = True


@append_only
class Event(Trail):
    """业务事件: a past-tense fact. History, audit trail and outbox at once."""

    public_id = public_id(looked_up=False)
    name = models.CharField(_("event"), max_length=60)
    subject_type = models.CharField(_("subject type"), max_length=60)
    subject_id = models.BigIntegerField(_("subject"))
    policy_id = models.BigIntegerField(_("policy"), null=True)
    reason = models.TextField(_("reason"), blank=True)
    payload = models.JSONField(_("payload"), default=dict)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "txid"], name="event_of_subject"),
            models.Index(
                fields=["policy_id", "id"], name="event_of_policy", condition=models.Q(policy_id__isnull=False)
            ),
            models.Index(fields=["txid", "id"], name="event_to_seal"),
            models.Index(fields=["business_date", "id"], name="event_of_day"),
            models.Index(fields=["actor", "id"], name="event_by_person", condition=BY_A_PERSON),
            models.Index(fields=["request_id"], name="event_of_request", condition=BY_A_PERSON),
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"


class Delivery(models.Model):
    """投递: one event on its way to one subscriber; retried, and in the end a dead letter (P08)."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(
        Event,
        models.PROTECT,
        related_name="deliveries",
        db_index=False,
        db_constraint=False,  # written by the statement that writes the event, which nobody can delete
        verbose_name=_("event"),
    )
    subscriber = models.CharField(_("subscriber"), max_length=60)
    status = models.CharField(
        _("status"), max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"), db_default=Now())
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["event", "subscriber"], name="delivery_once")]
        indexes = [
            models.Index(
                fields=["subscriber", "next_attempt_at", "id"],
                name="delivery_due",
                condition=models.Q(status=DeliveryStatus.PENDING),
            ),
            models.Index(
                fields=["status", "id"], name="delivery_open", condition=~models.Q(status=DeliveryStatus.DONE)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.subscriber}"


@append_only
class Access(Trail):
    """访问留痕: a denial, a reveal, an export, a file opened for a purpose. Never holds the value seen (P36)."""

    kind = models.CharField(_("kind"), max_length=10, choices=AccessKind.choices)
    action = models.CharField(_("action"), max_length=60)
    object_type = models.CharField(_("object type"), max_length=60, blank=True)
    object_id = models.BigIntegerField(_("object"), null=True)
    purpose = models.CharField(_("purpose"), max_length=200, blank=True)
    ip = models.CharField(_("address"), max_length=45, blank=True)
    detail = models.JSONField(_("detail"), default=dict)

    class Meta:
        verbose_name = _("access")
        verbose_name_plural = _("accesses")
        indexes = [
            models.Index(fields=["txid", "id"], name="access_to_seal"),
            models.Index(fields=["actor", "kind", "business_date"], name="access_by_actor"),
            models.Index(fields=["object_type", "object_id"], name="access_to_object"),
            models.Index(fields=["business_date", "id"], name="access_of_day"),
            models.Index(fields=["kind", "id"], name="access_of_kind"),
            models.Index(fields=["request_id"], name="access_of_request"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.action} #{self.pk}"


@append_only
class Epoch(models.Model):
    """纪元: one life of the database cluster. A restore into another cluster opens a new one (decision 28)."""

    number = models.PositiveIntegerField(primary_key=True)
    system_identifier = models.CharField(max_length=40)
    started_at = models.DateTimeField(db_default=Now())
    first_event_id = models.BigIntegerField(default=0)
    first_access_id = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("epoch")

    def __str__(self) -> str:
        return f"{self.number} ({self.system_identifier})"


@append_only
class Block(models.Model):
    """封存块: the digests of all rows of one stretch of transactions, chained to the block before (P37)."""

    stream = models.CharField(_("stream"), max_length=10, choices=Stream.choices)
    number = models.PositiveIntegerField(_("number"))
    epoch = models.PositiveIntegerField(_("epoch"))
    from_txid = TransactionIdField(_("from transaction"))
    to_txid = TransactionIdField(_("before transaction"))
    row_count = models.PositiveIntegerField(_("rows"))
    rows = models.BinaryField(_("row digests"))
    previous = models.BinaryField(_("hash before"), max_length=32)
    hash = models.BinaryField(_("hash"), max_length=32)
    sealed_at = models.DateTimeField(_("sealed at"), db_default=Now())

    class Meta:
        verbose_name = _("sealed block")
        verbose_name_plural = _("sealed blocks")
        constraints = [models.UniqueConstraint(fields=["stream", "number"], name="block_number")]

    def __str__(self) -> str:
        return f"{self.stream} {self.number}"
