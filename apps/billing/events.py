"""What can happen to instalments and receipts, as the history of their policy tells it."""

from django.utils.translation import gettext_lazy as _

from apps.audit.events import declare
from apps.policies.events import POLICY

INSTALMENT, RECEIPT, PAYOUT, BANK_FILE = "billing.instalment", "billing.receipt", "billing.payout", "billing.bankfile"
ADJUSTMENT = "billing.adjustment"

PLANNED = declare(
    "instalment.planned", INSTALMENT, _("Instalment {number} of {amount} {currency} is planned for {due_on}."), "money"
)
INSTALMENT_IMPORTED = declare(
    "instalment.imported", INSTALMENT, _("Instalment {number}, due on {due_on}, was taken over unpaid."), "money"
)
BILLED = declare(
    "instalment.billed",
    INSTALMENT,
    _("Instalment {number} of {amount} {currency} was billed, due on {due_on}."),
    "money",
)
GRACE_STARTED = declare(
    "instalment.grace_started",
    INSTALMENT,
    _("Instalment {number} is unpaid; its grace period ends on {grace_ends_on}."),
    "money",
)
GRACE_EXTENDED = declare(
    "instalment.grace_extended",
    INSTALMENT,
    _("The grace period of instalment {number} now ends on {grace_ends_on}: the calendar was announced."),
    "money",
)
DEMANDED_AGAIN = declare(
    "instalment.demanded_again",
    INSTALMENT,
    _("Instalment {number} was demanded anew; its grace period ends on {grace_ends_on}."),
    "money",
)
FELL_OVERDUE = declare(
    "instalment.fell_overdue",
    INSTALMENT,
    _("Instalment {number} is overdue; {amount} {currency} written back."),
    "money",
)
GRACE_RESTORED = declare(
    "instalment.grace_restored", INSTALMENT, _("Instalment {number} is owed again: the suspension was undone."), "money"
)
PAID = declare("instalment.paid", INSTALMENT, _("Instalment {number} of {amount} {currency} was paid."), "money")
PAYMENT_REVERSED = declare(
    "instalment.payment_reversed",
    INSTALMENT,
    _("The payment of instalment {number} was taken back; its grace period ends on {grace_ends_on}."),
    "money",
)
CANCELLED = declare("instalment.cancelled", INSTALMENT, _("Instalment {number} was cancelled."), "money")

BILLING_PUT_OFF = declare(
    "billing.put_off",
    POLICY,
    _("A change takes effect on {due_on}: what falls due then or later is not billed before that day."),
    "money",
)
BILLED_AS_USUAL = declare("billing.as_usual", POLICY, _("Billing is no longer put off."), "money")

ADJUSTMENT_DEMANDED = declare(
    "adjustment.demanded", ADJUSTMENT, _("Extra premium {number} of {amount} {currency} was asked for."), "money"
)
ADJUSTMENT_PAID = declare(
    "adjustment.paid", ADJUSTMENT, _("Extra premium {number} of {amount} {currency} was paid."), "money"
)
ADJUSTMENT_REDUCED = declare(
    "adjustment.reduced",
    ADJUSTMENT,
    _("Extra premium {number} costs {amount} {currency} on the day it was paid; {surplus} is in suspense again."),
    "money",
)
ADJUSTMENT_REOPENED = declare(
    "adjustment.reopened", ADJUSTMENT, _("The payment of extra premium {number} was taken back."), "money"
)
ADJUSTMENT_CANCELLED = declare("adjustment.cancelled", ADJUSTMENT, _("Extra premium {number} was cancelled."), "money")
ADJUSTMENT_RETURNED = declare(
    "adjustment.returned",
    ADJUSTMENT,
    _("Extra premium {number} of {amount} {currency} was given back into suspense."),
    "money",
)

KEYED = declare("receipt.keyed", RECEIPT, _("Receipt {number} of {amount} {currency} was entered."), "money")
CONFIRMED = declare("receipt.confirmed", RECEIPT, _("Receipt {number} of {amount} {currency} was confirmed."), "money")
REJECTED = declare("receipt.rejected", RECEIPT, _("Receipt {number} was rejected."), "money")
POSTED = declare(
    "receipt.posted", RECEIPT, _("Receipt {number} of {amount} {currency} was read from a bank file."), "money"
)
ASSIGNED = declare(
    "receipt.assigned", RECEIPT, _("Receipt {number} of {amount} {currency} was assigned to this policy."), "money"
)
REVERSED = declare("receipt.reversed", RECEIPT, _("Receipt {number} of {amount} {currency} was reversed."), "money")

PAYOUT_REQUESTED = declare(
    "payout.requested", PAYOUT, _("Payout {number} of {amount} {currency} was asked for."), "money"
)
PAYOUT_SEEN = declare("payout.first_approved", PAYOUT, _("Payout {number} has the first of two approvals."), "money")
PAYOUT_APPROVED = declare("payout.approved", PAYOUT, _("Payout {number} was approved."), "money")
PAYOUT_REJECTED = declare("payout.rejected", PAYOUT, _("Payout {number} was rejected."), "money")
PAYOUT_SENT = declare(
    "payout.sent", PAYOUT, _("Payout {number} of {amount} {currency} was handed to the bank."), "money"
)
PAYOUT_PAID = declare("payout.paid", PAYOUT, _("The bank paid payout {number} of {amount} {currency}."), "money")
PAYOUT_RETURNED = declare("payout.returned", PAYOUT, _("The bank returned payout {number}."), "money")
PAYOUT_CANCELLED = declare("payout.cancelled", PAYOUT, _("Payout {number} was cancelled."), "money")
PAYOUT_WITHDRAWN = declare(
    "payout.withdrawn", PAYOUT, _("Payout {number} is not owed any more: the change was undone."), "money"
)

BANK_FILE_READ = declare(
    "bank_file.read",
    BANK_FILE,
    _("Bank file {name}: {posted} receipts posted, {known} known already, {unidentified} unidentified."),
    "money",
)

REQUESTED = declare(
    "receipt_request.made", "billing.receiptrequest", _("A correction of receipt {number} was asked for."), "money"
)
REQUEST_APPROVED = declare(
    "receipt_request.approved", "billing.receiptrequest", _("The correction of receipt {number} was approved."), "money"
)
REQUEST_REJECTED = declare(
    "receipt_request.rejected", "billing.receiptrequest", _("The correction of receipt {number} was rejected."), "money"
)
