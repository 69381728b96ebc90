"""How instalments, receipts and postings look in tables."""

from django.utils.translation import gettext_lazy as _

from apps.billing.models import Instalment, Posting, Receipt
from apps.billing.states import InstalmentStatus, ReceiptStatus
from apps.core.admin import Column, badge, link, money, who

INSTALMENT_TONES = {
    InstalmentStatus.BILLED: "busy",
    InstalmentStatus.IN_GRACE: "warn",
    InstalmentStatus.OVERDUE: "bad",
    InstalmentStatus.REVERSED: "warn",
    InstalmentStatus.PAID: "good",
}
RECEIPT_TONES = {
    ReceiptStatus.KEYED: "warn",
    ReceiptStatus.CONFIRMED: "good",
    ReceiptStatus.REVERSED: "bad",
}


def instalment_state(row: Instalment) -> str:
    return badge(row.get_status_display(), INSTALMENT_TONES.get(InstalmentStatus(row.status), "plain"))


def receipt_state(row: Receipt) -> str:
    return badge(row.get_status_display(), RECEIPT_TONES.get(ReceiptStatus(row.status), "plain"))


def amount(row: Instalment | Receipt | Posting) -> str:
    return money(row.amount, row.currency)


INSTALMENT = (
    Column(_("Instalment"), "number", numeric=True),
    Column(_("State"), instalment_state),
    Column(_("Due on"), "due_on"),
    Column(_("Grace ends on"), "grace_ends_on"),
    Column(_("Amount"), amount, numeric=True),
    Column(_("Billed on"), "billed_on"),
    Column(_("Paid on"), "paid_on"),
)

RECEIPT = (
    Column(_("State"), receipt_state),
    Column(_("Amount"), amount, numeric=True),
    Column(_("Paid on"), "value_on"),
    Column(_("Channel"), "get_channel_display"),
    Column(_("Transaction number"), "channel_ref"),
    Column(_("Entered by"), lambda row: who(row.keyed_by)),
    Column(_("Confirmed by"), lambda row: who(row.confirmed_by)),
)

POSTING = (
    Column(_("Business date"), "business_date"),
    Column(_("Act"), "get_kind_display"),
    Column(_("Account"), "get_account_display"),
    Column(_("Debit"), lambda row: amount(row) if row.amount > 0 else "", numeric=True),
    Column(_("Credit"), lambda row: money(-row.amount, row.currency) if row.amount < 0 else "", numeric=True),
)

RECEIPT_LINK = Column(_("Receipt"), lambda row: link(row, row.number))
POLICY = Column(_("Policy"), lambda row: link(row.policy))
POLICY_NUMBER = Column(_("Policy"), lambda row: row.policy.number)
