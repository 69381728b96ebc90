"""What one job costs: seconds, WAL, and the memory of the process and of its backend."""

import os
import resource
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

MEGABYTE = 1024 * 1024
SAMPLES_A_SECOND = 50


@dataclass(frozen=True)
class Cost:
    """The CPU time of the process and of its backend: on a busy machine it tells more than ``seconds``.

    ``backend_mb`` is the peak of the backend's private memory. Of a backend on another machine both are 0.
    """

    seconds: float
    worker_cpu: float
    backend_cpu: float
    wal_mb: float
    worker_mb: float
    backend_mb: float


class Meter:
    """Measures the ``with`` block: ``cost`` afterwards."""

    cost: Cost

    def __enter__(self) -> "Meter":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self._backend = Path(f"/proc/{cursor.fetchone()[0]}")
        self._peak_kb = 0
        self._over = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()
        self._wal = _wal_position()
        self._cpu = time.process_time(), self._backend_cpu()
        self._began = time.perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        seconds = time.perf_counter() - self._began
        worker_cpu, backend_cpu = time.process_time() - self._cpu[0], self._backend_cpu() - self._cpu[1]
        wal = _wal_position() - self._wal
        self._over.set()
        self._sampler.join()
        worker = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.cost = Cost(seconds, worker_cpu, backend_cpu, wal / MEGABYTE, worker, self._peak_kb / 1024)

    def cpu_seconds(self) -> float:
        """The CPU time so far of this process and of its backend."""
        return time.process_time() + self._backend_cpu()

    def _backend_cpu(self) -> float:
        with suppress(OSError):
            after_name = (self._backend / "stat").read_text().rpartition(")")[2].split()
            return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")
        return 0.0

    def _sample(self) -> None:
        while not self._over.wait(1 / SAMPLES_A_SECOND):
            with suppress(OSError):
                self._peak_kb = max(self._peak_kb, _private_kb((self._backend / "status").read_text()))


def _private_kb(status: str) -> int:
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon:")), 0)


def _wal_position() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        return int(cursor.fetchone()[0])
