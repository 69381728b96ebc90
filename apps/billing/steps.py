"""The night's work of billing: what falls due soon is billed."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from apps.core.context import Context
from apps.operations.agenda import BILL, Entry, Outcome
from apps.operations.registry import step
from apps.policies import services as policies

from . import selectors
from . import services as billing


@step("bill", _("Instalments are billed"), kind=BILL, order=20)
def bill(ctx: Context, entries: Sequence[Entry]) -> Outcome:
    """PLANNED → BILLED; one that is over the bound of a night is billed in the next (P25).

    What belongs to a policy that is not in force leaves the agenda; it returns with the policy.
    """
    free = policies.lock_free(entry.policy_id for entry in entries)
    mine = [entry for entry in entries if entry.policy_id in free]
    billing.bill(ctx, [entry.subject_id for entry in mine])
    waiting = selectors.still_to_bill(entry.subject_id for entry in mine)
    tomorrow = ctx.business_date + timedelta(days=1)
    return Outcome(
        done=[entry.id for entry in mine if entry.subject_id not in waiting],
        moved={entry.id: tomorrow for entry in mine if entry.subject_id in waiting},
        locked=[entry.id for entry in entries if entry.policy_id not in free],
    )
