"""A premium in the middle of its life: billed, on the agenda, with the night of any day at hand."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from apps.billing import services as billing
from apps.billing.models import Instalment
from apps.billing.services import Confirmed
from apps.core.context import Context
from apps.operations import registry
from apps.operations.agenda import Entry, Outcome
from apps.operations.models import Agenda
from apps.policies.models import Policy
from tests.factories import a_policy

DAY = timedelta(days=1)


@dataclass
class Premium:
    """A policy with one billed instalment, due on the tests' day."""

    policy: Policy
    instalment: Instalment

    def fresh(self) -> "Premium":
        return Premium(Policy.objects.get(pk=self.policy.pk), Instalment.objects.get(pk=self.instalment.pk))


def a_premium(ctx: Context, due_on: date, **terms: Any) -> Premium:
    """A policy whose instalment, due then, has been billed 35 days before."""
    started = due_on.replace(year=due_on.year - 2)
    policy = a_policy(ctx, effective_on=started, paid_to=due_on, frequency="annual", **terms)
    instalment = Instalment.objects.get(policy=policy)
    billing.bill(ctx.on(due_on - 35 * DAY), [instalment.pk])
    return Premium(policy, instalment)


def pay(ctx: Context, checker: Context, premium: Premium, value_on: date, amount: str = "1200.00") -> Confirmed:
    """Money comes in: keyed by one person, confirmed by another."""
    reference = f"T{premium.policy.pk}/{value_on}"
    receipt = billing.key_receipt(
        ctx,
        policy_number=premium.policy.number,
        amount=Decimal(amount),
        channel="transfer",
        channel_ref=reference,
        value_on=value_on,
        key=reference,
    )
    return billing.confirm_receipt(checker, receipt.pk)


def entries(kind: str, on: date) -> list[Entry]:
    """What the agenda holds for the night of this day."""
    due = Agenda.objects.filter(kind=kind, due_on__lte=on).order_by("policy_id", "subject_id")
    return [Entry(row.pk, row.due_on, row.policy_id, row.subject_id) for row in due]


def night(ctx: Context, on: date, *kinds: str) -> dict[str, Outcome]:
    """Run the steps of these kinds as the close of ``on`` would, agenda included."""
    outcomes = {}
    for step in registry.in_order():
        if step.kind in kinds:
            outcomes[step.kind] = outcome = step.run(ctx.on(on), entries(step.kind, on))
            Agenda.objects.filter(pk__in=outcome.done).delete()
            moved = [Agenda(pk=agenda_id, due_on=due_on) for agenda_id, due_on in outcome.moved.items()]
            Agenda.objects.bulk_update(moved, ["due_on"])
    return outcomes
