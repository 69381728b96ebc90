"""``python -m benchmarks [NAMES] [--size 10k|100k|1m] [--runs N]``: measure, and print the table."""

import argparse
import time
from collections.abc import Callable, Iterator

from . import api, databases, endorsements, importing, night, outbox, quotes, scale, sealing, search
from .table import Row, markdown

MEASUREMENTS: dict[str, Callable[[int, int], Iterator[Row]]] = {
    "night": night.measure,
    "scale": scale.measure,
    "outbox": outbox.measure,
    "sealing": sealing.measure,
    "import": importing.measure,
    "search": search.measure,
    "api": api.measure,
    "quotes": quotes.measure,
    "endorsements": endorsements.measure,
}
SIZES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MEASUREMENTS)}; all unless said")
    parser.add_argument("--size", choices=SIZES, default="100k", help="of the large book (default: 100k)")
    parser.add_argument("--runs", type=int, default=3, help="of each way; the median counts (default: 3)")
    options = parser.parse_args()
    if unknown := set(options.names) - set(MEASUREMENTS):
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    rows: list[Row] = []
    try:
        for name in options.names or MEASUREMENTS:
            rows += _measure(name, options)
    finally:
        print(markdown(rows))
        databases.drop_all()


def _measure(name: str, options: argparse.Namespace) -> Iterator[Row]:
    began = time.monotonic()
    yield from MEASUREMENTS[name](SIZES[options.size], options.runs)
    print(f"{name}: measured in {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
