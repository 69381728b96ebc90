"""Clocks listen to events by name: whatever app records one need not know that a duty hangs on it."""

from collections.abc import Callable
from functools import partial

from apps.audit.events import EVENTS
from apps.audit.services import Recorded, on
from apps.core.context import Context

from . import services
from .clocks import Clock, duties

Verb = Callable[[Context, Clock, services.Subjects], None]
Reaction = tuple[Verb, Clock]


def reactions() -> dict[str, list[Reaction]]:
    """Event name → what it does to which clock. What ends a duty comes before what starts one."""
    table: dict[str, list[Reaction]] = {}
    verbs: list[tuple[Verb, Callable[[Clock], tuple[str, ...]]]] = [
        (services.stop, lambda clock: clock.done),
        (services.cancel, lambda clock: clock.cancel),
        (services.pause, lambda clock: tuple(pause.start for pause in clock.pauses)),
        (services.resume, lambda clock: tuple(pause.end for pause in clock.pauses)),
        (services.restart, lambda clock: clock.restart),
        (services.start, lambda clock: clock.anchors),
    ]
    for verb, names in verbs:
        for clock in duties():
            for name in names(clock):
                table.setdefault(name, []).append((verb, clock))
    return table


def react(what: list[Reaction], recorded: Recorded) -> None:
    """Apply one batch of events to the clocks that wait for it."""
    subjects = services.Subjects(recorded.type.subject, recorded.subject_ids, recorded.policy_ids)
    for verb, clock in what:
        verb(recorded.ctx, clock, subjects)


for _name, _reactions in reactions().items():
    if _name in EVENTS:
        on(EVENTS[_name])(partial(react, _reactions))
