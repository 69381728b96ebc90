"""Instalment 应收: the premium of one period, and PutOff 缓期开单."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.billing.states import InstalmentStatus
from apps.core.models import public_id
from apps.core.statemachine import StateField, StateModel, stateful, transition

from .columns import amount

S = InstalmentStatus
UNPAID = [S.BILLED, S.IN_GRACE, S.REVERSED]
"""What is receivable: the books hold these amounts against the policy."""


@stateful(births=("instalment.imported",))
class Instalment(StateModel):
    """期交一期(应收): the premium of one period. ``number`` counts from 1 at the contract's start; ``due_on`` is
    anchored to the effective date (T-02), ``until`` is the next due date by the frequency it was planned at
    (none is written by a release before it knew); ``grace_ends_on`` is the last day of grace (B-03)."""

    public_id = public_id()
    policy = models.ForeignKey(
        "policies.Policy", models.PROTECT, related_name="instalments", db_index=False, verbose_name=_("policy")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    status = StateField(_("status"), choices=S.choices, default=S.PLANNED)
    due_on = models.DateField(_("due on"))
    until = models.DateField(_("pays until"), null=True, blank=True)
    grace_ends_on = models.DateField(_("grace ends on"))
    amount = amount(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    billed_on = models.DateField(_("billed on"), null=True, blank=True)
    paid_on = models.DateField(_("paid on"), null=True, blank=True)

    class Meta:
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="instalment_once"),
            models.CheckConstraint(name="instalment_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="instalment_grace", condition=Q(grace_ends_on__gte=F("due_on"))),
            models.CheckConstraint(name="instalment_status_known", condition=Q(status__in=S.values)),
        ]
        indexes = [
            models.Index(fields=["due_on", "id"], name="instalment_due"),
            models.Index(fields=["status", "due_on", "id"], name="instalment_of_status"),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id}/{self.number}"

    @transition(status, S.PLANNED, S.BILLED)
    def bill(self, on):
        self.billed_on = on

    @transition(status, [S.BILLED, S.REVERSED], S.IN_GRACE)
    def enter_grace(self):
        """policy:P05."""

    @transition(status, UNPAID, S.OVERDUE)
    def fall_overdue(self):
        """policy:P09: all that is unpaid when cover is suspended, whether in grace or only billed."""

    @transition(status, S.OVERDUE, S.IN_GRACE)
    def restore_grace(self):
        """A payment dated inside the grace period arrived after the suspension."""

    @transition(status, S.OVERDUE, S.BILLED)
    def restore_bill(self):
        """The same, for an instalment not yet due."""

    @transition(status, UNPAID, S.PAID)
    def pay(self, on):
        self.paid_on = on

    @transition(status, S.PAID, S.REVERSED)
    def reverse_payment(self):
        """续期回退: the money bounced; open again."""
        self.paid_on = None

    @transition(status, [S.PLANNED, S.BILLED, S.IN_GRACE, S.OVERDUE, S.REVERSED], S.CANCELLED)
    def cancel(self):
        """撤销: the policy has ended (policy:P14), or its premium changed and it is planned anew."""


class PutOff(models.Model):
    """缓期开单: a change takes effect on ``due_on``; what falls due then or later is not billed before that day."""

    policy = models.ForeignKey(
        "policies.Policy", models.PROTECT, related_name="+", db_index=False, verbose_name=_("policy")
    )
    due_on = models.DateField(_("not billed before"))

    class Meta:
        verbose_name = _("billing put off")
        verbose_name_plural = _("billings put off")
        constraints = [models.UniqueConstraint(fields=["policy", "due_on"], name="put_off_once")]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.due_on}"
