from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from apps.core.context import Context
from apps.operations.agenda import GRACE, LAPSE, REMIND, Entry, Outcome
from apps.operations.registry import step

from . import services


@step("grace", _("Grace periods begin"), kind=GRACE, order=30)
def grace(ctx: Context, entries: Sequence[Entry]) -> Outcome:
    return services.start_grace(ctx, entries)


@step("lapse", _("Unpaid policies are suspended"), kind=LAPSE, order=40)
def lapse(ctx: Context, entries: Sequence[Entry]) -> Outcome:
    return services.lapse(ctx, entries)


@step("remind", _("Reminders are planned"), kind=REMIND, order=60)
def remind(ctx: Context, entries: Sequence[Entry]) -> Outcome:
    return services.plan_reminders(ctx, entries)
