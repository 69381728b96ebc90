"""The night's work on endorsements: those whose day comes take effect, those that waited in vain expire."""

from collections.abc import Callable, Sequence
from datetime import date

from django.utils.translation import gettext_lazy as _

from apps.core.context import Context
from apps.operations.agenda import ENDORSE, ENDORSE_EXPIRY, Entry, Outcome
from apps.operations.registry import step
from apps.policies import services as policies

from . import services
from .models import Endorsement

Act = Callable[[Context, int], Endorsement]
Again = Callable[[Context, Endorsement], date | None]
"""On which night a case is to be looked at again, if it is."""


@step("endorse", _("Endorsements take effect"), kind=ENDORSE, order=5)
def endorse(ctx: Context, entries: Sequence[Entry]) -> Outcome:
    """The start rule is asked again; what is barred now is listed, and tried every night until it is not (ET-19)."""
    return _each(ctx, entries, services.apply_due, services.next_night)


@step("endorse_expiry", _("Endorsements expire"), kind=ENDORSE_EXPIRY, order=70)
def endorse_expiry(ctx: Context, entries: Sequence[Entry]) -> Outcome:
    """Papers or money did not come in time."""
    return _each(ctx, entries, services.expire_due)


def _each(ctx: Context, entries: Sequence[Entry], act: Act, again: Again = lambda ctx, case: None) -> Outcome:
    free = policies.lock_free(entry.policy_id for entry in entries)
    nights = {entry.id: again(ctx, act(ctx, entry.subject_id)) for entry in entries if entry.policy_id in free}
    return Outcome(
        done=[key for key, night in nights.items() if night is None],
        moved={key: night for key, night in nights.items() if night is not None},
        locked=[entry.id for entry in entries if entry.policy_id not in free],
    )
