"""Make the book in an empty database, and seal its history: a night begins with the record sealed."""

from apps.audit.sealing import seal
from apps.audit.states import Stream
from benchmarks import book
from benchmarks.meter import Meter


def run(meter: Meter, *, policies: int, due: str) -> None:
    with meter:
        book.make(policies, book.FIXED if due == "fixed" else book.natural(policies))
        seal(Stream.EVENT)
