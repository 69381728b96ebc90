"""Events about nothing, in numbers."""

from django.db import transaction

from apps.audit import services as audit
from apps.audit.events import declare
from apps.audit.services import Fact
from apps.core.context import job
from benchmarks.due import NIGHT

CHUNK = 5000
HAPPENED = declare("benchmark.happened", "benchmarks.thing", "It happened.")


def record(count: int) -> None:
    """Record so many, a few thousand in a transaction."""
    ctx = job("benchmark", NIGHT)
    for first in range(1, count + 1, CHUNK):
        with transaction.atomic():
            things = range(first, min(first + CHUNK, count + 1))
            audit.record_many(ctx, HAPPENED, [Fact(n, None, {"number": n, "amount": "100.00"}) for n in things])
