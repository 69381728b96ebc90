"""One job in a process of its own: ``python -m benchmarks.worker MODULE '{"option": 1}'``.

A job is a module with ``run(meter, **options)``; it prepares what it needs, does its work inside ``with meter`` and may
return more figures. What it cost is printed as one line of JSON.
"""

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from importlib import import_module
from typing import Any

from .databases import Database


@dataclass(frozen=True)
class Report:
    """What a job cost, and what it said."""

    seconds: float
    worker_cpu: float
    backend_cpu: float
    wal_mb: float
    worker_mb: float
    backend_mb: float
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def cpu(self) -> float:
        return self.worker_cpu + self.backend_cpu


def run(database: Database, job: str, **options: Any) -> Report:
    """Run a job of ``benchmarks.jobs`` on a database as the application's role."""
    command = [sys.executable, "-m", "benchmarks.worker", f"benchmarks.jobs.{job}", json.dumps(options)]
    done = subprocess.run(command, env=database.environment(), check=True, stdout=subprocess.PIPE, text=True)
    return Report(**json.loads(done.stdout.splitlines()[-1]))


def main(module: str, options: str) -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "policyops.settings")
    django.setup()
    from policyops.celery import keep_what_is_loaded

    from .meter import Meter

    meter, job = Meter(), import_module(module)
    keep_what_is_loaded()
    more = job.run(meter, **json.loads(options)) or {}
    print(json.dumps({**asdict(meter.cost), "more": more}))


if __name__ == "__main__":
    main(*sys.argv[1:])
