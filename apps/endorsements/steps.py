"""The night's work on endorsements: those whose day comes take effect, those that waited in vain expire."""

from collections.abc import Callable, Sequence

from django.utils.translation import gettext_lazy as _

from apps.core.context import Context
from apps.operations.agenda import ENDORSE, ENDORSE_EXPIRY, Entry, Outcome
from apps.operations.registry import step
from apps.policies import services as policies

from . import services


@step("endorse", _("Endorsements take effect"), kind=ENDORSE, order=5)
def endorse(ctx: Context, entries: Sequence[Entry]) -> Outcome:
    """The start rule is asked again; what is barred now waits for a person (ET-19)."""
    return _each(ctx, entries, services.apply_due)


@step("endorse_expiry", _("Endorsements expire"), kind=ENDORSE_EXPIRY, order=60)
def endorse_expiry(ctx: Context, entries: Sequence[Entry]) -> Outcome:
    """Papers or money did not come in time."""
    return _each(ctx, entries, services.expire_due)


def _each(ctx: Context, entries: Sequence[Entry], act: Callable) -> Outcome:
    free = policies.lock_free(entry.policy_id for entry in entries)
    done = [entry for entry in entries if entry.policy_id in free]
    for entry in done:
        act(ctx, entry.subject_id)
    return Outcome(
        done=[entry.id for entry in done],
        locked=[entry.id for entry in entries if entry.policy_id not in free],
    )
