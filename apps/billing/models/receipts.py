"""Receipt 实收 with the BankFile 银行文件 it came in, ReceiptRequest 更正申请 and Allocation 核销."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.billing.states import Channel, ReceiptStatus, RequestKind, RequestStatus
from apps.core.guards import append_only
from apps.core.models import public_id
from apps.core.statemachine import StateField, StateModel, stateful, transition

from .columns import amount
from .instalments import Instalment

R = ReceiptStatus


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
