"""Separation of duty 职责分离 (P47): every human being behind an act, by whichever account, role, delegation or key.

A decision is refused when anybody behind it was behind what it decides on:

    if refusal := separation.barred(ctx, case.made_person, case.made_by):
        raise permissions.denied(ctx, "coverage_change.A", refusal, object_type=…, object_id=…)
"""

from collections.abc import Iterable

from apps.core.context import Context
from apps.core.errors import Refusal

from . import rules, selectors
from .models import User

ACCOUNT, KEY = "user:", "key:"


def barred(ctx: Context, *involved: str) -> Refusal | None:
    """``same_person`` if who acts, or on whose behalf he acts, is among those ``involved`` before.

    ``involved`` are persons, or actors as events and cases keep them: an account ("user:li.na") stands for its person,
    a key ("key:7f…") for its owner and for who requested it, and what was done on behalf of an account for both. Empty
    ones are left out. A job, behind which stands nobody, is barred as well.
    """
    return rules.check_persons_apart(persons_behind(ctx), persons({*involved} - {""}))


def persons_behind(ctx: Context) -> frozenset[str]:
    """All human beings behind an act; none behind a job."""
    keys = [ctx.actor] if ctx.actor.startswith(KEY) else []
    return persons(filter(None, [ctx.person, ctx.on_behalf_of, *keys]))


def persons(named: Iterable[str]) -> frozenset[str]:
    """The human beings behind persons and actors; at most one query for accounts and one for keys."""
    found = set(named)
    accounts = {each for each in found if each.startswith(ACCOUNT)}
    keys = {each for each in found if each.startswith(KEY)}
    found -= accounts | keys
    if accounts:
        usernames = [each.removeprefix(ACCOUNT) for each in accounts]
        found |= set(User.objects.filter(username__in=usernames).values_list("person", flat=True))
    if keys:
        found |= _behind_keys(keys)
    return frozenset(found)


def _behind_keys(actors: Iterable[str]) -> set[str]:
    """Who owns these keys and who requested them."""
    called = selectors.keys_called(actor.removeprefix(KEY) for actor in actors)
    return {person for pair in called.values_list("owner__person", "requested_person") for person in pair}
