"""Create .venv and install the locked requirements into it: `python3.11 policyops/local/bootstrap.py [--dev]`.

Run by the system's Python, before anything of ours is installed. Repeating it is instant: a stamp in .venv names the
lock that was installed. Works without python3-venv and leaves an externally managed Python alone.
"""

import sys

if sys.version_info[:2] != (3, 11):
    found = f"{sys.version_info[0]}.{sys.version_info[1]}"
    sys.exit(f"PolicyOps: Python 3.11 is needed and this is {found}: try `make PYTHON=python3.11`.")

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
ENVIRONMENT = PROJECT / ".venv"
INTERPRETER = ENVIRONMENT / "bin" / "python"
LOCK = "requirements.lock"
DEV_LOCK = "requirements-dev.lock"
OLDEST_PIP = (22, 3)


def main() -> None:
    """Bring .venv up to the lock; with --dev up to the larger one that checks and tests need."""
    wanted = DEV_LOCK if "--dev" in sys.argv[1:] else LOCK
    checkout = os.open(PROJECT, os.O_RDONLY)
    fcntl.flock(checkout, fcntl.LOCK_EX)
    if _stamp(wanted).exists() and _stamp(wanted).read_text() == _digest(wanted) and _usable():
        return
    print("Installing the locked requirements ...", flush=True)
    for name in (LOCK, DEV_LOCK):
        _stamp(name).unlink(missing_ok=True)
    _install(wanted)
    # The larger lock contains the smaller one.
    for name in {LOCK, wanted}:
        _stamp(name).write_text(_digest(name))


def _install(lock: str) -> None:
    requirements = ["--require-hashes", "-r", str(PROJECT / lock)]
    uv = shutil.which("uv")
    pip = _pip_version()
    own_pip = pip < OLDEST_PIP and not uv
    if own_pip and importlib.util.find_spec("ensurepip") is None:
        sys.exit("PolicyOps: pip 22.3 or newer, or Python's venv, is needed: try `apt-get install python3-pip`.")
    venv.create(ENVIRONMENT, with_pip=own_pip, symlinks=True, clear=ENVIRONMENT.exists() and not _usable())
    if uv and _run(uv, "pip", "install", "--quiet", "--python", INTERPRETER, "--compile-bytecode", *requirements):
        return
    quiet = ["-qq", "--disable-pip-version-check", "--no-input"]
    if own_pip:
        done = _run(INTERPRETER, "-m", "pip", *quiet, "install", *requirements)
    else:
        done = _run(sys.executable, "-m", "pip", *quiet, "--python", INTERPRETER, "install", *requirements)
    if not done:
        sys.exit("PolicyOps: the requirements could not be installed; the lines above say why.")


def _pip_version() -> "tuple[int, ...]":
    command = [sys.executable, "-m", "pip", "--version"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = re.match(r"pip (\d+)\.(\d+)", answer)
    return tuple(int(number) for number in found.groups()) if found else (0, 0)


def _usable() -> bool:
    return INTERPRETER.exists() and _run(INTERPRETER, "-c", "")


def _run(*command: "str | Path") -> bool:
    return subprocess.run([str(part) for part in command], check=False).returncode == 0


def _stamp(lock: str) -> Path:
    return ENVIRONMENT / (lock + ".installed")


def _digest(lock: str) -> str:
    return hashlib.sha256((PROJECT / lock).read_bytes()).hexdigest()


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.exit(f"PolicyOps: the environment cannot be made: {error}.")
    except KeyboardInterrupt:
        sys.exit(130)
