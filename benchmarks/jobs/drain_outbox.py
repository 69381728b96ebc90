"""Our dispatcher with a subscriber that does nothing."""

from apps.audit import dispatch
from apps.audit.models import Delivery, Event
from apps.audit.outbox import subscribe
from benchmarks.jobs import events
from benchmarks.meter import Meter


@subscribe("benchmark", events.HAPPENED)
def take(batch: list[Event]) -> None:
    """Nothing is done with them."""


def run(meter: Meter, *, messages: int) -> None:
    events.record(messages)
    with meter:
        while not dispatch.drain("benchmark"):
            pass
    assert Delivery.objects.filter(status="done").count() == messages
