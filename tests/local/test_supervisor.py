"""What the commands say before anything runs."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from policyops.local import supervisor
from policyops.local.home import Home
from policyops.local.problem import Problem

PROJECT = Path(__file__).resolve().parents[2]


def test_a_taken_port_is_one_sentence_and_nothing_is_started(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Problem, match=rf"Port {port} is taken by another program: .* PORT={port + 1}"):
            supervisor.up(home, port)
    assert not home.postgres.exists()
    assert home.holder() is None


def test_a_problem_in_the_background_reaches_the_foreground(launcher: list[str], home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [*launcher, f"--home={home.root}", "up", "--detach", f"--port={taken.getsockname()[1]}"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "is taken by another program" in result.stderr
    assert "Traceback" not in result.stderr


def test_down_and_status_of_nothing_say_so(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert (supervisor.down(home), supervisor.status(home)) == (0, 1)
    assert capsys.readouterr().out == "PolicyOps is not running.\n" * 2


def test_reset_deletes_everything_and_may_be_repeated(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", open("/dev/null"))  # noqa: SIM115
    home.load_keys()
    assert (supervisor.reset(home), supervisor.reset(home)) == (0, 0)
    assert not home.root.exists()


def test_another_python_is_one_sentence() -> None:
    pretend = "import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path('policyops/local/bootstrap.py')"
    command = [sys.executable, "-c", pretend]
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert "Python 3.11 is needed and this is 3.9" in result.stderr
