"""`exec`: a command against throw-away servers."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ASK_THE_SERVERS = """
import os, psycopg, redis
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    role = connection.execute("select rolsuper, rolcreatedb from pg_roles where rolname = current_user").fetchone()
    assert role == (False, False), role
with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as connection:
    connection.execute("create extension pg_trgm")
    assert connection.execute("select show_trgm('终身寿险')").fetchone()[0]
    assert connection.execute("show fsync").fetchone() == ("off",)
client = redis.Redis.from_url(os.environ["REDIS_URL"])
assert client.ping() and client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
raise SystemExit(7)
"""


def test_a_command_finds_both_servers_and_its_status_is_returned(launcher: list[str], temporary: Path) -> None:
    result = subprocess.run(
        [*launcher, "exec", "--", sys.executable, "-c", ASK_THE_SERVERS], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (7, "")
    assert list(temporary.iterdir()) == []


def test_a_url_that_is_given_is_used_and_nothing_is_started_for_it(launcher: list[str], temporary: Path) -> None:
    given = {"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://cache/0", "EMAIL_URL": "smtp://mail"}
    show = "import os, psycopg; print(*(os.environ[n] for n in ('DATABASE_OWNER_URL', 'REDIS_URL', 'EMAIL_URL')))"
    result = subprocess.run(
        [*launcher, "exec", "--", sys.executable, "-c", show],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | given,
    )
    assert result.stdout == "postgresql://db/x redis://cache/0 smtp://mail\n"


def test_kill_9_of_the_supervisor_leaves_no_process_and_the_next_run_clears_its_folder(
    launcher: list[str], temporary: Path
) -> None:
    supervisor = _started(launcher)
    family = _descendants(supervisor.pid)
    assert len(family) >= 4
    supervisor.kill()
    supervisor.wait()
    assert _soon(lambda: not any(_runs(pid) for pid in family))
    assert len(list(temporary.iterdir())) == 1
    subprocess.run([*launcher, "exec", "--", "true"], check=True)
    assert list(temporary.iterdir()) == []


def test_a_terminated_supervisor_ends_the_command_and_removes_its_folder(launcher: list[str], temporary: Path) -> None:
    supervisor = _started(launcher)
    family = _descendants(supervisor.pid)
    supervisor.terminate()
    assert supervisor.wait(20) == 128 + signal.SIGTERM
    assert not any(_runs(pid) for pid in family)
    assert list(temporary.iterdir()) == []


def _started(launcher: list[str]) -> subprocess.Popen[bytes]:
    """A supervisor whose command has begun."""
    command = [*launcher, "exec", "--", "sh", "-c", "echo ready; exec sleep 300"]
    supervisor = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline() == b"ready\n"
    return supervisor


def _descendants(pid: int) -> set[int]:
    children = {int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    return children.union(*(_descendants(child) for child in children))


def _runs(pid: int) -> bool:
    """Is this process there? One that has ended and waits to be collected by its new parent is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _soon(condition: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
