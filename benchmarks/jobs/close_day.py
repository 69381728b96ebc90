"""Our close of business, and how it answers a second time."""

from apps.operations import selectors
from apps.operations import services as operations
from benchmarks.meter import Meter


def run(meter: Meter) -> dict[str, int]:
    ctx = selectors.job_context("benchmark")
    with meter:
        [night] = operations.close_day(ctx)
    return {step.step: step.done for step in night.steps}
