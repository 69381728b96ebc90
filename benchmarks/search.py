"""Finding one among all: every shape of the global search, the lists, and a page deep in a list."""

from collections.abc import Iterator
from statistics import median, quantiles

from . import databases, worker
from .table import Row, at_least, at_most

TIMES = 100
MOST_MS_OF_A_SEARCH, MOST_MS_OF_A_LIST = 25, 150
BY_INDEX, BY_LIKE = "people by index", "people by LIKE"
FIRST_PAGE, DEEP_PAGE = "list: policies, page 1", "list: policies, page 5,000"


def measure(size: int, runs: int) -> Iterator[Row]:
    """p50 and p99 of each question, asked by turns for one office of twenty and for the company; and its CPU time."""
    with databases.copy_of(databases.book(size)) as named:
        worker.run(named, "name_people")
        with named.connect() as connection:
            connection.execute("VACUUM (ANALYZE)")
        told = worker.run(named, "search", times=TIMES).more
    seconds, cpu = told["seconds"], told["cpu"]
    for shape, found in seconds.items():
        if shape.startswith("search") or (shape.startswith("list") and "page" not in shape):
            yield _row(f"{shape}, {size:,} policies", found, cpu[shape])
    yield at_least("two characters of a name, vs LIKE, CPU time", cpu[BY_INDEX], cpu[BY_LIKE], 1)
    yield at_most("list: page 5,000 vs page 1", median(seconds[DEEP_PAGE]), median(seconds[FIRST_PAGE]), 1.2)


def _row(shape: str, seconds: list[float], cpu: float) -> Row:
    most = MOST_MS_OF_A_SEARCH if shape.startswith("search") else MOST_MS_OF_A_LIST
    p99 = quantiles(seconds, n=100, method="inclusive")[98]
    told = f"p50 {_ms(median(seconds))}, p99 {_ms(p99)}, CPU {_ms(cpu)}"
    return Row(shape, told, "", "", f"p99 ≤ {most} ms", p99 * 1000 <= most)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
