"""The folder `.local`: data, keys and logs of one checkout, readable by nobody else."""

import base64
import contextlib
import errno
import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from policyops.local.problem import Problem

MINIMUM_FREE_MB = 300


def _key() -> str:
    """Return 32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


KEYS: Mapping[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "FIELD_KEYS": lambda: f"k1:{_key()}",
    "BLIND_INDEX_KEY": _key,
    "ANCHOR_KEY": _key,
    "POSTGRES_PASSWORD": lambda: secrets.token_hex(16),
    "POSTGRES_OWNER_PASSWORD": lambda: secrets.token_hex(16),
    "POSTGRES_APP_PASSWORD": lambda: secrets.token_hex(16),
    "VALKEY_PASSWORD": lambda: secrets.token_hex(16),
}


@dataclass(frozen=True)
class Home:
    """The paths below one `.local`; nothing is created before `open`."""

    root: Path

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        return self.root / "valkey"

    @property
    def mail(self) -> Path:
        return self.root / "mail"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def env(self) -> Path:
        return self.root / "env"

    @property
    def accounts(self) -> Path:
        return self.root / "accounts.txt"

    @property
    def anchors(self) -> Path:
        return self.root / "anchors.log"

    @property
    def running(self) -> Path:
        return self.root / "running.json"

    def log(self, name: str) -> Path:
        return self.root / "log" / f"{name}.log"

    def open(self) -> None:
        """Create the folders, 0700, and see that the disk has room."""
        for folder in (self.root, self.root / "log"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        free = shutil.disk_usage(self.root).free // 2**20
        if free < MINIMUM_FREE_MB:
            raise Problem(f"The disk is full: {free} MB are free at {self.root} and {MINIMUM_FREE_MB} MB are needed.")

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold this folder for one supervisor; a second one is refused with the first one's process number."""
        with open(self.root / "lock", "a+", encoding="ascii") as lock:
            if not _acquire(lock):
                raise Problem(
                    f"PolicyOps already runs from {self.root} (process {self.holder()}): `make down` stops it."
                )
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def holder(self) -> int | None:
        """Return the process that holds the folder, or None."""
        try:
            with open(self.root / "lock", encoding="ascii") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return int(lock.read() or 0)
        except FileNotFoundError:
            return None
        return None

    def load_keys(self) -> dict[str, str]:
        """Return the keys, made on the first start; refuse to make new ones over existing data.

        What is in the environment wins, and then need not be in the file.
        """
        known = read_env(self.keys) if self.keys.exists() else {}
        given = {name: os.environ[name] for name in KEYS if name in os.environ}
        missing = [name for name in KEYS if name not in known and name not in given]
        if missing and self.postgres.exists():
            what = f"{', '.join(missing)} missing from {self.keys}" if known else f"{self.keys} is gone"
            raise Problem(
                f"{what} while {self.postgres} holds data that needs it: "
                "put it back from your backup, or start empty with `make reset`."
            )
        if missing:
            known |= {name: KEYS[name]() for name in missing}
            write_env(self.keys, known)
        return known | given

    def write_running(self, facts: Mapping[str, Any]) -> None:
        write_private(self.running, json.dumps(facts, indent=1) + "\n")

    def read_running(self) -> dict[str, Any] | None:
        """Return what a healthy supervisor wrote about itself, or None."""
        if self.holder() is None or not self.running.exists():
            return None
        facts: dict[str, Any] = json.loads(self.running.read_text())
        return facts


def _acquire(lock: TextIO) -> bool:
    # Somebody who only asks for the holder has the lock for an instant: that is no second supervisor.
    for _ in range(10):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return True
    return False


def read_env(path: Path) -> dict[str, str]:
    """Read KEY=value lines."""
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in lines}


def write_env(path: Path, values: Mapping[str, str]) -> None:
    write_private(path, "".join(f"{name}={value}\n" for name, value in values.items()))


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 that is either the old one or the whole new one."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        output.write(text)
        output.flush()
        os.fsync(output.fileno())
    draft.replace(path)


def out_of_space(error: OSError) -> bool:
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
