"""Quoting 试算: what a case would do, computed, kept as it was shown, and compared again before it counts (P28)."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from apps.core import clock
from apps.core.context import Context
from apps.endorsements import events, planning, quotes, selectors
from apps.endorsements.acts import Act
from apps.endorsements.models import Endorsement, Quote
from apps.endorsements.planning import PolicyPlan

from .cases import lock, tell


@transaction.atomic
def quote(ctx: Context, case_id: int) -> Quote:
    """试算: price a case as it stands and keep the result for ``ENDORSEMENT_QUOTE_HOURS``.

    It tells everything that bars the case as well, and refuses only what is decided: that stands as it was approved.
    """
    case = lock(case_id, Act.QUOTE)
    found = compute(ctx, case)
    if case.quote is not None and is_current(case.quote, found):
        return case.quote
    return keep(ctx, case, found)


def compute(ctx: Context, case: Endorsement) -> list[PolicyPlan]:
    """The plan of all items that are not applied yet, on today's facts."""
    items = [item for item in selectors.items_of(case.pk) if item.applied_on is None]
    return planning.plan(case, items, ctx.business_date)


def is_current(kept: Quote, plans: list[PolicyPlan]) -> bool:
    """Whether a quote still says what would happen and what bars it, and has not run out."""
    return kept.expires_at > clock.now() and kept.content == quotes.content(plans)


def keep(ctx: Context, case: Endorsement, plans: list[PolicyPlan]) -> Quote:
    """Keep a plan as the quote of the case."""
    shown = quotes.content(plans)
    kept = Quote.objects.create(
        endorsement=case,
        digest=quotes.digest(shown),
        content=shown,
        bases=planning.bases(planning.policies_of(plans)),
        quoted_on=ctx.business_date,
        expires_at=clock.now() + timedelta(hours=settings.ENDORSEMENT_QUOTE_HOURS),
    )
    case.quote = kept
    case.save()
    tell(ctx, events.QUOTED, case)
    return kept
