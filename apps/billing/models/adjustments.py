"""Adjustment 批改补费: extra premium for a change, and the money that paid it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.billing.states import AdjustmentStatus
from apps.core.guards import append_only
from apps.core.models import public_id
from apps.core.statemachine import StateField, StateModel, stateful, transition

from .columns import amount
from .receipts import Receipt

A = AdjustmentStatus


@stateful()
class Adjustment(StateModel):
    """批改补费: extra premium asked for a change and paid whole before the change applies.

    ``subject_type`` and ``subject_id`` name the change, ``number`` is what the customer is told. It is no debt: until
    it is paid the books know nothing of it.
    """

    public_id = public_id()
    number = models.CharField(_("adjustment number"), max_length=20, unique=True)
    policy = models.ForeignKey("policies.Policy", models.PROTECT, related_name="adjustments", verbose_name=_("policy"))
    status = StateField(_("status"), choices=A.choices, default=A.OPEN)
    amount = amount(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    subject_type = models.CharField(_("for what"), max_length=40)
    subject_id = models.BigIntegerField(_("which one"))
    reason = models.CharField(_("reason"), max_length=400)
    demanded_on = models.DateField(_("asked for on"))
    paid_on = models.DateField(_("paid on"), null=True, blank=True)

    class Meta:
        verbose_name = _("extra premium")
        verbose_name_plural = _("extra premiums")
        constraints = [
            models.CheckConstraint(name="adjustment_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="adjustment_status_known", condition=Q(status__in=A.values)),
            models.CheckConstraint(
                name="adjustment_paid_on_a_day", condition=~Q(status=A.PAID) | Q(paid_on__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="adjustment_of_subject"),
            models.Index(fields=["status", "id"], name="adjustment_of_status"),
        ]

    def __str__(self) -> str:
        return self.number

    @transition(status, A.OPEN, A.PAID)
    def pay(self, on):
        self.paid_on = on

    @transition(status, A.PAID, A.OPEN)
    def reopen(self):
        """The money that paid it bounced or was recalled."""
        self.paid_on = None

    @transition(status, A.OPEN, A.CANCELLED)
    def cancel(self):
        """撤销: the change does not come to be, or the policy has ended."""

    @transition(status, A.PAID, A.RETURNED)
    def give_back(self):
        """退回: the change does not come to be, or was undone; the money is in suspense again."""


@append_only
class AdjustmentPart(models.Model):
    """批改补费资金来源: money of a receipt used for extra premium; given back by a row that reverses it."""

    adjustment = models.ForeignKey(Adjustment, models.PROTECT, related_name="parts", verbose_name=_("extra premium"))
    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="adjustment_parts", verbose_name=_("receipt"))
    amount = amount(_("amount"))
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by", verbose_name=_("reverses")
    )

    class Meta:
        verbose_name = _("part of an extra premium")
        verbose_name_plural = _("parts of extra premiums")
        constraints = [
            models.CheckConstraint(
                name="adjustment_part_sign",
                condition=Q(reverses__isnull=True, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
            )
        ]

    def __str__(self) -> str:
        return f"{self.receipt_id} → {self.adjustment_id}"
