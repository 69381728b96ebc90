"""Extra premiums on the staff's pages: what is asked for changes, and what paid it. The change itself acts on them."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.billing import selectors
from apps.billing.models import Adjustment, AdjustmentPart
from apps.billing.states import AdjustmentStatus
from apps.core.admin import (
    Between,
    Choice,
    Column,
    Fact,
    StaffAdmin,
    StaffRequest,
    Stage,
    Table,
    badge,
    day,
    link,
    tab,
)
from apps.core.admin.pages import Section
from apps.policies import selectors as policies
from apps.policies.admin.filters import of_policies

from . import columns

TONES = {AdjustmentStatus.OPEN: "warn", AdjustmentStatus.PAID: "good"}
SHOWN = 50


def state(row: Adjustment) -> str:
    return badge(row.get_status_display(), TONES.get(AdjustmentStatus(row.status), "plain"))


COLUMNS = (
    Column(_("State"), state),
    Column(_("Amount"), columns.amount, numeric=True),
    Column(_("Asked for on"), "demanded_on"),
    Column(_("Paid on"), "paid_on"),
    Column(_("Reason"), "reason"),
)
NUMBER = Column(_("Extra premium"), lambda row: link(row, row.number))


@admin.register(Adjustment)
class AdjustmentAdmin(StaffAdmin):
    read = "receipt_read.R"
    search_hint = _("Number of the extra premium or policy number")
    related = ("policy",)
    columns = (Column(_("Extra premium"), "number"), columns.POLICY, *COLUMNS)
    filters = (
        Choice("status", _("State"), AdjustmentStatus.choices),
        Between("demanded", _("Asked for on"), lookup="demanded_on"),
        *of_policies("policy__"),
    )

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.adjustments_visible_to(request.user)

    def search(self, request: StaffRequest, rows: QuerySet, text: str) -> QuerySet:
        known = policies.ids_by_number([text.upper()])
        return rows.filter(Q(number=text.upper()) | Q(policy__in=list(known.values())))

    def badges(self, obj: Adjustment) -> Sequence[str]:
        return [state(obj)]

    def highlights(self, request: StaffRequest, obj: Adjustment) -> Sequence[Fact]:
        return [
            Fact(_("Policy"), link(obj.policy)),
            Fact(_("Amount"), columns.amount(obj)),
            Fact(_("For the change"), columns.subject(request, obj), obj.reason),
            Fact(_("Asked for on"), day(obj.demanded_on)),
            Fact(_("Paid on"), day(obj.paid_on)),
        ]

    def stages(self, obj: Adjustment) -> Sequence[Stage]:
        s = AdjustmentStatus
        if obj.status == s.OPEN:
            return [Stage(s.OPEN.label, "now"), Stage(s.PAID.label)]
        return [Stage(s.OPEN.label, "done"), Stage(obj.get_status_display(), "now" if obj.status == s.PAID else "off")]

    def overview(self, request: StaffRequest, obj: Adjustment) -> Sequence[Section]:
        parts = AdjustmentPart.objects.filter(adjustment=obj).select_related("receipt").order_by("pk")
        return [Table(columns.parts("receipt", obj.currency), parts, _("Money used for it"))]


@tab("policies.policy", _("Extra premiums"), order=42, permission="receipt_read.R")
def adjustments(request: StaffRequest, policy: Any) -> Sequence[Section]:
    rows = Adjustment.objects.filter(policy=policy).order_by("-pk")[:SHOWN]
    return [Table([NUMBER, *COLUMNS], rows, _("Extra premiums"), _("No change of this policy has cost anything yet."))]
