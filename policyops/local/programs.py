"""The product's own programs: what prepares the database, and what then runs."""

import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping

from policyops.local import process
from policyops.local.home import Home
from policyops.local.problem import Problem
from policyops.local.servers import PROJECT

STEPS = (
    ("Preparing the database", ("migrate", "--noinput")),
    ("Granting rights", ("grant_app",)),
    ("Compiling translations", ("compile_messages",)),
    ("Loading products", ("load_products",)),
    ("Generating the demo book", ("demo", "--if-empty")),
)


def prepare(home: Home, env: Mapping[str, str]) -> None:
    """Run every step of `manage.py` that a start needs; each is quick when there is nothing to do."""
    log = home.log("prepare")
    log.unlink(missing_ok=True)
    for title, command in STEPS:
        print(f"{title} ...", flush=True)
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
            words = log.read_text(errors="replace")
            if "No space left on device" in words:
                raise Problem(f"The disk is full: `manage.py {command[0]}` could not write.")
            ending = "\n".join(words.splitlines()[-6:])
            raise Problem(f"`manage.py {' '.join(command)}` failed; its log {log} ends:\n{ending}")


def start_web(home: Home, env: Mapping[str, str], port: int) -> process.Child:
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "policyops.wsgi",
        f"--bind=127.0.0.1:{port}",
    ]
    command += [
        "--worker-class=gthread",
        "--workers=2",
        "--threads=4",
        "--no-control-socket",
    ]
    return process.start("Web server", command, log=home.log("web"), env=env, cwd=PROJECT)


def start_worker(home: Home, env: Mapping[str, str]) -> process.Child:
    # Celery warns against running as root; on a developer's machine and in CI that is the case we support.
    quiet = {**env, "PYTHONWARNINGS": "ignore::UserWarning:celery.platforms"}
    command = [
        *_celery(),
        "worker",
        "--loglevel=INFO",
        "--concurrency=2",
        "--without-gossip",
        "--without-mingle",
    ]
    return process.start("Worker", command, log=home.log("worker"), env=quiet, cwd=PROJECT)


def start_beat(home: Home, env: Mapping[str, str]) -> process.Child:
    scheduler = "--scheduler=django_celery_beat.schedulers:DatabaseScheduler"
    command = [*_celery(), "beat", "--loglevel=INFO", "--pidfile=", scheduler]
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
