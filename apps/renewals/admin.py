"""Reminders: what was planned or skipped for each instalment, and why (screen S13)."""

from collections.abc import Sequence

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Choice, Column, Fact, StaffAdmin, StaffRequest, Table, badge, day, link, tab
from apps.core.admin.filters import NEWEST
from apps.core.admin.pages import Section
from apps.policies import selectors as policies

from . import selectors
from .models import Reminder
from .states import ReminderStatus, SkipReason

SHOWN = 60


def state(row: Reminder) -> str:
    return badge(row.get_status_display(), "busy" if row.status == ReminderStatus.PLANNED else "plain")


def reason(row: Reminder) -> str:
    return str(SkipReason(row.reason).label) if row.reason in SkipReason.values else row.reason


def stage(row: Reminder) -> str:
    return f"{row.stage:+d}" if row.stage else "0"


COLUMNS = (
    Column(_("Stage"), stage, numeric=True),
    Column(_("For"), "stage_on"),
    Column(_("State"), state),
    Column(_("Reason"), reason),
    Column(_("Planned on"), "planned_on"),
    Column(_("Useful until"), "expires_on"),
)


@admin.register(Reminder)
class ReminderAdmin(StaffAdmin):
    read = "reminder_read.R"
    most_counted = 1000
    about = _("Each stage of the cadence is planned once for an instalment, or skipped with its reason.")
    search_hint = _("Policy number")
    related = ("instalment__policy",)
    columns = (
        Column(_("Policy"), lambda row: row.instalment.policy.number),
        Column(_("Instalment"), lambda row: row.instalment.number, numeric=True),
        *COLUMNS,
    )
    filters = (
        Choice("status", _("State"), ReminderStatus.choices, among=NEWEST),
        Choice("reason", _("Reason"), SkipReason.choices, among=NEWEST),
    )

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.visible_to(request.user)

    def search(self, request: StaffRequest, rows: QuerySet, text: str) -> QuerySet:
        return rows.filter(policy_id__in=policies.ids_beginning(text))

    def heading(self, obj: Reminder) -> str:
        return f"{obj.instalment.policy.number} / {obj.instalment.number} · {stage(obj)}"

    def badges(self, obj: Reminder) -> Sequence[str]:
        return [state(obj)]

    def highlights(self, request: StaffRequest, obj: Reminder) -> Sequence[Fact]:
        return [
            Fact(_("Policy"), link(obj.instalment.policy)),
            Fact(_("Instalment"), link(obj.instalment, obj.instalment.number)),
            Fact(_("For"), day(obj.stage_on)),
            Fact(_("Planned on"), day(obj.planned_on)),
            Fact(_("Useful until"), day(obj.expires_on)),
            Fact(_("Reason"), reason(obj)),
        ]


@tab("policies.policy", _("Reminders"), order=50, permission="reminder_read.R")
def reminders(request: StaffRequest, policy) -> Sequence[Section]:
    rows = Reminder.objects.filter(policy_id=policy.pk).select_related("instalment").order_by("-pk")[:SHOWN]
    number = Column(_("Instalment"), lambda row: link(row.instalment, row.instalment.number))
    return [Table([number, *COLUMNS], rows, empty=_("No reminder was planned yet."))]
