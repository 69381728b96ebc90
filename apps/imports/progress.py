"""Progress 进度: how far a worker is, told beside its transaction so that others see it while that one is open."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from .importing import OnProgress
from .states import Phase


class Stopped(Exception):
    """Somebody asked for the work to stop."""


@contextmanager
def told_of(upload_id: int) -> Iterator[OnProgress]:
    """A teller of progress on a connection of its own. It raises ``Stopped`` once that is wished for."""
    beside = connection.copy()

    def tell(phase: Phase, rows: int) -> None:
        with beside.cursor() as cursor:
            cursor.execute(
                "UPDATE imports_uploadprogress SET phase = %s, done = %s WHERE upload_id = %s", [phase, rows, upload_id]
            )
            cursor.execute("SELECT FROM imports_upload WHERE id = %s AND stopping", [upload_id])
            if cursor.fetchone() is not None:
                raise Stopped

    try:
        yield tell
    finally:
        beside.close()
