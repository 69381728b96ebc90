"""How instalments, receipts and postings look in tables, and what money was used for."""

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.billing.models import Adjustment, Instalment, Payout, Posting, Receipt
from apps.billing.states import InstalmentStatus, ReceiptStatus
from apps.core.admin import Column, StaffRequest, badge, link, money, names_of, page_at, who

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


def amount(row: Adjustment | Instalment | Receipt | Posting) -> str:
    return money(row.amount, row.currency)


def subject(request: StaffRequest, row: Adjustment | Payout) -> str:
    """The change the money is for, leading to its page for those who may see it."""
    if not row.subject_type or row.subject_id is None:
        return ""
    name = names_of(row.subject_type, request.user, {row.subject_id}).get(row.subject_id)
    return format_html('<a href="{}">{}</a>', page_at(row.subject_type, row.subject_id), name) if name else ""


def parts(other: str, currency: str) -> list[Column]:
    """Money used, of which receipt or for what, and whether the row takes it back."""
    shown = {
        "receipt": Column(_("Receipt"), lambda row: link(row.receipt, row.receipt.number)),
        "instalment": Column(_("Instalment"), lambda row: link(row.instalment, row.instalment.number)),
        "adjustment": Column(_("Extra premium"), lambda row: link(row.adjustment, row.adjustment.number)),
    }
    return [
        shown[other],
        Column(_("Amount"), lambda row: money(row.amount, currency), numeric=True),
        Column(_("Taken back"), lambda row: row.reverses_id is not None),
    ]


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
