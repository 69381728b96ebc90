"""Endorsement 受理件, its items 保全项目, what was handed in and signed, and the quotes people decided upon."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.core.guards import append_only
from apps.core.models import public_id
from apps.core.statemachine import StateField, StateModel, stateful, transition

from .states import Channel, EndorsementStatus, MaterialStatus, Signer, Verification

S = EndorsementStatus
OPEN = [
    *(S.DRAFT, S.SUBMITTED, S.PENDING_DOCS, S.ACCEPTED, S.IN_REVIEW, S.UW_REFERRED, S.SECOND_REVIEW),
    *(S.APPROVED, S.AWAIT_PAYMENT, S.AWAIT_EFFECT),
]
"""Not yet in effect: may still be withdrawn."""
UNDER_WAY = [each for each in OPEN if each != S.DRAFT]
DECIDED = [S.APPROVED, S.AWAIT_PAYMENT, S.AWAIT_EFFECT, S.EFFECTIVE, S.PAYOUT, S.CLOSED, S.REVERSED]


@stateful()
class Endorsement(StateModel):
    """保全受理件: one request on one policy, with the items it asks for; they are priced and decided together.

    ``maker`` is the person who entered it, ``checker`` another who approved it (P24, P47). ``account`` is the
    holder's own, for money that is paid out. ``revision`` counts the changes of the draft, so that stale forms are
    noticed (P13).
    ``blocked`` says why an approved item could not take effect on its day: refusals as code and params.
    """

    public_id = public_id()
    number = models.CharField(_("case number"), max_length=20, unique=True)
    policy = models.ForeignKey("policies.Policy", models.PROTECT, related_name="endorsements", verbose_name=_("policy"))
    status = StateField(_("status"), choices=S.choices, default=S.DRAFT)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    note = models.CharField(_("maker's note"), max_length=400, blank=True)
    account = models.ForeignKey(
        "parties.BankAccount",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("account for money paid out"),
    )
    revision = models.PositiveIntegerField(_("revision"), default=1)
    made_on = models.DateField(_("entered on"))
    maker = models.CharField(_("entered by"), max_length=80)
    maker_person = models.CharField(max_length=80)
    received_at = models.DateTimeField(_("received at"), null=True, blank=True)
    received_on = models.DateField(_("received on"), null=True, blank=True)
    accepted_on = models.DateField(_("accepted on"), null=True, blank=True)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    checker = models.CharField(_("approved by"), max_length=80, blank=True)
    checker_person = models.CharField(max_length=80, blank=True)
    second_person_needed = models.BooleanField(_("needs a second person"), default=False)
    quote = models.ForeignKey(
        "Quote", models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("quote")
    )
    effective_on = models.DateField(_("in effect from"), null=True, blank=True)
    slip_number = models.CharField(_("slip number"), max_length=20, blank=True)
    blocked = models.JSONField(_("blocked by"), default=list, blank=True)
    reason = models.CharField(_("reason"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("endorsement")
        verbose_name_plural = _("endorsements")
        constraints = [
            models.CheckConstraint(name="endorsement_status_known", condition=Q(status__in=S.values)),
            models.CheckConstraint(
                name="endorsement_four_eyes", condition=Q(checker_person="") | ~Q(checker_person=F("maker_person"))
            ),
            models.CheckConstraint(
                name="endorsement_second_person",
                condition=Q(second_person_needed=False) | ~Q(status__in=DECIDED) | ~Q(checker_person=""),
            ),
            models.UniqueConstraint(fields=["slip_number"], condition=~Q(slip_number=""), name="endorsement_slip_once"),
        ]
        indexes = [
            models.Index(fields=["policy", "-id"], name="endorsement_of_policy"),
            models.Index(fields=["status", "id"], condition=Q(status__in=OPEN), name="endorsement_open"),
            models.Index(fields=["-id"], condition=~Q(blocked=[]), name="endorsement_blocked"),
        ]

    def __str__(self) -> str:
        return self.number

    @transition(status, S.DRAFT, S.SUBMITTED)
    def submit(self, at, on):
        """提交: the request has reached us; ``at`` to the second (E-07)."""
        self.received_at, self.received_on = at, on

    @transition(status, S.SUBMITTED, S.PENDING_DOCS)
    def wait_for_papers(self, until):
        """待补件, until a day after which the case expires."""
        self.expires_on = until

    @transition(status, [S.SUBMITTED, S.PENDING_DOCS], S.ACCEPTED)
    def accept(self, on):
        """受理成功."""
        self.accepted_on, self.expires_on = on, None

    @transition(status, [S.ACCEPTED, S.SECOND_REVIEW, S.UW_REFERRED], S.IN_REVIEW)
    def examine(self):
        """经办审核; also after underwriting has answered, and when the checker sends it back."""

    @transition(status, S.IN_REVIEW, S.UW_REFERRED)
    def refer(self):
        """转核保."""

    @transition(status, S.IN_REVIEW, S.SECOND_REVIEW)
    def send_to_review(self):
        """复核."""

    @transition(status, [S.IN_REVIEW, S.SECOND_REVIEW], S.APPROVED)
    def approve(self, on, by="", person=""):
        """同意保全."""
        self.approved_on, self.checker, self.checker_person = on, by, person

    @transition(status, S.APPROVED, S.AWAIT_PAYMENT)
    def await_payment(self, until):
        """待收费."""
        self.expires_on = until

    @transition(status, [S.APPROVED, S.AWAIT_PAYMENT], S.AWAIT_EFFECT)
    def await_effect(self):
        """待生效."""
        self.expires_on = None

    @transition(status, [S.APPROVED, S.AWAIT_EFFECT], S.EFFECTIVE)
    def take_effect(self, on, slip):
        """已生效."""
        self.effective_on, self.slip_number, self.blocked = on, slip, []

    @transition(status, S.EFFECTIVE, S.PAYOUT)
    def pay_out(self):
        """付费中."""

    @transition(status, [S.EFFECTIVE, S.PAYOUT], S.CLOSED)
    def close(self):
        """结案归档."""

    @transition(status, [S.IN_REVIEW, S.UW_REFERRED, S.SECOND_REVIEW], S.REJECTED)
    def reject(self, reason):
        """不同意."""
        self.reason = reason

    @transition(status, OPEN, S.WITHDRAWN)
    def withdraw(self, reason):
        """撤销 (EN-34)."""
        self.reason = reason

    @transition(status, [S.PENDING_DOCS, S.AWAIT_PAYMENT], S.EXPIRED)
    def expire(self):
        """逾期撤销."""

    @transition(status, [S.EFFECTIVE, S.PAYOUT, S.CLOSED], S.REVERSED)
    def reverse(self):
        """回退: every item of it has been undone."""


class EndorsementItem(models.Model):
    """保全项目: one change of one case. ``change`` holds row ids, codes and amounts, never personal data.

    ``effective_on`` is resolved at acceptance and frozen with its ``explanation``; for items that take effect after
    approval or payment it is resolved then. ``amount`` is the premium difference it was carried out with, positive if
    the customer paid; ``outcome`` what it changed and paid when it was carried out, which its slip tells.
    """

    public_id = public_id()
    endorsement = models.ForeignKey(Endorsement, models.PROTECT, related_name="items", verbose_name=_("endorsement"))
    policy = models.ForeignKey(
        "policies.Policy", models.PROTECT, related_name="+", db_index=False, verbose_name=_("policy")
    )
    position = models.PositiveSmallIntegerField(_("position"))
    code = models.CharField(_("item"), max_length=40)
    change = models.JSONField(_("change"))
    effective_on = models.DateField(_("effective on"), null=True, blank=True)
    explanation = models.JSONField(_("why on this day"), default=dict)
    amount = models.DecimalField(_("premium difference"), max_digits=18, decimal_places=2, null=True, blank=True)
    undo = models.JSONField(_("what is needed to take it back"), default=dict)
    slip_number = models.CharField(_("slip number"), max_length=20, blank=True, db_index=True)
    outcome = models.JSONField(_("what it did"), default=dict)
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True)
    applied_on = models.DateField(_("applied on"), null=True, blank=True)
    undone_on = models.DateField(_("undone on"), null=True, blank=True)
    undone_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="undid", verbose_name=_("undone by")
    )

    class Meta:
        verbose_name = _("endorsement item")
        verbose_name_plural = _("endorsement items")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["endorsement", "position"], name="endorsement_item_once"),
            models.CheckConstraint(
                name="endorsement_item_dated", condition=Q(applied_on__isnull=True) | Q(effective_on__isnull=False)
            ),
            models.CheckConstraint(
                name="endorsement_item_undone_after",
                condition=Q(undone_on__isnull=True) | Q(applied_on__isnull=False, undone_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["policy", "effective_on"],
                condition=Q(applied_on__isnull=False, undone_on__isnull=True),
                name="endorsement_item_standing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.endorsement_id} {self.code}"


class Material(models.Model):
    """材料: one paper on the list told to the customer at once (E-02); ``reason`` says why one was asked for later."""

    endorsement = models.ForeignKey(
        Endorsement, models.PROTECT, related_name="papers", db_index=False, verbose_name=_("endorsement")
    )
    kind = models.CharField(_("paper"), max_length=40)
    status = models.CharField(_("status"), max_length=8, choices=MaterialStatus.choices, default=MaterialStatus.MISSING)
    document = models.ForeignKey(
        "documents.Document", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("document")
    )
    reason = models.CharField(_("reason"), max_length=400, blank=True)
    seen_by = models.CharField(_("seen by"), max_length=80, blank=True)
    seen_on = models.DateField(_("seen on"), null=True, blank=True)

    class Meta:
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        constraints = [models.UniqueConstraint(fields=["endorsement", "kind"], name="material_once")]

    def __str__(self) -> str:
        return f"{self.endorsement_id} {self.kind}"


@append_only
class Signature(models.Model):
    """签名: who agreed to the request, in what capacity, and how we made sure that it was he (E-05, E-07)."""

    endorsement = models.ForeignKey(
        Endorsement, models.PROTECT, related_name="signatures", db_index=False, verbose_name=_("endorsement")
    )
    signer = models.CharField(_("signs as"), max_length=8, choices=Signer.choices)
    party = models.ForeignKey(
        "parties.Party", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who signs")
    )
    verification = models.CharField(_("identity verified by"), max_length=16, choices=Verification.choices)
    signed_on = models.DateField(_("signed on"))
    noted_by = models.CharField(_("noted by"), max_length=80)

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        constraints = [models.UniqueConstraint(fields=["endorsement", "signer"], name="signature_once")]

    def __str__(self) -> str:
        return f"{self.endorsement_id} {self.signer}"


@append_only
class Quote(models.Model):
    """试算: what a case would do, as it was shown; ``digest`` is what people decide upon (P28).

    ``bases`` are the revisions of the policies it was computed on, by their ids.
    """

    endorsement = models.ForeignKey(Endorsement, models.PROTECT, related_name="quotes", verbose_name=_("endorsement"))
    digest = models.CharField(_("digest"), max_length=64)
    content = models.JSONField(_("content"))
    bases = models.JSONField(_("computed on"))
    quoted_on = models.DateField(_("quoted on"))
    quoted_at = models.DateTimeField(_("quoted at"), db_default=Now())
    expires_at = models.DateTimeField(_("expires at"))

    class Meta:
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")

    def __str__(self) -> str:
        return f"{self.endorsement_id} {self.digest[:12]}"
