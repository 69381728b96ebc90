"""Replanning 重排应收: the premium or its frequency changes, and what is not paid from then on is asked for anew."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import Q

from apps.audit import services as audit
from apps.billing import events, selectors
from apps.billing.models import UNPAID, PutOff
from apps.billing.rows import of_locked
from apps.billing.states import InstalmentStatus as S
from apps.core.context import Context
from apps.policies import selectors as policy_facts
from apps.policies import services as policies

from .instalments import cancel, start_schedule
from .settlement import follow_payment


@transaction.atomic
def replan(ctx: Context, policy_ids: Iterable[int], since: date) -> list[int]:
    """重排应收: ask for what falls due from ``since`` on anew, by the premium and frequency the policies have now.

    What is planned or unpaid from that day on is cancelled, written back, and planned anew under new numbers; what is
    late to be billed is billed tonight and has its full time (B-01). What is paid stays. Returns the new instalments.
    """
    ids = policies.lock_all(policy_ids)
    PutOff.objects.filter(policy__in=ids, due_on__lte=since).delete()
    cancel(ctx, of_locked(Q(policy__in=ids, status__in=[S.PLANNED, *UNPAID], due_on__gte=since)))
    return plan_anew(ctx, ids)


@transaction.atomic
def plan_anew(ctx: Context, policy_ids: Iterable[int]) -> list[int]:
    """Plan the next instalment of policies that were cut off from theirs, and let them follow from what is open now.

    Returns the new instalments.
    """
    ids = policies.lock_all(policy_ids)
    planned = start_schedule(ctx, ids)
    facts = policy_facts.premium_facts(ids)
    follow_payment(ctx, [key for key, about in facts.items() if selectors.pays(about)])
    return planned


@transaction.atomic
def put_off_billing(ctx: Context, policy_id: int, due_on: date) -> None:
    """缓期开单: a change takes effect on ``due_on``; what falls due then or later is not billed before that day.

    What is billed of it and unpaid is cancelled and planned anew. It stands until the change is applied and the policy
    replanned, or ``bill_as_usual``.
    """
    policies.lock(policy_id)
    PutOff.objects.get_or_create(policy_id=policy_id, due_on=due_on)
    audit.record(ctx, events.BILLING_PUT_OFF, policy_id, policy_id=policy_id, due_on=due_on)
    if of_locked(Q(policy=policy_id, status__in=UNPAID, due_on__gte=due_on)):
        cancel(ctx, of_locked(Q(policy=policy_id, status__in=[S.PLANNED, *UNPAID], due_on__gte=due_on)))
    start_schedule(ctx, [policy_id])


@transaction.atomic
def bill_as_usual(ctx: Context, policy_id: int) -> None:
    """恢复开单: the changes for which billing was put off are withdrawn."""
    policies.lock(policy_id)
    PutOff.objects.filter(policy=policy_id).delete()
    audit.record(ctx, events.BILLED_AS_USUAL, policy_id, policy_id=policy_id)
    start_schedule(ctx, [policy_id])
