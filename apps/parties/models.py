"""Party 客户 and what belongs to a person: identities 证件, contacts 联系方式, accounts 银行账户, consents 同意.

The only home of personal data besides documents. Numbers, phones, accounts and addresses are stored encrypted, with
HMAC indexes for exact and last-four search (decision 24); names are plain and masked on screen.
"""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.core.guards import append_only
from apps.core.models import public_id

from . import vault
from .grams import NameGrams
from .states import ConsentPurpose, ConsentSource, ContactHealth, ContactKind, PartyKind, QuietHours, Sex


class Party(models.Model):
    """客户: a person or an organisation; belongs to a branch and, where it has one, to its agent 客户归属."""

    public_id = public_id()
    kind = models.CharField(_("kind"), max_length=12, choices=PartyKind.choices, default=PartyKind.PERSON)
    name = models.CharField(_("name"), max_length=120)
    initials = models.CharField(_("pinyin initials"), max_length=40, blank=True)
    born_on = models.DateField(_("born on"), null=True, blank=True)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex.choices, default=Sex.UNKNOWN)
    occupation_class = models.PositiveSmallIntegerField(_("occupation class"), null=True, blank=True)
    branch = models.ForeignKey(
        "accounts.Branch", models.PROTECT, related_name="+", db_index=False, verbose_name=_("branch")
    )
    agent = models.ForeignKey(
        "Agent",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="customers",
        db_index=False,
        verbose_name=_("served by"),
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        indexes = [
            models.Index(fields=["branch", "-id"], name="party_newest_of_branch"),
            models.Index(fields=["agent", "-id"], name="party_newest_of_agent"),
            models.Index(fields=["name"], opclasses=["text_pattern_ops"], name="party_by_name"),
            models.Index(fields=["initials"], opclasses=["text_pattern_ops"], name="party_by_initials"),
            GinIndex(NameGrams("name"), name="party_by_name_grams", gin_pending_list_limit=256),
            models.Index(fields=["id"], condition=Q(kind=PartyKind.ORGANISATION), name="party_organisations"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


@vault.sealed("number")
class Identity(models.Model):
    """证件: an identity document; the number is encrypted, found by its blind index."""

    public_id = public_id()
    party = models.ForeignKey(Party, models.PROTECT, related_name="identities", verbose_name=_("party"))
    type = models.CharField(_("type"), max_length=4, help_text=_("Exchange code, 111 = resident ID"))
    number = models.TextField(_("number"))
    number_index = models.CharField(max_length=64)
    tail_index = models.CharField(max_length=64, db_index=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints = [models.UniqueConstraint(fields=["number_index", "type"], name="identity_once")]

    def __str__(self) -> str:
        return f"{self.type} #{self.pk}"


@vault.sealed("value")
class Contact(models.Model):
    """联系方式: a phone, an e-mail address or a postal address; encrypted.

    ``soft_failures`` counts the messages in a row that it could not take for the time being: too many make it doubtful.
    """

    public_id = public_id()
    party = models.ForeignKey(Party, models.PROTECT, related_name="contacts", db_index=False, verbose_name=_("party"))
    kind = models.CharField(_("kind"), max_length=8, choices=ContactKind.choices)
    value = models.TextField(_("value"))
    value_index = models.CharField(max_length=64, db_index=True)
    tail_index = models.CharField(max_length=64, db_index=True, null=True)
    health = models.CharField(_("health"), max_length=8, choices=ContactHealth.choices, default=ContactHealth.GOOD)
    soft_failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0, db_default=0)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [models.UniqueConstraint(fields=["party", "kind", "value_index"], name="contact_once")]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


@vault.sealed("number")
class BankAccount(models.Model):
    """银行账户: for collection and payout; the number is encrypted (B-10: the holder's own account)."""

    public_id = public_id()
    party = models.ForeignKey(Party, models.PROTECT, related_name="bank_accounts", verbose_name=_("party"))
    bank = models.CharField(_("bank"), max_length=80)
    account_name = models.CharField(_("account name"), max_length=120)
    number = models.TextField(_("number"))
    number_index = models.CharField(max_length=64, db_index=True)
    added_at = models.DateTimeField(_("added at"), db_default=Now())

    class Meta:
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")

    def __str__(self) -> str:
        return f"{self.bank} #{self.pk}"


class Relationship(models.Model):
    """关系: what one party is to another (code list 与被保险人关系)."""

    party = models.ForeignKey(
        Party, models.PROTECT, related_name="relationships", db_index=False, verbose_name=_("party")
    )
    other = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name=_("other party"))
    code = models.CharField(_("relationship"), max_length=2)

    class Meta:
        verbose_name = _("relationship")
        verbose_name_plural = _("relationships")
        constraints = [
            models.UniqueConstraint(fields=["party", "other", "code"], name="relationship_once"),
            models.CheckConstraint(name="relationship_to_another", condition=~Q(party=models.F("other"))),
        ]

    def __str__(self) -> str:
        return f"{self.party_id} {self.code} {self.other_id}"


@append_only
class Consent(models.Model):
    """同意记录: given or withdrawn for one purpose; the newest row counts (B-04, P59).

    The ledger says to which text he agreed, how he said it, and who wrote it down.
    """

    party = models.ForeignKey(Party, models.PROTECT, related_name="consents", db_index=False, verbose_name=_("party"))
    purpose = models.CharField(_("purpose"), max_length=12, choices=ConsentPurpose.choices)
    given = models.BooleanField(_("given"))
    obtained = models.CharField(
        _("how it was said"),
        max_length=12,
        choices=ConsentSource.choices,
        default=ConsentSource.APPLICATION,
        db_default=ConsentSource.APPLICATION,
    )
    text_version = models.CharField(_("version of the text"), max_length=40, blank=True, db_default="")
    reason = models.CharField(_("reason"), max_length=400, blank=True, db_default="")
    recorded_by = models.CharField(_("recorded by"), max_length=80, blank=True, db_default="")
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [models.Index(fields=["party", "purpose", "-id"], name="consent_newest")]

    def __str__(self) -> str:
        return f"{self.party_id} {self.purpose}: {self.given}"


class Preference(models.Model):
    """联系偏好: by which contact a customer wants to hear of what, and when his phone is to keep quiet.

    A wish moves its channel to the front; it switches nothing off: that is what consents are for, and what the law
    orders has none. Who has no row has no wish.
    """

    party = models.OneToOneField(
        Party, models.PROTECT, primary_key=True, related_name="preference", verbose_name=_("party")
    )
    service_by = models.CharField(_("service by"), max_length=8, choices=ContactKind.choices, blank=True)
    statutory_by = models.CharField(_("statutory notices by"), max_length=8, choices=ContactKind.choices, blank=True)
    marketing_by = models.CharField(_("marketing by"), max_length=8, choices=ContactKind.choices, blank=True)
    quiet = models.CharField(_("quiet hours"), max_length=9, choices=QuietHours.choices, blank=True)

    class Meta:
        verbose_name = _("contact preference")
        verbose_name_plural = _("contact preferences")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class Agent(models.Model):
    """业务员/代理人: sells and serves; ``user`` is the account they log in with."""

    public_id = public_id()
    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    licence_no = models.CharField(_("licence no."), max_length=40, blank=True)
    branch = models.ForeignKey("accounts.Branch", models.PROTECT, related_name="agents", verbose_name=_("branch"))
    user = models.OneToOneField(
        "accounts.User", models.PROTECT, null=True, blank=True, related_name="agent", verbose_name=_("user")
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
