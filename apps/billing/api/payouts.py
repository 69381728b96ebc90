"""Payouts 付费 in the API: what is on its way back to customers. Asking for one and approving it is for people."""

from django.db.models import OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.billing import selectors
from apps.billing.models import Payout, PayoutPart
from apps.billing.states import PayoutKind, PayoutStatus
from apps.core.api import (
    Call,
    Code,
    Day,
    Detail,
    Id,
    List,
    Many,
    Money,
    Number,
    Shape,
    Text,
    a_code,
    a_text,
    an_id,
    declare_scope,
    operation,
)

PAYOUTS_READ = declare_scope("payouts:read", _("Read payouts"))


class PayoutPartShape(Shape):
    """Money of a receipt set aside for the payout; put back by a row with a negative amount."""

    model = PayoutPart
    receipt = Id("receipt", "receipt__public_id")
    amount = Money(currency="payout__currency")


class PayoutSummary(Shape):
    """Money on its way to a customer 付费."""

    model = Payout
    id = Id("payout")
    number = Text("Payout number.", example="F26000000018")
    policy = Id("policy", "policy__public_id")
    payee = Id("party", "payee__public_id")
    kind = Code(PayoutKind)
    status = Code(PayoutStatus, "付费状态.")
    amount = Money()
    requested_on = Day("The business day it was asked for.")
    sent_on = Day("The business day it was handed to the bank.", null=True)
    paid_on = Day("The day the bank paid it.", null=True)


class PayoutShape(PayoutSummary):
    """Money on its way to a customer 付费, and where it was taken from."""

    approvals = Number("How many people must approve it.")
    transaction_number = Text("Of the bank; empty until it has paid.", "bank_ref")
    parts = Many(PayoutPartShape, PayoutPart.objects.filter(payout=OuterRef("pk")).order_by("pk"))


class OfPayouts:
    """What all operations on payouts share."""

    def rows(self, call: Call) -> QuerySet:
        return selectors.payouts_visible_to(call.user)


@operation("GET", "payouts")
class Payouts(OfPayouts, List):
    """Payouts in the caller's area, newest first."""

    summary = "List payouts"
    permission, scope, shape = "payout_read.R", PAYOUTS_READ, PayoutSummary
    filters = (
        an_id("policy", "Of this policy.", "policy", "policy__public_id"),
        a_code("status", "付费状态.", PayoutStatus),
        a_code("kind", "付费类型.", PayoutKind),
        a_text("number", "Payout number, whole.", r"F[0-9]{11}", "number"),
    )


@operation("GET", "payouts/{payout}")
class PayoutDetail(OfPayouts, Detail):
    """One payout, with the receipts its money comes from; what a change owes has none."""

    summary = "Read a payout"
    permission, scope, shape = "payout_read.R", PAYOUTS_READ, PayoutShape
