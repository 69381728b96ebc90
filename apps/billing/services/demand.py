"""Demand 催告: premium asked for after it fell due. Nobody is suspended for what he was not asked for (B-01)."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import Q

from apps.billing import events
from apps.billing.models import UNPAID, Instalment
from apps.billing.recording import plan_dunning, tell
from apps.billing.rows import Row, of_locked
from apps.billing.rules import grace_after_demand
from apps.core.bulk import assign
from apps.core.context import Context
from apps.deadlines.selectors import work_calendar
from apps.policies import selectors as policy_facts
from apps.policies import services as policies
from apps.policies.selectors import PremiumFacts
from apps.products import selectors as products


def demand(ctx: Context, instalments: list[Row], facts: Mapping[int, PremiumFacts]) -> list[Row]:
    """Give each that fell due already 30 days from today, and never less than before; all of them as they are now."""
    late = [each for each in instalments if each.due_on < ctx.business_date]
    if not late:
        return instalments
    calendar = work_calendar()
    grace = {
        each.pk: grace_after_demand(each.grace_ends_on, ctx.business_date, _rolls(facts[each.policy_id]), calendar)
        for each in late
    }
    assign(Instalment, "grace_ends_on", grace)
    return [each._replace(grace_ends_on=grace.get(each.pk, each.grace_ends_on)) for each in instalments]


@transaction.atomic
def demand_again(ctx: Context, policy_ids: Iterable[int]) -> list[int]:
    """重新催告: what could not be paid while premium was barred, asked for again with the full time (B-01).

    Returns the instalments demanded.
    """
    ids = policies.lock_all(policy_ids)
    late = list(of_locked(Q(policy__in=ids, status__in=UNPAID, due_on__lt=ctx.business_date)))
    facts = policy_facts.premium_facts(ids)
    demanded = demand(ctx, late, facts)
    tell(ctx, events.DEMANDED_AGAIN, [each.pk for each in demanded])
    plan_dunning(ctx, demanded, facts, again=True)
    return [each.pk for each in demanded]


def _rolls(about: PremiumFacts) -> bool:
    return products.terms_of(about.product_version_id).grace_rolls
