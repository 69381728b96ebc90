"""Real Celery workers to be killed: own processes, against the test's database, as the application's role."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection

COMMAND = [
    *(sys.executable, "-m", "celery", "-A", "policyops", "worker", "--pool=prefork", "--concurrency=2"),
    *("--loglevel=ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"),
]


class Worker:
    """One worker with two children, in a process group of its own."""

    def __init__(self, env: Mapping[str, str], log: Path) -> None:
        self.env, self.log = env, log
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                COMMAND, env=dict(self.env), cwd=settings.BASE_DIR, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def children(self) -> list[int]:
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        try:
            return [int(pid) for pid in listed.read_text().split()]
        except OSError:
            return []

    def kill_child(self, chance: random.Random) -> bool:
        """SIGKILL one of the children, if it has any yet."""
        children = self.children
        if children:
            os.kill(chance.choice(children), signal.SIGKILL)
        return bool(children)

    def kill(self) -> None:
        """SIGKILL the worker with its children."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def workers(n: int, log: Path, **env: str) -> Iterator[list[Worker]]:
    """So many workers, up and running; killed in the end."""
    known = os.environ | {"DATABASE_URL": _test_database(), "DATABASE_ROLE": "app", "TESTING": "0"} | env
    started = [Worker(known, log) for _ in range(n)]
    try:
        wait_until(lambda: all(len(worker.children) == 2 for worker in started), 60)
        yield started
    finally:
        for worker in started:
            worker.kill()


def wait_until(true: Callable[[], bool], seconds: float) -> None:
    """Poll until it is true; an AssertionError when the time is over."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not true within {seconds} s"
        time.sleep(0.2)


def _test_database() -> str:
    url = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(url._replace(path="/" + connection.settings_dict["NAME"]))
