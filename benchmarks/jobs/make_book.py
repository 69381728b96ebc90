"""Make the book in an empty database, and seal its history: a night begins with the record sealed."""

from apps.audit.sealing import seal
from apps.audit.states import Stream
from benchmarks import book
from benchmarks.book import Due
from benchmarks.meter import Meter

NOTHING = Due(effect=0, bill=0, remind=0, grace=0, lapse=0)


def run(meter: Meter, *, policies: int, due: str) -> None:
    nights = {"fixed": book.FIXED, "natural": book.natural(policies), "empty": NOTHING}
    with meter:
        book.make(policies, nights[due])
        seal(Stream.EVENT)
