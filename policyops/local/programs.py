"""The product's own programs: what prepares the database, and what then runs."""

import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from policyops.local import process
from policyops.local.home import Home
from policyops.local.problem import Problem
from policyops.local.servers import PROJECT

# Only the owner may change tables and grant rights; everything else runs as the application's own role.
OWNER_STEPS = (("Preparing the database", ("migrate", "--noinput")), ("Granting rights", ("grant_app",)))
APP_STEPS = (
    ("Compiling translations", ("compile_messages",)),
    ("Loading products", ("load_products",)),
    ("Generating the demo book", ("demo", "--if-empty")),
)


def prepare(home: Home, env: Mapping[str, str]) -> None:
    """Run every step of `manage.py` that a start needs; each is quick when there is nothing to do."""
    log = home.log("prepare")
    log.unlink(missing_ok=True)
    for title, command in OWNER_STEPS:
        print(f"{title} ...", flush=True)
        _manage(command, {**env, "DATABASE_ROLE": "owner"}, log)
    for title, command in APP_STEPS:
        print(f"{title} ...", flush=True)
        _manage(command, env, log)


def _manage(command: Sequence[str], env: Mapping[str, str], log: Path) -> None:
    with open(log, "ab") as output:
        result = subprocess.run(
            [*process.die_with_parent(), sys.executable, "manage.py", *command],
            cwd=PROJECT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if result.returncode != 0:
        raise Problem(process.explain(f"`manage.py {' '.join(command)}`", result.returncode, log))


def start_web(home: Home, env: Mapping[str, str], port: int) -> process.Child:
    command = [sys.executable, "-m", "gunicorn", "policyops.wsgi", f"--bind=127.0.0.1:{port}"]
    command += ["--worker-class=gthread", "--workers=2", "--threads=4", "--no-control-socket"]
    return process.start("Web server", command, log=home.log("web"), env=env, cwd=PROJECT)


def start_worker(home: Home, env: Mapping[str, str]) -> process.Child:
    # Celery warns against running as root; on a developer's machine and in CI that is the case we support.
    quiet = {**env, "PYTHONWARNINGS": "ignore::UserWarning:celery.platforms"}
    command = [*_celery(), "worker", "--loglevel=INFO", "--concurrency=2", "--without-gossip", "--without-mingle"]
    return process.start("Worker", command, log=home.log("worker"), env=quiet, cwd=PROJECT)


def start_beat(home: Home, env: Mapping[str, str]) -> process.Child:
    command = [*_celery(), "beat", "--loglevel=INFO", "--pidfile=", f"--schedule={home.root / 'beat'}"]
    return process.start("Beat", command, log=home.log("beat"), env=env, cwd=PROJECT)


def healthy(port: int) -> bool:
    """Does the web server say that it lives? An answer without that page counts too."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=5):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def _celery() -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "policyops"]
