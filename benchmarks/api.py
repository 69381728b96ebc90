"""The REST API's service time: a policy and a page of policies, beside raw psycopg and a plain DRF view in one run."""

from collections.abc import Iterator
from statistics import median, quantiles

from . import databases, worker
from .table import Row, at_least, at_most, limit

CALLS = 300
MILLISECONDS = 1000


def measure(size: int, runs: int) -> Iterator[Row]:
    """p50 of each way, by turns on the same rows: the answer alone, and the whole call.

    A whole call goes through all middlewares, with key, scope and rate limit; plain DRF has the key, raw SQL nothing.
    """
    with databases.copy_of(databases.book(size)) as copied:
        seconds = worker.run(copied, "call_api", calls=CALLS).more
    p50 = {name: median(values) * MILLISECONDS for name, values in seconds.items()}
    for what in ("detail", "list"):
        ours, answer, raw = (p50[f"{what} {way}"] for way in ("ours", "answer", "raw"))
        yield at_most(f"API {what}, the answer alone, vs raw psycopg", answer, raw, 2.5, "ms")
        yield at_least(f"API {what}, the answer alone, vs DRF serializer", answer, p50[f"{what} serializer"], 5, "ms")
        yield at_most(f"API {what}, whole call, vs raw psycopg", ours, raw, 2.5, "ms")
        yield at_least(f"API {what}, whole call, vs plain DRF", ours, p50[f"{what} DRF"], 5, "ms")
        p99 = quantiles(seconds[f"{what} ours"], n=100, method="inclusive")[98] * MILLISECONDS
        yield limit(f"API {what}, p99", p99, 10, "ms")
    yield at_most(f"API list: row {size // 2:,} vs page 1", p50["list deep"], p50["list ours"], 1.2, "ms")
