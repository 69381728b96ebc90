"""The timeline 时间线 of a policy: what happened to it, newest first."""

from collections.abc import Iterator
from typing import Any

from apps.audit import timeline
from apps.audit.models import Event
from apps.audit.timeline import TimelineRow
from apps.core.api import Call, Day, Id, List, Moment, Parameter, Row, Shape, Text, operation
from apps.core.api.ids import write
from apps.core.api.shapes import moment

from .policies import OfPolicy

KINDS = ("state", "money", "message", "change")


class TimelineEntry(Shape):
    """One thing that happened 业务事件, with one sentence in the caller's language."""

    model = Event
    id = Id("event")
    name = Text("A noun and a past verb.", example="policy.suspended")
    kind = Text("state, money, message or change.", example="state")
    sentence = Text("For people; not to be parsed.")
    business_date = Day("The business day it happened on.")
    recorded_at = Moment("When it was written.")
    by = Text("What acted: user, key or job.", example="user")


@operation("GET", "policies/{policy}/timeline")
class PolicyTimeline(OfPolicy, List):
    """What happened to the policy, newest first: changes of state, money, messages, changes of the contract."""

    summary = "Read the history of a policy"
    shape = TimelineEntry
    filters = (
        Parameter(
            "kind",
            "Only events of this kind.",
            {each: each for each in KINDS}.get,
            {"type": "string", "enum": [*KINDS]},
        ),
    )

    def page_parameters(self) -> Iterator[Parameter]:
        """The sentences are written for each caller; there is nothing to choose from."""
        return iter(())

    def fetch(self, call: Call, order: str, begin: list[Any] | None, limit: int) -> list[tuple[Any, Row]]:
        kinds = {call.query["kind"]} if "kind" in call.query else None
        before = begin[0] if begin else None
        rows = timeline.of_policy(self.policy(call), kinds=kinds, limit=limit, before=before)
        return [(each.id, _shown(each)) for each in rows]


def _shown(entry: TimelineRow) -> Row:
    return {
        "id": write("event", entry.public_id),
        "name": entry.name,
        "kind": entry.kind,
        "sentence": entry.sentence,
        "business_date": entry.business_date,
        "recorded_at": moment(entry.recorded_at),
        "by": entry.actor.partition(":")[0],
    }
