"""Demand 催告: premium asked for after it fell due. Nobody is suspended for what he was not asked for (B-01)."""

from collections.abc import Mapping

from apps.billing.models import Instalment
from apps.billing.rows import Row
from apps.billing.rules import grace_after_demand
from apps.core.bulk import assign
from apps.core.context import Context
from apps.deadlines.selectors import work_calendar
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


def _rolls(about: PremiumFacts) -> bool:
    return products.terms_of(about.product_version_id).grace_rolls
