"""Seal many events, and verify them."""

import time

from apps.audit.sealing import seal
from apps.audit.states import Stream
from apps.audit.verify import verify
from benchmarks.jobs.events import record
from benchmarks.meter import Meter


def run(meter: Meter, *, events: int) -> dict[str, float]:
    record(events)
    with meter:
        seal(Stream.EVENT)
    began = time.perf_counter()
    assert not verify(Stream.EVENT)
    return {"verify_seconds": time.perf_counter() - began}
