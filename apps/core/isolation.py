"""Work on many records of which one may fail: a savepoint, and halving down to the guilty one (decision 27)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction

T = TypeVar("T")
R = TypeVar("R")


@dataclass
class Attempt(Generic[T, R]):
    """What the pieces that succeeded returned, and each item that failed with its error."""

    results: list[R] = field(default_factory=list)
    failures: list[tuple[T, Exception]] = field(default_factory=list)


@contextmanager
def checked() -> Iterator[None]:
    """A savepoint at whose end deferred constraints speak up, as they would at commit."""
    with transaction.atomic():
        yield
        _set_constraints("IMMEDIATE")
    _set_constraints("DEFERRED")


def attempt(
    items: Sequence[T],
    work: Callable[[Sequence[T]], R],
    *,
    let_through: Callable[[Exception], bool] = lambda error: False,
) -> Attempt[T, R]:
    """Do the work on all items at once; if it fails, on each half, until every failing item stands alone.

    Runs inside the caller's transaction. What no item is to blame for is raised instead: a lost connection, the end of
    the worker's time, and what ``let_through`` names.
    """
    outcome: Attempt[T, R] = Attempt()
    _attempt(items, work, let_through, outcome)
    return outcome


def _attempt(
    items: Sequence[T],
    work: Callable[[Sequence[T]], R],
    let_through: Callable[[Exception], bool],
    outcome: Attempt[T, R],
) -> None:
    try:
        with checked():
            result = work(items)
    except Exception as error:
        if not items or _nobody_is_to_blame(error) or let_through(error):
            raise
        if len(items) == 1:
            outcome.failures.append((items[0], error))
            return
        middle = len(items) // 2
        _attempt(items[:middle], work, let_through, outcome)
        _attempt(items[middle:], work, let_through, outcome)
    else:
        outcome.results.append(result)


def _nobody_is_to_blame(error: Exception) -> bool:
    connection_is_lost = connection.connection is None or connection.connection.closed
    return connection_is_lost or isinstance(error, SoftTimeLimitExceeded)


def _set_constraints(when: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS ALL {when}")
