"""The business day 营业日 in the API: the day everything is dated by, and whether it is being closed."""

from django.utils.translation import gettext_lazy as _

from apps.core.api import Answer, Call, Day, Flag, Operation, Shape, declare_scope, operation
from apps.core.errors import refuse

from . import selectors
from .models import BusinessDay

BUSINESS_DAY_READ = declare_scope("business_day:read", _("Read the business day"))


class BusinessDayShape(Shape):
    """The open business day 营业日. Receipts, bills and deadlines are dated by it, not by the clock on the wall."""

    model = BusinessDay
    business_date = Day("Today, for the business.")
    closing = Flag("Whether a close of business is at work at this moment.")
    closes_through = Day("The last day that was asked to be closed; null if none was.", null=True)
    paused = Flag("Whether somebody has paused the close.")


@operation("GET", "business_day")
class OpenDay(Operation):
    """The open business day, and what is being done to it."""

    summary = "Read the business day"
    scope, shape = BUSINESS_DAY_READ, BusinessDayShape
    refusals = ("business_rule_refused",)

    def perform(self, call: Call) -> Answer:
        day = selectors.open_day()
        if day is None:
            raise refuse("no_open_day")
        body = {
            "business_date": day.date,
            "closing": selectors.is_closing(),
            "closes_through": day.close_through,
            "paused": day.paused_at is not None,
        }
        return Answer(body)
