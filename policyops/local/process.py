"""Child processes that never outlive us, and the small network waits around them."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from policyops.local.problem import Problem

STOP_SECONDS = 20
LAST_LINES = 8


def die_with_parent(stop_signal: signal.Signals = signal.SIGTERM) -> tuple[str, ...]:
    """Return the command prefix by which the kernel ends a child when its parent ends, kill -9 included."""
    return ("setpriv", "--pdeathsig", stop_signal.name.removeprefix("SIG"), "--")


@dataclass
class Child:
    """One running program: its name for people, where it logs, how it is asked to stop."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals

    def died(self) -> bool:
        return self.process.poll() is not None

    def stop(self) -> None:
        """Ask politely, wait, then end the whole process group."""
        if not self.died():
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def ending(self) -> str:
        return explain(self.name, self.process.returncode, self.log)


def explain(name: str, status: int, log: Path) -> str:
    """Return what to tell of a program that failed: the full disk by name, else the end of its log."""
    words = log.read_text(errors="replace")
    if "No space left on device" in words:
        return f"The disk is full: {name} could not write below {log.parent.parent}."
    ending = "\n".join(words.splitlines()[-LAST_LINES:])
    return f"{name} ended with status {status}; its log {log} ends:\n{ending}"


def start(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: bytes = b"",
    stop_signal: signal.Signals = signal.SIGTERM,
) -> Child:
    """Start `command` in its own session (a Ctrl-C reaches only us, so that we stop things in order).

    `stdin` is for small secrets: what stands on the command line is visible to every user of the machine.
    """
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [*die_with_parent(stop_signal), *(str(part) for part in command)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,
        )
    child = Child(name, process, log, stop_signal)
    assert process.stdin is not None
    try:
        process.stdin.write(stdin)
        process.stdin.close()
    except BrokenPipeError:
        process.wait()
    return child


def wait_until(ready: Callable[[], bool], child: Child, seconds: float = 60) -> None:
    """Wait until `ready()`; refuse when the child ends first or the time is over."""
    deadline = time.monotonic() + seconds
    while not ready():
        if child.died():
            raise Problem(child.ending())
        if time.monotonic() > deadline:
            raise Problem(f"{child.name} did not answer within {seconds:.0f} seconds; its log is {child.log}.")
        time.sleep(0.02)


def free_port(preferred: int = 0) -> int:
    """Return `preferred` when nothing listens there, else any free port of 127.0.0.1."""
    if preferred and not port_taken(preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def port_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def answers(port: int) -> bool:
    """Does something accept connections on this port of 127.0.0.1?"""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
