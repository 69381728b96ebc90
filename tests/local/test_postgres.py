"""The embedded PostgreSQL: other versions, leftovers of a kill, the account it runs under."""

import os
import pwd
import tempfile
from pathlib import Path

import pytest

from policyops.local import account
from policyops.local.home import Home
from policyops.local.postgres import APP, Passwords, Postgres
from policyops.local.problem import Problem

PASSWORDS = Passwords("super", "owner", "app")


@pytest.fixture
def postgres(home: Home) -> Postgres:
    return Postgres(home.postgres, home.log("postgres"), PASSWORDS, throw_away=True)


def test_data_of_another_major_version_is_refused(postgres: Postgres) -> None:
    postgres.data.mkdir()
    (postgres.data / "PG_VERSION").write_text("19\n")
    with pytest.raises(Problem, match=r"was written by PostgreSQL 19 and this release runs 18"):
        postgres.start()


def test_a_killed_server_starts_again_over_its_data(postgres: Postgres) -> None:
    first = postgres.start()
    postgres.prepare()
    first.process.kill()
    first.process.wait()
    # The number in the file now belongs to a process that is alive and no server: ours.
    pid_file = postgres.data / "postmaster.pid"
    pid_file.write_text("\n".join([str(os.getpid()), *pid_file.read_text().split("\n")[1:]]))
    second = postgres.start()
    postgres.prepare()
    second.stop()
    assert APP in postgres.url(APP)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
@pytest.mark.parametrize("mode", [0o755, 0o700])
def test_root_without_namespaces_runs_it_as_nobody_below_open_and_closed_directories(
    mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "_namespaces_work", lambda: False)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, mode)
        root = Path(folder)
        postgres = Postgres(root / "postgres", root / "postgres.log", PASSWORDS, throw_away=True)
        child = postgres.start()
        postgres.prepare()
        runs_as = Path(f"/proc/{child.process.pid}").stat().st_uid
        child.stop()
    assert runs_as == pwd.getpwnam("nobody").pw_uid
