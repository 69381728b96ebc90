"""Taking over what is owed 批量接管应收, for a book that comes in: open instalments with their opening balances.

Nothing due before the cut-over is billed: what was unpaid then is receivable against OPENING, or overdue and written
off the books already where cover is suspended. What falls due later ``services.start_schedule`` plans.
"""

from datetime import date
from decimal import Decimal

from apps.core.context import Context
from apps.core.dates import Frequency
from apps.core.staging import Staging, chunks, fetch, stream
from apps.operations import services as operations
from apps.operations.agenda import GRACE
from apps.policies import selectors as policies

from . import events, services
from .models import Instalment
from .posting import post_whole
from .recording import plan_dunning, tell
from .rules import Schedule, period_end
from .states import Account, PostingKind
from .states import InstalmentStatus as I

AT_ONCE = 2000

INSTALMENTS = Staging(
    "incoming_instalment",
    {"line": "bigint", "number": "smallint", "due_on": "date", "grace_ends_on": "date"},
)


def begin() -> None:
    """Make the staging table."""
    INSTALMENTS.create()


def take_over(ctx: Context) -> int:
    """Insert the owed instalments staged, plan the next one of every policy, and return how many are owed.

    After ``policies.bulk.take_over``.
    """
    owed = fetch(
        """SELECT p.policy_id, s.number, s.due_on, s.grace_ends_on, i.premium, i.currency, i.status = 'SUSPENDED',
                  i.effective_on, i.frequency
           FROM incoming_instalment s JOIN policy_of_line p USING (line) JOIN incoming_policy i USING (line)
           ORDER BY p.policy_id, s.number"""
    )
    for chunk in chunks(owed, AT_ONCE):
        _open(ctx, [_instalment(*row) for row in chunk])
    paying = stream(
        """SELECT policy_id FROM policy_of_line JOIN incoming_policy USING (line)
           WHERE status = 'IN_FORCE' AND premium_status IN ('PAYING', 'GRACE') ORDER BY policy_id"""
    )
    for rows in chunks(paying, AT_ONCE):
        services.start_schedule(ctx, [policy_id for (policy_id,) in rows])
    return len(owed)


def _instalment(
    policy_id: int,
    number: int,
    due_on: date,
    grace_ends_on: date,
    premium: Decimal,
    currency: str,
    suspended: bool,
    effective_on: date,
    frequency: str,
) -> Instalment:
    return Instalment(
        policy_id=policy_id,
        number=number,
        due_on=due_on,
        until=period_end(Schedule(effective_on, Frequency(frequency), None), due_on),
        grace_ends_on=grace_ends_on,
        amount=premium,
        currency=currency,
        status=I.OVERDUE if suspended else I.IN_GRACE,
    )


def _open(ctx: Context, instalments: list[Instalment]) -> None:
    Instalment.objects.bulk_create(instalments)
    tell(ctx, events.INSTALMENT_IMPORTED, [each.pk for each in instalments])
    receivable = [each for each in instalments if each.status == I.IN_GRACE]
    post_whole(ctx, PostingKind.OPENING, Account.RECEIVABLE, Account.OPENING, [each.pk for each in receivable])
    plan_dunning(ctx, receivable, policies.premium_facts({each.policy_id for each in receivable}))
    operations.unschedule(GRACE, [each.pk for each in receivable])
