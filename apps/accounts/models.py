"""User 用户, Branch 机构, role grants 角色授予, delegations 授权委托, authorities 签批权限, API keys 接口密钥.

What a role may do is data: ``permissions.yaml``.
"""

from datetime import date

from django.contrib.auth import get_backends
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from apps.core.models import public_id
from apps.core.statemachine import StateField, StateModel, stateful, transition

from .states import ApiKeyStatus, AuthorityStatus, DelegationStatus


class Branch(models.Model):
    """机构: an office. ``path`` lists the codes from head office down ("86/8644/864401/"): a subtree is a prefix."""

    code = models.CharField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=120)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    path = models.CharField(_("path"), max_length=200, unique=True)

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")
        ordering = ["path"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class UserManager(BaseUserManager["User"]):
    """Users by login name."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=username)


class User(AbstractBaseUser):
    """用户: an account. ``person`` names the human being, who may hold several (P47). Nobody is a superuser."""

    public_id = public_id()
    username = models.CharField(_("user name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=80)
    person = models.CharField(_("person"), max_length=80)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="users", verbose_name=_("branch"))
    is_staff = models.BooleanField(_("may enter the back office"), default=True)
    is_active = models.BooleanField(_("active"), default=True)
    session_epoch = models.PositiveIntegerField(_("session epoch"), default=0)
    sign_ins = models.JSONField(_("last sign-ins"), default=list, db_default=[])

    objects = UserManager()

    is_superuser = False  # Django's own pages ask; there is no standing superuser (decision 25)
    USERNAME_FIELD = "username"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @property
    def actor(self) -> str:
        """How events name this account."""
        return f"user:{self.username}"

    def roles_on(self, day: date) -> frozenset[str]:
        """The roles granted to this account for that day; those of a loaded account came along with it."""
        return frozenset(grant.role for grant in self.grants_on(day))

    def grants_on(self, day: date) -> "list[RoleGrant]":
        """The grants that hold on that day: its own, and those it has from whom it stands in for."""
        return [grant for grant in self.role_grants.all() if grant.holds_on(day)]

    def get_session_auth_hash(self) -> str:
        """Sessions carry it: a new password or a raised ``session_epoch`` ends all of this account's sessions (P43)."""
        return salted_hmac("accounts.session", f"{self.password}:{self.session_epoch}", algorithm="sha256").hexdigest()

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        return any(backend.has_perm(self, perm, obj) for backend in get_backends() if hasattr(backend, "has_perm"))

    def has_perms(self, perms: list[str], obj: models.Model | None = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff


D = DelegationStatus


@stateful()
class Delegation(StateModel):
    """授权委托: who stands in for whom, from day to day. Asked for by the giver, approved by a third person (P47).

    While it is approved the taker holds the giver's own roles as ``RoleGrant`` rows that point here. The days are those
    of the office's calendar, both included. It never lifts a separation of duty: who acts under it counts as both.
    """

    public_id = public_id()
    giver = models.ForeignKey(User, models.PROTECT, related_name="delegations_given", verbose_name=_("away"))
    taker = models.ForeignKey(User, models.PROTECT, related_name="delegations_taken", verbose_name=_("stands in"))
    status = StateField(_("state"), choices=D.choices, default=D.ASKED)
    from_date = models.DateField(_("from"))
    to_date = models.DateField(_("to"))
    reason = models.CharField(_("reason"), max_length=400)
    asked_by = models.CharField(_("asked by"), max_length=80)
    asked_person = models.CharField(max_length=80)
    asked_at = models.DateTimeField(_("asked at"), db_default=Now())
    decided_by = models.CharField(_("decided by"), max_length=80, blank=True)
    decided_person = models.CharField(max_length=80, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        constraints = [
            models.CheckConstraint(name="delegation_status_known", condition=Q(status__in=D.values)),
            models.CheckConstraint(name="delegation_two_accounts", condition=~Q(giver=F("taker"))),
            models.CheckConstraint(name="delegation_days", condition=Q(to_date__gte=F("from_date"))),
            models.CheckConstraint(name="delegation_four_eyes", condition=~Q(asked_person=F("decided_person"))),
            models.CheckConstraint(
                name="delegation_approval_signed", condition=~Q(status=D.APPROVED) | ~Q(decided_person="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.giver_id} → {self.taker_id}"

    @transition(status, D.ASKED, D.APPROVED)
    def approve(self, by, person):
        self.decided_by, self.decided_person = by, person

    @transition(status, D.ASKED, D.REFUSED)
    def refuse(self, by, person):
        self.decided_by, self.decided_person = by, person

    @transition(status, [D.ASKED, D.APPROVED], D.ENDED)
    def end(self, by):
        self.ended_by = by


class RoleGrant(models.Model):
    """角色授予: a role for a user and a time; requested by one person, in effect once another approved it (P48).

    One that was refused or taken back ends with ``ended_at``. One that comes from a ``delegation`` is somebody else's.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="role_grants", verbose_name=_("user"))
    role = models.CharField(_("role"), max_length=40)
    delegation = models.ForeignKey(
        Delegation, models.PROTECT, null=True, blank=True, related_name="grants", verbose_name=_("delegation")
    )
    from_date = models.DateField(_("from"))
    to_date = models.DateField(_("to"), null=True, blank=True)
    requested_by = models.CharField(_("requested by"), max_length=80)
    requested_at = models.DateTimeField(_("requested at"), db_default=Now())
    approved_by = models.CharField(_("approved by"), max_length=80, blank=True)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=80, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("role grant")
        verbose_name_plural = _("role grants")
        constraints = [
            models.CheckConstraint(name="role_grant_four_eyes", condition=~Q(requested_by=F("approved_by"))),
            models.CheckConstraint(
                name="role_grant_approval_dated",
                condition=Q(approved_by="", approved_at__isnull=True)
                | (~Q(approved_by="") & Q(approved_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="role_grant_days", condition=Q(to_date__isnull=True) | Q(to_date__gte=F("from_date"))
            ),
            models.UniqueConstraint(
                fields=["user", "role"],
                name="role_held_once",
                condition=Q(ended_at__isnull=True, delegation__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["delegation", "role"], name="role_delegated_once", condition=Q(delegation__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.role}"

    def holds_on(self, day: date) -> bool:
        """Approved, not ended, and neither before its first day nor after its last."""
        in_time = self.from_date <= day and (self.to_date is None or day <= self.to_date)
        return bool(self.approved_by) and self.ended_at is None and in_time


A = AuthorityStatus


@stateful()
class Authority(StateModel):
    """签批权限: up to which amount (CNY) a role decides an action, in an office and all below it, from day to day.

    Asked for by one person, in force once another approved it. ``item`` narrows it to one kind of item of the action
    ("SURRENDER"); blank is all of them. ``max_amount`` null is without limit.
    """

    public_id = public_id()
    role = models.CharField(_("role"), max_length=40)
    action = models.CharField(_("action"), max_length=60)
    item = models.CharField(_("item"), max_length=60, blank=True)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    max_amount = models.DecimalField(_("up to"), max_digits=18, decimal_places=2, null=True, blank=True)
    from_date = models.DateField(_("from"))
    to_date = models.DateField(_("to"), null=True, blank=True)
    status = StateField(_("state"), choices=A.choices, default=A.ASKED)
    reason = models.CharField(_("reason"), max_length=400)
    asked_by = models.CharField(_("asked by"), max_length=80)
    asked_person = models.CharField(max_length=80)
    asked_at = models.DateTimeField(_("asked at"), db_default=Now())
    approved_by = models.CharField(_("approved by"), max_length=80, blank=True)
    approved_person = models.CharField(max_length=80, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("authority")
        verbose_name_plural = _("authorities")
        constraints = [
            models.CheckConstraint(name="authority_status_known", condition=Q(status__in=A.values)),
            models.CheckConstraint(
                name="authority_days", condition=Q(to_date__isnull=True) | Q(to_date__gte=F("from_date"))
            ),
            models.CheckConstraint(
                name="authority_amount_positive", condition=Q(max_amount__isnull=True) | Q(max_amount__gte=0)
            ),
            models.CheckConstraint(name="authority_four_eyes", condition=~Q(asked_person=F("approved_person"))),
            models.CheckConstraint(
                name="authority_approval_signed", condition=~Q(status=A.GRANTED) | ~Q(approved_person="")
            ),
        ]
        indexes = [models.Index(fields=["action", "role"], condition=Q(status=A.GRANTED), name="authority_in_force")]

    def __str__(self) -> str:
        return f"{self.role} {self.action} {self.item}".strip()

    @transition(status, A.ASKED, A.GRANTED)
    def grant(self, by, person):
        self.approved_by, self.approved_person = by, person

    @transition(status, A.ASKED, A.REFUSED)
    def refuse(self, by):
        self.ended_by = by

    @transition(status, A.GRANTED, A.ENDED)
    def end(self, by):
        self.ended_by = by


K = ApiKeyStatus


@stateful()
class ApiKey(StateModel):
    """接口密钥: what a program calls with. Asked for by one person, approved by another (SOD09), its secret shown once.

    ``scopes`` say which operations it reaches, ``branch`` which rows (that office and all below), ``ip_list`` from
    where (CIDR; anywhere if empty), ``version`` in which dated version it is answered. Of the secret only a peppered
    digest is kept (P51). ``owner`` is the person who answers for it: it dies with his account.
    """

    public_id = public_id()
    client = models.CharField(_("client"), max_length=80)
    owner = models.ForeignKey(User, models.PROTECT, related_name="api_keys", verbose_name=_("owner"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    status = StateField(_("status"), choices=K.choices, default=K.REQUESTED)
    scopes = ArrayField(models.CharField(max_length=60), verbose_name=_("scopes"))
    ip_list = ArrayField(models.CharField(max_length=50), default=list, blank=True, verbose_name=_("addresses"))
    version = models.DateField(_("version"))
    expires_on = models.DateField(_("expires on"))
    reason = models.CharField(_("reason"), max_length=400)
    prefix = models.CharField(_("prefix"), max_length=40, unique=True, null=True)
    last_four = models.CharField(_("last four"), max_length=4, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    requested_person = models.CharField(max_length=80)
    requested_on = models.DateField(_("requested on"))
    approved_by = models.CharField(_("approved by"), max_length=80, blank=True)
    approved_person = models.CharField(max_length=80, blank=True)
    issued_person = models.CharField(max_length=80, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [
            models.CheckConstraint(name="api_key_status_known", condition=Q(status__in=K.values)),
            models.CheckConstraint(
                name="api_key_four_eyes",
                condition=~Q(requested_person=F("approved_person")) & ~Q(requested_person=F("issued_person")),
            ),
            models.CheckConstraint(
                name="api_key_issued_whole",
                condition=~Q(status=K.ISSUED) | (Q(prefix__isnull=False) & ~Q(digest="") & ~Q(approved_person="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client} {self.prefix or ''}".strip()

    @transition(status, K.REQUESTED, K.APPROVED)
    def approve(self, by, person):
        self.approved_by, self.approved_person = by, person

    @transition(status, K.REQUESTED, K.REFUSED)
    def refuse(self):
        """Turned down."""

    @transition(status, K.APPROVED, K.ISSUED)
    def issue(self, person, prefix, last_four, digest):
        self.issued_person, self.prefix, self.last_four, self.digest = person, prefix, last_four, digest

    @transition(status, [K.APPROVED, K.ISSUED], K.REVOKED)
    def revoke(self):
        """Never valid again."""


class SavedView(models.Model):
    """常用视图: a list's filters, columns and order under a name, one's own or shared with a role (screen S19).

    ``page`` is the label of the list's model, ``query`` its parameters. What was searched for is never kept. One that
    was removed stays with ``removed_at``, for the trail to point at.
    """

    public_id = public_id()
    owner = models.ForeignKey(User, models.PROTECT, related_name="saved_views", verbose_name=_("owner"))
    page = models.CharField(_("list"), max_length=80)
    slug = models.CharField(_("short name"), max_length=80)
    name = models.CharField(_("name"), max_length=60)
    query = models.JSONField(_("filters, columns and order"), default=dict)
    role = models.CharField(_("shared with"), max_length=40, blank=True)
    saved_at = models.DateTimeField(_("saved at"), db_default=Now())
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(
                fields=["page", "slug"], condition=Q(removed_at__isnull=True), name="saved_view_slug_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.page}: {self.name}"


class OpeningView(models.Model):
    """默认视图: the saved view with which somebody opens a list."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False, verbose_name=_("user"))
    page = models.CharField(_("list"), max_length=80)
    view = models.ForeignKey(SavedView, models.PROTECT, related_name="opens_for", verbose_name=_("saved view"))

    class Meta:
        verbose_name = _("opening view")
        verbose_name_plural = _("opening views")
        constraints = [models.UniqueConstraint(fields=["user", "page"], name="one_opening_view_a_list")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.page}"
