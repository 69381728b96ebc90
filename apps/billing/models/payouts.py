"""Payout 付费: money on its way to a customer, and what it is taken from."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.billing.states import PayoutKind, PayoutStatus
from apps.core.guards import append_only
from apps.core.models import public_id
from apps.core.statemachine import StateField, StateModel, stateful, transition

from .columns import amount
from .receipts import Receipt

P = PayoutStatus
OPEN_PAYOUTS = [P.REQUESTED, P.APPROVED, P.SENT, P.RETURNED]
FROM_SUSPENSE = Q(kind=PayoutKind.SUSPENSE_REFUND)


@stateful()
class Payout(StateModel):
    """付费: money on its way to a customer, payable from the day it is asked for until the bank has paid it.

    Asked for by one person and approved by one or two others (P24, P26); handed to the bank by whoever may release.
    ``account`` is the payee's own (B-10). A refund of money in suspense has parts; any other is owed for a change, the
    subject, and stays owed until it is paid or the change is undone.
    """

    public_id = public_id()
    number = models.CharField(_("payout number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=PayoutKind.choices)
    policy = models.ForeignKey("policies.Policy", models.PROTECT, related_name="payouts", verbose_name=_("policy"))
    payee = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("payee"))
    account = models.ForeignKey(
        "parties.BankAccount", models.PROTECT, related_name="+", db_index=False, verbose_name=_("bank account")
    )
    status = StateField(_("status"), choices=P.choices, default=P.REQUESTED)
    amount = amount(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    reason = models.CharField(_("reason"), max_length=400)
    subject_type = models.CharField(_("for what"), max_length=40, blank=True, db_default="")
    subject_id = models.BigIntegerField(_("which one"), null=True, blank=True)
    approvals = models.PositiveSmallIntegerField(_("approvals needed"), default=1)
    requested_on = models.DateField(_("requested on"))
    requested_by = models.CharField(_("requested by"), max_length=80)
    requested_person = models.CharField(max_length=80)
    approved_by = models.CharField(_("approved by"), max_length=80, blank=True)
    approved_person = models.CharField(max_length=80, blank=True)
    second_by = models.CharField(_("second approval by"), max_length=80, blank=True)
    second_person = models.CharField(max_length=80, blank=True)
    sent_on = models.DateField(_("handed to the bank on"), null=True, blank=True)
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    bank_ref = models.CharField(_("transaction number"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        constraints = [
            models.CheckConstraint(name="payout_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="payout_status_known", condition=Q(status__in=P.values)),
            models.CheckConstraint(name="payout_asked_by_a_person", condition=~Q(requested_person="")),
            models.CheckConstraint(
                name="payout_for_a_subject",
                condition=(FROM_SUSPENSE & Q(subject_type="", subject_id__isnull=True))
                | (~FROM_SUSPENSE & ~Q(subject_type="") & Q(subject_id__isnull=False)),
            ),
            models.CheckConstraint(
                name="payout_four_eyes",
                condition=~Q(approved_person=F("requested_person"))
                & ~Q(second_person=F("requested_person"))
                & (Q(second_person="") | ~Q(second_person=F("approved_person"))),
            ),
            models.CheckConstraint(
                name="payout_approved_before_it_is_sent",
                condition=~Q(status__in=[P.APPROVED, P.SENT, P.PAID, P.RETURNED])
                | (~Q(approved_person="") & (Q(approvals=1) | ~Q(second_person=""))),
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], condition=Q(status__in=OPEN_PAYOUTS), name="payout_open"),
            models.Index(
                fields=["subject_type", "subject_id"], condition=~Q(subject_type=""), name="payout_of_subject"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def from_suspense(self) -> bool:
        """Whether it pays back money in suspense, to which it returns if it is not paid."""
        return self.kind == PayoutKind.SUSPENSE_REFUND

    def note_approval(self, by, person):
        """The first or the second of the approvals it needs."""
        if self.approved_person:
            self.second_by, self.second_person = by, person
        else:
            self.approved_by, self.approved_person = by, person

    @transition(status, P.REQUESTED, P.APPROVED)
    def approve(self):
        """复核通过."""

    @transition(status, P.REQUESTED, P.REJECTED)
    def reject(self):
        """驳回."""

    @transition(status, P.APPROVED, P.SENT)
    def send(self, on):
        """放行: handed to the bank."""
        self.sent_on = on

    @transition(status, P.SENT, P.PAID)
    def pay(self, on, ref):
        self.paid_on, self.bank_ref = on, ref

    @transition(status, [P.SENT, P.PAID], P.RETURNED)
    def give_back(self):
        """退票: the bank could not pay it, or sent it back."""
        self.paid_on, self.bank_ref = None, ""

    @transition(status, [P.RETURNED, P.REJECTED, P.CANCELLED], P.REQUESTED)
    def ask_again(self, approvals, by, person):
        """重新付费: perhaps to another account, and approved anew; one that is rejected or cancelled if still owed."""
        self.approvals = approvals
        self.requested_by, self.requested_person = by, person
        self.approved_by = self.approved_person = self.second_by = self.second_person = ""
        self.sent_on = None

    @transition(status, [P.REQUESTED, P.APPROVED, P.RETURNED], P.CANCELLED)
    def cancel(self):
        """撤销: money from suspense goes back there; what is owed for a change can be asked for again."""

    @transition(status, [P.REQUESTED, P.APPROVED, P.RETURNED, P.REJECTED, P.CANCELLED], P.WITHDRAWN)
    def withdraw(self):
        """收回: the change is undone, and nothing is owed any more."""


@append_only
class PayoutPart(models.Model):
    """付费资金来源: money of a receipt set aside for a payout; put back by a row that reverses it, never edited."""

    payout = models.ForeignKey(Payout, models.PROTECT, related_name="parts", verbose_name=_("payout"))
    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="payout_parts", verbose_name=_("receipt"))
    amount = amount(_("amount"))
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by", verbose_name=_("reverses")
    )

    class Meta:
        verbose_name = _("part of a payout")
        verbose_name_plural = _("parts of payouts")
        constraints = [
            models.CheckConstraint(
                name="payout_part_sign",
                condition=Q(reverses__isnull=True, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
            )
        ]

    def __str__(self) -> str:
        return f"{self.receipt_id} → {self.payout_id}"
