"""The money side of a policy's page: instalments, receipts, and the books."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.billing import selectors
from apps.billing.models import Instalment, Posting, Receipt
from apps.core.admin import Column, Fact, Facts, StaffRequest, Table, day, link, money, rail, tab
from apps.core.admin.pages import Section

from . import columns

PAGE = "policies.policy"
SHOWN = 120


@tab(PAGE, _("Premiums"), order=30, permission="instalment_read.R")
def premiums(request: StaffRequest, policy: Any) -> Sequence[Section]:
    instalments = Instalment.objects.filter(policy=policy).order_by("-due_on", "-pk")[:SHOWN]
    first, *rest = columns.INSTALMENT
    linked = Column(first.label, lambda row: link(row, row.number), numeric=True)
    return [Table([linked, *rest], instalments, _("Instalments"))]


@tab(PAGE, _("Money"), order=40, permission="receipt_read.R")
def money_in(request: StaffRequest, policy: Any) -> Sequence[Section]:
    receipts = Receipt.objects.filter(policy=policy).order_by("-pk")[:SHOWN]
    sections: list[Section] = [Table([columns.RECEIPT_LINK, *columns.RECEIPT], receipts, _("Receipts"))]
    if request.user.has_perm("posting_read.R"):
        postings = Posting.objects.filter(policy=policy).order_by("-pk")[:SHOWN]
        sections.append(Table(columns.POSTING, postings, _("Books")))
    return sections


@rail(PAGE, _("Premium account"), order=20)
def account(request: StaffRequest, policy) -> Sequence[Section]:
    """What is owed, what waits in suspense, and the next due date."""
    if not request.user.has_perm("instalment_read.R"):
        return []
    following = selectors.open_instalments(policy.pk).first()
    facts = [
        Fact(_("Next due"), day(following.due_on) if following else _("Nothing is due."), _next(following)),
        Fact(_("Owed"), money(selectors.receivable_balance(policy.pk), policy.currency)),
        Fact(_("In suspense"), money(selectors.suspense_balance(policy.pk), policy.currency)),
    ]
    return [Facts(facts)]


def _next(instalment: Instalment | None) -> str:
    return f"{columns.amount(instalment)} · {instalment.get_status_display()}" if instalment else ""
