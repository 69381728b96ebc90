from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from apps.core.context import Context
from apps.operations.agenda import Entry, Outcome
from apps.operations.registry import step

from . import services


@step("deadlines", _("Warn of deadlines and mark overdue ones"), order=80)
def watch_deadlines(ctx: Context, entries: Sequence[Entry]) -> Outcome:
    services.warn(ctx)
    services.breach(ctx)
    return Outcome()
