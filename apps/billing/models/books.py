"""Posting 分录: the books."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.billing.states import Account, PostingKind
from apps.core.guards import append_only, balanced

from .columns import amount
from .instalments import Instalment
from .receipts import Receipt


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
