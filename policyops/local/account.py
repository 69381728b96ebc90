"""PostgreSQL refuses to run as root: find an account it accepts, on any machine."""

import functools
import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from policyops.local import process
from policyops.local.problem import Problem

NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
# access(2), by which PostgreSQL looks for its own binaries, forgets capabilities unless this bit is set.
ANY_PATH = ("--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override")


@dataclass(frozen=True)
class Account:
    """`prefix` runs a command as this account; `uid` owns its files as seen from here."""

    prefix: tuple[str, ...]
    uid: int
    gid: int

    def own(self, path: Path) -> None:
        """Hand a file or a directory tree over to the account, if another one owns it."""
        if path.stat().st_uid == self.uid:
            return
        os.chown(path, self.uid, self.gid)
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                os.chown(os.path.join(folder, name), self.uid, self.gid, follow_symlinks=False)


def unprivileged(*paths: Path) -> Account:
    """Return the account PostgreSQL runs under and that can reach `paths`: ourselves unless we are root.

    As root: a user namespace in which we are not; where the machine refuses one, the account `nobody`, which is
    given the capability to pass closed directories only when `paths` lie below one.
    """
    if os.geteuid() != 0:
        return Account((), os.geteuid(), os.getegid())
    if _namespaces_work():
        return Account((*NAMESPACE, *process.die_with_parent(signal.SIGINT)), 0, 0)
    return _nobody(paths)


def _nobody(paths: tuple[Path, ...]) -> Account:
    nobody = pwd.getpwnam("nobody")
    become = ("setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups")
    for capabilities in ((), ANY_PATH):
        prefix = (*become, *capabilities, "--")
        if all(_works(*prefix, "test", "-x", str(path)) for path in paths):
            return Account((*prefix, *process.die_with_parent(signal.SIGINT)), nobody.pw_uid, nobody.pw_gid)
    closed = ", ".join(str(path) for path in paths if not _works(*become, "--", "test", "-x", str(path)))
    raise Problem(
        f"PostgreSQL does not run as root and the account nobody cannot reach {closed}: "
        "move the checkout, run as a normal user, or set DATABASE_URL."
    )


@functools.cache
def _namespaces_work() -> bool:
    return shutil.which("unshare") is not None and _works(*NAMESPACE, *process.die_with_parent(signal.SIGINT), "true")


def _works(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
