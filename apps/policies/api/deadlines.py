"""Deadlines 时限 of policies: our running duties, each with the last day to do it."""

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from apps.core.api import (
    Call,
    Code,
    Day,
    Detail,
    Flag,
    Id,
    List,
    Number,
    Shape,
    Text,
    a_code,
    a_day,
    a_text,
    declare_scope,
    operation,
)
from apps.deadlines.models import Deadline
from apps.deadlines.states import DeadlineStatus
from apps.policies import selectors
from apps.policies.models import Policy

DEADLINES_READ = declare_scope("deadlines:read", _("Read deadlines"))


class DeadlineShape(Shape):
    """One duty 时限 counted from one event."""

    model = Deadline
    id = Id("deadline")
    clock = Text("Which duty.", example="LAPSE_NOTICE")
    policy = Id("policy", Subquery(Policy.objects.filter(pk=OuterRef("policy_id")).values("public_id")), null=True)
    status = Code(DeadlineStatus, "时限状态.")
    started_on = Day()
    due_on = Day("The last day.")
    warn_on = Day("From this day on it is urgent.")
    provisional = Flag("Counted in a year whose calendar is not yet announced: it may move.")
    paused_on = Day(null=True)
    paused_days = Number()
    ended_on = Day(null=True)


class OfDeadlines:
    """What all operations on deadlines share."""

    def rows(self, call: Call) -> QuerySet:
        return selectors.deadlines_visible_to(call.user)


@operation("GET", "deadlines")
class Deadlines(OfDeadlines, List):
    """Deadlines in the caller's area, the most urgent first."""

    summary = "List deadlines"
    permission, scope, shape = "deadline_read.R", DEADLINES_READ, DeadlineShape
    filters = (
        a_code("status", "时限状态.", DeadlineStatus),
        a_text("clock", "Which duty.", r"[A-Z0-9_]{1,40}", "clock"),
        a_day("due_before", "Due before this day.", "due_on__lt"),
        a_day("due_after", "Due on this day or later.", "due_on__gte"),
    )
    sorts = {"due_on": "due_on"}
    order = "due_on"


@operation("GET", "deadlines/{deadline}")
class DeadlineDetail(OfDeadlines, Detail):
    """One deadline."""

    summary = "Read a deadline"
    permission, scope, shape = "deadline_read.R", DEADLINES_READ, DeadlineShape
