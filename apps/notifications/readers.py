"""Who is told 读者: from events to the people a message about them is for. ``messages.py`` names one for each kind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from apps.accounts import selectors as accounts
from apps.audit.models import Event
from apps.policies import selectors as policies

from .states import Readers


@dataclass(frozen=True, slots=True)
class Reader:
    """A customer, an account, or neither: the office's group."""

    party_id: int | None = None
    user_id: int | None = None


Found = Mapping[int, Sequence[Reader]]


@dataclass(frozen=True)
class Audience:
    """受众: what kind of reader, and who they are for each of these events, by event id."""

    kind: Readers
    find: Callable[[Sequence[Event]], Found]


def _policy_ids(events: Sequence[Event]) -> set[int]:
    return {event.policy_id for event in events if event.policy_id}


def _holders(events: Sequence[Event]) -> Found:
    found = policies.holders(_policy_ids(events))
    return {event.pk: [Reader(party_id=found[event.policy_id])] for event in events if event.policy_id in found}


def _agents(events: Sequence[Event]) -> Found:
    found = policies.served_by(_policy_ids(events))
    users = {event.pk: found[event.policy_id].agent_user for event in events if event.policy_id in found}
    return {event_id: [Reader(user_id=user_id)] for event_id, user_id in users.items() if user_id}


def _branch_staff(permission: str) -> Callable[[Sequence[Event]], Found]:
    def find(events: Sequence[Event]) -> Found:
        found, staff = policies.served_by(_policy_ids(events)), accounts.branch_staff(permission)
        return {
            event.pk: _nearest(found[event.policy_id].branch_path, staff)
            for event in events
            if event.policy_id in found
        }

    return find


def _nearest(branch_path: str, staff: Sequence[tuple[int, str]]) -> list[Reader]:
    """Those of the branch itself, or else of the nearest office above it that has any."""
    above = [(path, pk) for pk, path in staff if branch_path.startswith(path)]
    nearest = max((path for path, _ in above), key=len, default="")
    return [Reader(user_id=pk) for path, pk in above if path == nearest]


def _group(events: Sequence[Event]) -> Found:
    return {event.pk: [Reader()] for event in events}


HOLDER = Audience(Readers.CUSTOMERS, _holders)
"""The policyholder 投保人."""
AGENT = Audience(Readers.STAFF, _agents)
"""The agent who serves the policy 服务人员, if he has an account."""
GROUP = Audience(Readers.HOUSE, _group)
"""The office's group."""


def branch_staff(permission: str) -> Audience:
    """Who holds this permission in the policy's branch, or in the nearest office above it that has somebody."""
    return Audience(Readers.STAFF, _branch_staff(permission))
