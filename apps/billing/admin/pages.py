"""Lists and pages of instalments, receipts and bank files."""

import re
from collections.abc import Sequence

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.admin.filters import OfBranch
from apps.billing import selectors
from apps.billing.models import AdjustmentPart, Allocation, BankFile, Instalment, Receipt
from apps.billing.states import Channel, InstalmentStatus, ReceiptStatus
from apps.core.admin import (
    Between,
    Choice,
    Column,
    Fact,
    Facts,
    Figure,
    Sort,
    StaffAdmin,
    StaffRequest,
    Stage,
    Table,
    day,
    figure,
    link,
    who,
)
from apps.core.admin.filters import NEWEST
from apps.core.admin.pages import Section
from apps.policies import selectors as policies
from apps.policies.admin.filters import of_policies
from apps.policies.admin.pages import POLICY_NUMBER

from . import columns

RECEIPT_NUMBER = re.compile(r"[Rr]\d{11}")
USED_ON = Column(_("Business date"), "business_date")


@admin.register(Instalment)
class InstalmentAdmin(StaffAdmin):
    read = "instalment_read.R"
    most_counted = 1000
    order = ("-due_on", "-pk")
    search_hint = _("Policy number")
    related = ("policy__branch", "policy__agent")
    columns = (
        columns.POLICY_NUMBER,
        *columns.INSTALMENT,
        Column(_("Branch"), lambda row: row.policy.branch.name, usual=False),
        Column(_("Agent"), lambda row: row.policy.agent.name if row.policy.agent else "", usual=False),
    )
    filters = (
        Choice("status", _("State"), InstalmentStatus.choices),
        Between("due", _("Due on"), lookup="due_on"),
        *of_policies("policy__"),
    )
    sorts = (Sort("due", _("Earliest due first"), ("due_on", "pk")),)

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.instalments_visible_to(request.user)

    def search(self, request: StaffRequest, rows: QuerySet, text: str) -> QuerySet:
        return rows.filter(policy__in=policies.ids_beginning(text))

    def heading(self, obj: Instalment) -> str:
        return f"{obj.policy.number} / {obj.number}"

    def badges(self, obj: Instalment) -> Sequence[str]:
        return [columns.instalment_state(obj)]

    def highlights(self, request: StaffRequest, obj: Instalment) -> Sequence[Fact]:
        return [
            Fact(_("Policy"), link(obj.policy)),
            Fact(_("Amount"), columns.amount(obj)),
            Fact(_("Due on"), day(obj.due_on)),
            Fact(_("Grace ends on"), day(obj.grace_ends_on)),
            Fact(_("Billed on"), day(obj.billed_on)),
            Fact(_("Paid on"), day(obj.paid_on)),
        ]

    def stages(self, obj: Instalment) -> Sequence[Stage]:
        s = InstalmentStatus
        if obj.status in (s.CANCELLED, s.OVERDUE, s.REVERSED):
            return [
                Stage(s.PLANNED.label, "done"),
                Stage(s.BILLED.label, "done"),
                Stage(obj.get_status_display(), "off"),
            ]
        path = [s.PLANNED, s.BILLED, *([s.IN_GRACE] if obj.status == s.IN_GRACE else []), s.PAID]
        here = path.index(s(obj.status))
        return [Stage(s.label, "done" if i < here else "now" if i == here else "ahead") for i, s in enumerate(path)]

    def overview(self, request: StaffRequest, obj: Instalment) -> Sequence[Section]:
        used = Allocation.objects.filter(instalment=obj).select_related("receipt").order_by("pk")
        return [Table([*columns.parts("receipt", obj.currency), USED_ON], used, _("Money used for it"))]


@admin.register(Receipt)
class ReceiptAdmin(StaffAdmin):
    read = "receipt_read.R"
    most_counted = 1000
    search_hint = _("Receipt number, transaction number or policy number")
    related = ("policy", "bank_file")
    columns = (Column(_("Receipt number"), "number"), columns.POLICY, *columns.RECEIPT)
    filters = (
        Choice("status", _("State"), ReceiptStatus.choices),
        Choice("channel", _("Channel"), Channel.choices, among=NEWEST),
        Choice("identified", _("Policy"), [(False, _("Known")), (True, _("Unidentified"))], lookup="policy__isnull"),
        Between("paid", _("Paid on"), lookup="value_on"),
        OfBranch("branch", _("Branch code")),
    )
    sorts = (Sort("paid", _("Latest paid first"), ("-value_on", "-pk")),)

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.receipts_visible_to(request.user)

    def reached(self, request: StaffRequest, permission: str) -> QuerySet:
        return selectors.receipts_reached_by(request.user, permission)

    def search(self, request: StaffRequest, rows: QuerySet, text: str) -> QuerySet:
        if RECEIPT_NUMBER.fullmatch(text):
            return rows.filter(number=text.upper())
        if found := selectors.ids_by_reference(text):
            return rows.filter(pk__in=found)
        known = policies.ids_by_number([text.upper()]) if POLICY_NUMBER.fullmatch(text) else {}
        return rows.filter(policy__in=list(known.values()))

    def badges(self, obj: Receipt) -> Sequence[str]:
        return [columns.receipt_state(obj)]

    def highlights(self, request: StaffRequest, obj: Receipt) -> Sequence[Fact]:
        return [
            Fact(_("Policy"), link(obj.policy) if obj.policy else _("Unidentified")),
            Fact(_("Amount"), columns.amount(obj)),
            Fact(_("Paid on"), day(obj.value_on)),
            Fact(_("Channel"), obj.get_channel_display(), obj.channel_ref),
            Fact(_("Entered by"), who(obj.keyed_by), day(obj.keyed_on)),
            Fact(_("Confirmed by"), who(obj.confirmed_by)),
            Fact(_("Bank file"), link(obj.bank_file) if obj.bank_file else ""),
        ]

    def stages(self, obj: Receipt) -> Sequence[Stage]:
        s = ReceiptStatus
        if obj.status == s.KEYED:
            return [Stage(s.KEYED.label, "now"), Stage(s.CONFIRMED.label)]
        if obj.status == s.CONFIRMED:
            return [Stage(s.KEYED.label, "done"), Stage(s.CONFIRMED.label, "now")]
        return [Stage(s.KEYED.label, "done"), Stage(obj.get_status_display(), "off")]

    def overview(self, request: StaffRequest, obj: Receipt) -> Sequence[Section]:
        used = Allocation.objects.filter(receipt=obj).select_related("instalment").order_by("pk")
        changes = AdjustmentPart.objects.filter(receipt=obj).select_related("adjustment").order_by("pk")
        title, empty = _("What it paid"), _("Nothing of it was used for premium.")
        return [
            Table([*columns.parts("instalment", obj.currency), USED_ON], used, title, empty),
            Table(columns.parts("adjustment", obj.currency), changes, _("Changes it paid"), _("None.")),
        ]


@admin.register(BankFile)
class BankFileAdmin(StaffAdmin):
    read = "receipt_read.R"
    columns = (
        Column(_("File name"), "name"),
        Column(_("Received on"), "received_on"),
        Column(_("Lines"), "lines", numeric=True),
        Column(_("Total"), "total", numeric=True),
        Column(_("Posted"), "posted", numeric=True),
        Column(_("Known before"), "known", numeric=True),
        Column(_("Unidentified"), "unidentified", numeric=True),
        Column(_("Received by"), lambda file: who(file.received_by)),
    )

    def highlights(self, request: StaffRequest, obj: BankFile) -> Sequence[Fact]:
        return [
            Fact(_("Received on"), day(obj.received_on), who(obj.received_by)),
            Fact(_("Lines"), obj.lines),
            Fact(_("Total"), obj.total),
            Fact(_("Posted"), obj.posted),
            Fact(_("Known before"), obj.known),
            Fact(_("Unidentified"), obj.unidentified),
        ]

    def overview(self, request: StaffRequest, obj: BankFile) -> Sequence[Section]:
        seen = selectors.receipts_visible_to(request.user).filter(bank_file=obj).select_related("policy")
        line = Column(_("Line"), "line", numeric=True)
        shown = [line, columns.RECEIPT_LINK, columns.POLICY, *columns.RECEIPT[:3], columns.RECEIPT[4]]
        return [
            Table(shown, seen.order_by("line")[:200], _("Receipts")),
            Facts([Fact(_("Digest"), obj.sha256)], _("File")),
        ]


@figure(_("Premiums"), permission="instalment_read.R", order=10)
def premiums(request: StaffRequest) -> Sequence[Figure]:
    """What is due, in grace and suspended: counted along the index on due dates."""
    today = request.ctx.business_date
    counts = selectors.due_figures(request.user, today)
    address = "/admin/billing/instalment/?status="
    return [
        Figure(_("due today"), counts["due_today"], f"{address}BILLED"),
        Figure(_("due in the next 7 days"), counts["due_soon"], f"{address}BILLED"),
        Figure(_("in grace"), counts["in_grace"], f"{address}IN_GRACE", "warn" if counts["in_grace"] else "plain"),
        Figure(
            _("grace ends within 7 days"),
            counts["grace_ends"],
            f"{address}IN_GRACE",
            "warn" if counts["grace_ends"] else "plain",
        ),
        Figure(
            _("suspended today"), counts["suspended"], f"{address}OVERDUE", "bad" if counts["suspended"] else "plain"
        ),
    ]


@figure(_("Receipts"), permission="receipt_read.R", order=20)
def receipts(request: StaffRequest) -> Sequence[Figure]:
    counts = selectors.receipt_figures(request.user)
    waiting, unidentified = counts["waiting"], counts["unidentified"]
    address = "/admin/billing/receipt/"
    return [
        Figure(
            _("to be confirmed"),
            waiting,
            f"{address}?status=KEYED",
            "warn" if waiting else "plain",
            waits=request.user.has_perm("payment_record.A"),
        ),
        Figure(_("unidentified"), unidentified, f"{address}?identified=True", "warn" if unidentified else "plain"),
    ]
