"""Reminders 续期提醒 in the API: what is planned for whom, and what was left out and why."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.api import (
    Call,
    Code,
    Day,
    Detail,
    Id,
    List,
    Number,
    Shape,
    a_code,
    a_day,
    an_id,
    declare_scope,
    operation,
)

from . import selectors
from .models import Reminder
from .states import ReminderStatus, SkipReason

REMINDERS_READ = declare_scope("reminders:read", _("Read renewal reminders"))


class ReminderShape(Shape):
    """One stage of the reminders of an instalment 续期提醒."""

    model = Reminder
    id = Id("reminder")
    policy = Id("policy", "instalment__policy__public_id")
    instalment = Id("instalment", "instalment__public_id")
    stage = Number("Days from the due date: -30 is a month before it.", example=-30)
    stage_on = Day("The day it is for.")
    expires_on = Day("The last day it is of use.")
    planned_on = Day("The business day whose close planned it.")
    status = Code(ReminderStatus)
    reason = Code(SkipReason, "Why it was left out; null if it was not.", null=True)


class OfReminders:
    """What all operations on reminders share."""

    def rows(self, call: Call) -> QuerySet:
        return selectors.visible_to(call.user)


@operation("GET", "reminders")
class Reminders(OfReminders, List):
    """Reminders in the caller's area, the latest planned first."""

    summary = "List reminders"
    permission, scope, shape = "reminder_read.R", REMINDERS_READ, ReminderShape
    filters = (
        an_id("policy", "Of this policy.", "policy", "instalment__policy__public_id"),
        an_id("instalment", "Of this instalment.", "instalment", "instalment__public_id"),
        a_code("status", "提醒状态.", ReminderStatus),
        a_day("stage_on", "For this day.", "stage_on"),
    )


@operation("GET", "reminders/{reminder}")
class ReminderDetail(OfReminders, Detail):
    """One reminder."""

    summary = "Read a reminder"
    permission, scope, shape = "reminder_read.R", REMINDERS_READ, ReminderShape
