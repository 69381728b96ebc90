"""How billing follows a policy: its schedule starts with its cover, ends with the contract, and revives with it."""

from apps.audit.services import Recorded, on
from apps.deadlines.events import YEAR_ANNOUNCED
from apps.policies import events
from apps.policies.states import HoldKind

from . import services as billing


@on(events.ISSUED, events.TOOK_EFFECT, events.SUSPENSION_UNDONE)
def start(recorded: Recorded) -> None:
    billing.start_schedule(recorded.ctx, _policy_ids(recorded))


@on(events.TERMINATION_UNDONE)
def start_again(recorded: Recorded) -> None:
    billing.plan_anew(recorded.ctx, _policy_ids(recorded))


@on(events.TERMINATED, events.VOIDED)
def stop(recorded: Recorded) -> None:
    billing.cancel_open(recorded.ctx, _policy_ids(recorded))
    billing.cancel_adjustments_of(recorded.ctx, _policy_ids(recorded), reason="policy_ended")


@on(YEAR_ANNOUNCED)
def count_grace_again(recorded: Recorded) -> None:
    for fact in recorded.facts:
        billing.extend_grace(recorded.ctx, fact.subject_id)


@on(events.HOLD_RELEASED)
def use_waiting_money(recorded: Recorded) -> None:
    billing.settle(recorded.ctx, _policy_ids(recorded))
    barred = [fact.subject_id for fact in recorded.facts if fact.payload["kind"] == HoldKind.NONDISCLOSURE]
    billing.demand_again(recorded.ctx, barred)


def _policy_ids(recorded: Recorded) -> list[int]:
    return [fact.subject_id for fact in recorded.facts]
