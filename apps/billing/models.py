"""Instalment 应收, Receipt 实收, Allocation 核销, Payout 付费, Posting 记账, BankFile 银行文件.

Amounts are in the policy currency.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.guards import append_only, balanced
from apps.core.models import public_id
from apps.core.statemachine import StateField, StateModel, stateful, transition

from .states import (
    Account,
    Channel,
    InstalmentStatus,
    PayoutKind,
    PayoutStatus,
    PostingKind,
    ReceiptStatus,
    RequestKind,
    RequestStatus,
)

S, R, P = InstalmentStatus, ReceiptStatus, PayoutStatus
UNPAID = [S.BILLED, S.IN_GRACE, S.REVERSED]
"""What is receivable: the books hold these amounts against the policy."""
OPEN_PAYOUTS = [P.REQUESTED, P.APPROVED, P.SENT, P.RETURNED]


def amount(label):
    return models.DecimalField(label, max_digits=18, decimal_places=2)


@stateful(births=("instalment.imported",))
class Instalment(StateModel):
    """期交一期(应收): the premium of one period. ``number`` counts from 1 at the contract's start; ``due_on`` is
    anchored to the effective date (T-02); ``grace_ends_on`` is the last day of grace (B-03)."""

    public_id = public_id()
    policy = models.ForeignKey(
        "policies.Policy", models.PROTECT, related_name="instalments", db_index=False, verbose_name=_("policy")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    status = StateField(_("status"), choices=S.choices, default=S.PLANNED)
    due_on = models.DateField(_("due on"))
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
        """撤销: the policy has ended (policy:P14)."""


class BankFile(models.Model):
    """银行回盘文件: known by the digest of its bytes; the same file is never read twice (P22)."""

    public_id = public_id()
    name = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField(_("digest"), max_length=64, unique=True)
    lines = models.PositiveIntegerField(_("lines"))
    total = amount(_("total"))
    posted = models.PositiveIntegerField(_("posted"), default=0)
    known = models.PositiveIntegerField(_("already posted before"), default=0)
    unidentified = models.PositiveIntegerField(_("unidentified"), default=0)
    received_on = models.DateField(_("received on"))
    received_by = models.CharField(_("received by"), max_length=80)

    class Meta:
        verbose_name = _("bank file")
        verbose_name_plural = _("bank files")

    def __str__(self) -> str:
        return self.name


@stateful(births=("receipt.posted",))
class Receipt(StateModel):
    """实收: money that came in. Keyed by one person and confirmed by another, or read from a bank file (decision 26).

    ``value_on`` is the day the money was paid, which decides whether it came inside the grace period.
    """

    public_id = public_id()
    number = models.CharField(_("receipt number"), max_length=20, unique=True)
    policy = models.ForeignKey(
        "policies.Policy",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="receipts",
        db_index=False,
        verbose_name=_("policy"),
    )
    branch = models.ForeignKey(
        "accounts.Branch", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("branch")
    )
    status = StateField(_("status"), choices=R.choices, default=R.KEYED)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices)
    channel_ref = models.CharField(_("transaction number"), max_length=80)
    amount = amount(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    value_on = models.DateField(_("paid on"))
    bank_file = models.ForeignKey(
        BankFile, models.PROTECT, null=True, blank=True, related_name="receipts", verbose_name=_("bank file")
    )
    line = models.PositiveIntegerField(_("line"), null=True, blank=True)
    keyed_on = models.DateField(_("entered on"))
    keyed_by = models.CharField(_("entered by"), max_length=80)
    keyed_person = models.CharField(max_length=80, blank=True)
    confirmed_by = models.CharField(_("confirmed by"), max_length=80, blank=True)
    confirmed_person = models.CharField(max_length=80, blank=True)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "channel_ref"], condition=~Q(status=R.REJECTED), name="receipt_posts_once"
            ),
            models.CheckConstraint(name="receipt_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="receipt_status_known", condition=Q(status__in=R.values)),
            models.CheckConstraint(
                name="receipt_four_eyes", condition=Q(confirmed_person="") | ~Q(confirmed_person=F("keyed_person"))
            ),
            models.CheckConstraint(
                name="receipt_keyed_by_a_person",
                condition=~Q(status=R.CONFIRMED) | Q(bank_file__isnull=False) | ~Q(confirmed_person=""),
            ),
        ]
        indexes = [
            models.Index(fields=["policy", "status"], name="receipt_of_policy"),
            models.Index(fields=["status", "id"], name="receipt_of_status"),
            models.Index(fields=["value_on", "id"], name="receipt_by_value_on"),
        ]

    def __str__(self) -> str:
        return self.number

    @transition(status, R.KEYED, R.CONFIRMED)
    def confirm(self, by, person):
        self.confirmed_by, self.confirmed_person = by, person

    @transition(status, R.KEYED, R.REJECTED)
    def reject(self):
        """A keying mistake, taken out by whoever sees it; nothing was posted."""

    @transition(status, R.CONFIRMED, R.REVERSED)
    def reverse(self):
        """冲正: the money bounced or was recalled."""


@stateful()
class ReceiptRequest(StateModel):
    """收款更正申请: to reverse a receipt, or to assign unidentified money to a policy; another person decides (P24)."""

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="requests", verbose_name=_("receipt"))
    kind = models.CharField(_("kind"), max_length=8, choices=RequestKind.choices)
    policy = models.ForeignKey(
        "policies.Policy", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("policy")
    )
    reason = models.CharField(_("reason"), max_length=400)
    status = StateField(_("status"), choices=RequestStatus.choices, default=RequestStatus.WAITING)
    asked_on = models.DateField(_("asked on"))
    asked_by = models.CharField(_("asked by"), max_length=80)
    asked_person = models.CharField(_("person who asked"), max_length=80)
    decided_by = models.CharField(_("decided by"), max_length=80, blank=True)
    decided_person = models.CharField(_("person who decided"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("request on a receipt")
        verbose_name_plural = _("requests on receipts")
        constraints = [
            models.UniqueConstraint(
                fields=["receipt"], condition=Q(status=RequestStatus.WAITING), name="one_request_a_receipt"
            ),
            models.CheckConstraint(
                name="request_two_persons",
                condition=~Q(status=RequestStatus.APPROVED)
                | (~Q(decided_person="") & ~Q(decided_person=F("asked_person"))),
            ),
            models.CheckConstraint(
                name="request_names_policy", condition=Q(kind=RequestKind.REVERSE) | Q(policy__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(status=RequestStatus.WAITING), name="request_waiting")]

    def __str__(self) -> str:
        return f"{self.kind} {self.receipt_id}"

    @transition(status, RequestStatus.WAITING, RequestStatus.APPROVED)
    def approve(self, by, person):
        self.decided_by, self.decided_person = by, person

    @transition(status, RequestStatus.WAITING, RequestStatus.REJECTED)
    def reject(self, by, person):
        self.decided_by, self.decided_person = by, person


@append_only
class Allocation(models.Model):
    """核销: money of a receipt used for an instalment; taken back by a row that reverses it, never edited."""

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="allocations", verbose_name=_("receipt"))
    instalment = models.ForeignKey(Instalment, models.PROTECT, related_name="allocations", verbose_name=_("instalment"))
    amount = amount(_("amount"))
    business_date = models.DateField(_("business date"))
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by", verbose_name=_("reverses")
    )

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        constraints = [
            models.CheckConstraint(
                name="allocation_sign",
                condition=Q(reverses__isnull=True, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
            )
        ]

    def __str__(self) -> str:
        return f"{self.receipt_id} → {self.instalment_id}"


@stateful()
class Payout(StateModel):
    """付费: money on its way to a customer, set aside from the day it is asked for until the bank has paid it.

    Asked for by one person and approved by one or two others (P24, P26); handed to the bank by whoever may release.
    ``account`` is the payee's own (B-10).
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
        ]

    def __str__(self) -> str:
        return self.number

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

    @transition(status, P.RETURNED, P.REQUESTED)
    def ask_again(self, approvals, by, person):
        """重新付费: to another account, and approved anew."""
        self.approvals = approvals
        self.requested_by, self.requested_person = by, person
        self.approved_by = self.approved_person = self.second_by = self.second_person = ""
        self.sent_on = None

    @transition(status, [P.REQUESTED, P.APPROVED, P.RETURNED], P.CANCELLED)
    def cancel(self):
        """撤销: the money goes back into suspense."""


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


@balanced
@append_only
class Posting(models.Model):
    """分录: one leg of a double-entry transaction; debit positive, credit negative. A correction is a new one (P21)."""

    id = models.BigAutoField(primary_key=True)
    transaction_id = models.UUIDField(_("transaction"))
    kind = models.CharField(_("kind"), max_length=12, choices=PostingKind.choices)
    account = models.CharField(_("account"), max_length=12, choices=Account.choices)
    policy = models.ForeignKey(
        "policies.Policy", models.PROTECT, null=True, related_name="+", db_constraint=False, verbose_name=_("policy")
    )
    instalment = models.ForeignKey(
        Instalment, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    receipt = models.ForeignKey(
        Receipt, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    amount = amount(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    business_date = models.DateField(_("business date"))

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [models.CheckConstraint(name="posting_not_zero", condition=~Q(amount=0))]
        indexes = [models.Index(fields=["business_date", "account"], name="posting_of_day")]

    def __str__(self) -> str:
        return f"{self.account} {self.amount}"
