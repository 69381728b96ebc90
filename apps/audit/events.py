"""The registry of event names 事件目录: ``noun.past_verb``, declared in each app's ``events.py``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.core.registry import Registry


@dataclass(frozen=True)
class EventType:
    """A kind of fact: its name, the model it is about ("policies.policy"), and one sentence for the history page.

    The sentence may use ``{payload_key}`` placeholders. ``kind`` groups the timeline: state, money, message, change.
    ``codes`` names the keys that hold a code, and its list (whatever has ``choices``): the reader sees the label in his
    own language.
    """

    name: str
    subject: str
    sentence: str | Promise
    kind: str = "change"
    codes: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def topics(self) -> frozenset[str]:
        """Under what it is found on a timeline: its kind, and the app of what it is about ("endorsements")."""
        return frozenset({self.kind, self.subject.partition(".")[0]})


EVENTS: Registry[EventType] = Registry("event")


def declare(
    name: str,
    subject: str,
    sentence: str | Promise,
    kind: str = "change",
    codes: Mapping[str, Any] | None = None,
) -> EventType:
    """Declare an event name once."""
    return EVENTS.add(name, EventType(name, subject, sentence, kind, codes or {}))


DELIVERY_RETRIED = declare(
    "delivery.retried", "audit.delivery", _("Delivery to {subscriber} was put back in the queue"), "message"
)
RESTORED = declare("database.restored", "audit.block", _("The database was restored to an earlier moment"))
