"""The steps of the close of business 日终步骤, declared in each app's ``steps.py``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from apps.core.context import Context
from apps.core.registry import Registry

from .agenda import Entry, Outcome

Work = Callable[[Context, Sequence[Entry]], Outcome]


@dataclass(frozen=True)
class Step:
    """One step of the night: takes the due agenda entries of its ``kind`` in chunks.

    A step without a kind is not fed by the agenda and runs once, with no entries. It runs inside the engine's
    transaction and may raise: the engine narrows the failure down to the entry and sets that one aside.
    """

    name: str
    label: str | Promise
    kind: str
    order: int
    run: Work


STEPS: Registry[Step] = Registry("step")


def step(name: str, label: str | Promise, *, kind: str = "", order: int) -> Callable[[Work], Work]:
    """Decorator: run this function in every close of business, in the place ``order`` gives it."""

    def register(run: Work) -> Work:
        STEPS.add(name, Step(name, label, kind, order, run))
        return run

    return register


def in_order() -> list[Step]:
    """All steps as the night runs them."""
    return sorted(STEPS, key=lambda step: (step.order, step.name))
