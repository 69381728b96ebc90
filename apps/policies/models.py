"""Policy 保单, its versions, roles, coverages and holds."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.audit.fields import CurrentTransactionId, TransactionIdField
from apps.core.guards import append_only, ends_for_good
from apps.core.models import public_id
from apps.core.statemachine import StateField, StateModel, stateful, transition

from .states import HoldKind, PolicyStatus, PremiumStatus, RoleKind, TerminationCode

P, M = PolicyStatus, PremiumStatus


@ends_for_good(P.TERMINATED, unless=f"OLD.termination_code = '{TerminationCode.SURRENDER.value}'")
@stateful(births=("policy.imported", "policy.issued"))
class Policy(StateModel):
    """保单: one contract. Status has two stored dimensions here and a third, the holds, beside it (§3.1).

    ``premium`` is one instalment in ``currency``; ``paid_to`` the date to which premium is paid 交至日; ``cutover_on``
    the day an imported policy came to us: nothing before it is ever billed.
    """

    public_id = public_id()
    number = models.CharField(_("policy number"), max_length=32, unique=True)
    product_version = models.ForeignKey(
        "products.ProductVersion", models.PROTECT, related_name="+", db_index=False, verbose_name=_("product")
    )
    branch = models.ForeignKey(
        "accounts.Branch", models.PROTECT, related_name="+", db_index=False, verbose_name=_("branch")
    )
    agent = models.ForeignKey(
        "parties.Agent",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("agent"),
    )
    holder = models.ForeignKey(
        "parties.Party", models.PROTECT, related_name="+", db_index=False, verbose_name=_("policyholder")
    )
    status = StateField(_("status"), choices=P.choices, default=P.PENDING_EFFECT)
    premium_status = StateField(_("premium status"), choices=M.choices, default=M.FIRST_DUE)
    effective_on = models.DateField(_("effective on"))
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    frequency = models.CharField(_("frequency"), max_length=12)
    premium = models.DecimalField(_("premium"), max_digits=18, decimal_places=2)
    sum_assured = models.DecimalField(_("sum assured"), max_digits=18, decimal_places=2)
    premium_ends_on = models.DateField(_("premium ends on"), null=True, blank=True)
    paid_to = models.DateField(_("paid to"), null=True, blank=True)
    cutover_on = models.DateField(_("cut-over"), null=True, blank=True)
    suspended_on = models.DateField(_("suspended on"), null=True, blank=True)
    terminated_on = models.DateField(_("terminated on"), null=True, blank=True)
    termination_code = models.CharField(
        _("termination reason"), max_length=2, choices=TerminationCode.choices, blank=True
    )
    revision = models.PositiveIntegerField(_("revision"), default=1)

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        indexes = [
            models.Index(fields=["branch", "-id"], name="policy_of_branch"),
            models.Index(fields=["holder"], name="policy_of_holder"),
            models.Index(fields=["agent", "-id"], name="policy_newest_of_agent"),
            models.Index(fields=["product_version", "id"], name="policy_of_product"),
            models.Index(fields=["status", "id"], name="policy_of_status"),
            models.Index(fields=["premium_status", "id"], name="policy_of_premium_status"),
            models.Index(fields=["effective_on", "id"], name="policy_by_effective_on"),
        ]
        constraints = [
            models.CheckConstraint(name="policy_status_known", condition=Q(status__in=P.values)),
            models.CheckConstraint(name="policy_premium_status_known", condition=Q(premium_status__in=M.values)),
            models.CheckConstraint(
                name="policy_end_explained",
                condition=~Q(status=P.TERMINATED) | (Q(terminated_on__isnull=False) & ~Q(termination_code="")),
            ),
            models.CheckConstraint(
                name="policy_suspension_dated", condition=~Q(status=P.SUSPENDED) | Q(suspended_on__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @transition(status, P.PENDING_EFFECT, P.IN_FORCE)
    def take_effect(self):
        """policy:P02 生效."""

    @transition(status, P.IN_FORCE, P.SUSPENDED)
    def suspend(self, on):
        """policy:P09 中止."""
        self.suspended_on = on

    @transition(status, P.SUSPENDED, P.IN_FORCE)
    def reinstate(self):
        """policy:P10 复效, and the undoing of a suspension that a payment inside the grace period makes void."""
        self.suspended_on = None

    @transition(status, [P.IN_FORCE, P.SUSPENDED], P.TERMINATED)
    def terminate(self, on, code):
        """policy:P04, P11–P15, P23 终止."""
        self.terminated_on, self.termination_code = on, code

    @transition(status, P.TERMINATED, P.IN_FORCE)
    def revive(self):
        """policy:P25 撤销终止: the surrender that ended it was undone; cover never ceased."""
        self.terminated_on, self.termination_code = None, ""

    @transition(status, P.TERMINATED, P.SUSPENDED)
    def revive_suspended(self):
        """The same for one that was suspended when it was surrendered."""
        self.terminated_on, self.termination_code = None, ""

    @transition(status, [P.PENDING_EFFECT, P.IN_FORCE, P.SUSPENDED], P.VOID)
    def void(self):
        """policy:P03, P16 撤单/无效."""

    @transition(premium_status, M.FIRST_DUE, M.PAYING)
    def start_paying(self):
        """首期已收."""

    @transition(premium_status, M.FIRST_DUE, M.SINGLE)
    def pay_once(self):
        """趸交已收."""

    @transition(premium_status, M.PAYING, M.GRACE)
    def enter_grace(self):
        """policy:P05 进入宽限期."""

    @transition(premium_status, [M.GRACE, M.OVERDUE], M.PAYING)
    def resume_paying(self):
        """policy:P06, P10 补缴."""

    @transition(premium_status, M.GRACE, M.OVERDUE)
    def fall_overdue(self):
        """policy:P09: the premium side of suspension (decision 22)."""

    @transition(premium_status, M.OVERDUE, M.GRACE)
    def restore_grace(self):
        """The premium side of undoing a suspension."""

    @transition(premium_status, [M.PAYING, M.GRACE], M.PAID_UP)
    def pay_up(self):
        """policy:P20 交费期满."""

    @transition(premium_status, M.PAID_UP, M.PAYING)
    def reopen_premium(self):
        """policy:P25 续期回退: the last payment bounced."""


@append_only
class PolicyVersion(models.Model):
    """保单版本: the Terms from a day on (valid time), as known since a moment (transaction time) (P18).

    The events of the same transaction ``txid`` tell who wrote it and why.
    """

    policy = models.ForeignKey(
        Policy, models.PROTECT, related_name="versions", db_index=False, verbose_name=_("policy")
    )
    number = models.PositiveIntegerField(_("version"))
    effective_on = models.DateField(_("effective on"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())
    txid = TransactionIdField(_("transaction"), null=True, db_default=CurrentTransactionId(), editable=False)
    terms = models.JSONField(_("terms"))

    class Meta:
        verbose_name = _("policy version")
        verbose_name_plural = _("policy versions")
        constraints = [models.UniqueConstraint(fields=["policy", "number"], name="policy_version_once")]

    def __str__(self) -> str:
        return f"{self.policy_id} v{self.number}"


class PolicyRole(models.Model):
    """保单角色: who is what on a policy, and when; a projection of the Terms, rebuilt by ``revise``."""

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="roles", db_index=False, verbose_name=_("policy"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("party"))
    role = models.CharField(_("role"), max_length=12, choices=RoleKind.choices)
    from_date = models.DateField(_("from"))
    to_date = models.DateField(_("to"), null=True, blank=True)
    benefit_order = models.PositiveSmallIntegerField(_("benefit order"), null=True, blank=True)
    share = models.DecimalField(_("share"), max_digits=7, decimal_places=6, null=True, blank=True)
    relationship = models.CharField(_("relationship"), max_length=2, blank=True)

    class Meta:
        verbose_name = _("policy role")
        verbose_name_plural = _("policy roles")
        indexes = [models.Index(fields=["policy", "role"], name="role_on_policy")]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.role} {self.party_id}"


class PolicyCoverage(models.Model):
    """险种责任: sum assured and premium of one coverage, and when; a projection of the Terms."""

    policy = models.ForeignKey(
        Policy, models.PROTECT, related_name="coverages", db_index=False, verbose_name=_("policy")
    )
    code = models.CharField(_("code"), max_length=8)
    product = models.CharField(_("product"), max_length=40)
    sum_assured = models.DecimalField(_("sum assured"), max_digits=18, decimal_places=2)
    premium = models.DecimalField(_("premium"), max_digits=18, decimal_places=2)
    from_date = models.DateField(_("from"))
    to_date = models.DateField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("coverage")
        verbose_name_plural = _("coverages")
        indexes = [models.Index(fields=["policy", "code"], name="coverage_on_policy")]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.code}"


class Hold(models.Model):
    """冻结: blocks change, payment, billing or lapse for a time, instead of yet another status."""

    public_id = public_id()
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="holds", verbose_name=_("policy"))
    kind = models.CharField(_("kind"), max_length=16, choices=HoldKind.choices)
    reason = models.TextField(_("reason"))
    placed_on = models.DateField(_("placed on"))
    placed_by = models.CharField(_("placed by"), max_length=80)
    released_on = models.DateField(_("released on"), null=True, blank=True)
    released_by = models.CharField(_("released by"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "kind"], condition=Q(released_on__isnull=True), name="one_open_hold_a_kind"
            ),
            models.CheckConstraint(
                name="hold_ends_after_it_begins",
                condition=Q(released_on__isnull=True) | Q(released_on__gte=F("placed_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.kind}"
