"""Receipts in the global search, by their whole number (screen S4)."""

from django.utils.translation import gettext_lazy as _

from apps.billing import selectors
from apps.core.admin import money, page_of
from apps.core.admin.finding import Found, Hit, Looking, finder

from .columns import receipt_state
from .pages import RECEIPT_NUMBER


@finder(_("Receipts"), permission="receipt_read.R", order=30)
def receipts(looking: Looking) -> Found:
    if not RECEIPT_NUMBER.fullmatch(looking.text):
        return Found()
    rows = selectors.receipts_visible_to(looking.user).filter(number=looking.text.upper()).select_related("policy")
    return Found([_receipt(row) for row in rows[:1]])


def _receipt(row) -> Hit:
    policy = row.policy.number if row.policy else _("Unidentified")
    facts = (policy, money(row.amount, row.currency), f"{row.value_on}", row.get_channel_display())
    return Hit(page_of(row, row.pk), row.number, facts, receipt_state(row), exact=True)
