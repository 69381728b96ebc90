"""The night's work on policies: those whose day has come take effect, those whose term is over expire."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from apps.core.context import Context
from apps.operations.agenda import EFFECT, EXPIRE, Entry, Outcome
from apps.operations.registry import step

from . import selectors, services
from .states import TerminationCode


@step("effect", _("Policies take effect"), kind=EFFECT, order=10)
def effect(ctx: Context, entries: Sequence[Entry]) -> Outcome:
    """policy:P02; one that still waits for its first premium is asked again tomorrow."""
    free = services.lock_free(entry.policy_id for entry in entries)
    services.take_effect(ctx, free)
    return _outcome(ctx, entries, free, waiting=selectors.pending(free))


@step("expire", _("Policies end with their term"), kind=EXPIRE, order=50)
def expire(ctx: Context, entries: Sequence[Entry]) -> Outcome:
    """policy:P13, P23; one with an open claim waits until it is decided."""
    free = services.lock_free(entry.policy_id for entry in entries)
    waiting = selectors.claim_open(free)
    ends: dict[TerminationCode, dict[int, date]] = defaultdict(dict)
    for policy_id, ends_on, code in selectors.expiring(free - waiting, ctx.business_date):
        ends[code][policy_id] = ends_on
    for code, dates in ends.items():
        services.terminate(ctx, dates, code=code)
    return _outcome(ctx, entries, free, waiting)


def _outcome(ctx: Context, entries: Sequence[Entry], free: frozenset[int], waiting: set[int]) -> Outcome:
    tomorrow = ctx.business_date + timedelta(days=1)
    return Outcome(
        done=[entry.id for entry in entries if entry.policy_id in free and entry.policy_id not in waiting],
        moved={entry.id: tomorrow for entry in entries if entry.policy_id in waiting},
        locked=[entry.id for entry in entries if entry.policy_id not in free],
    )
