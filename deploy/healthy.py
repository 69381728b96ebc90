"""Whether a process does its work: ``healthy.py web|worker|beat|mail``. Exit code 0 or not; the compose file asks."""

import os
import sys
import time
import urllib.request
from pathlib import Path

BEAT_SAVES_SECONDS = 180


def web() -> bool:
    """Asked as the proxy asks: for a host it serves, as if over TLS."""
    host = os.environ["ALLOWED_HOSTS"].split(",")[0].lstrip(".")
    port = os.environ.get("WEB_BIND", ":8000").rpartition(":")[2]
    headers = {"Host": host, "X-Forwarded-Proto": "https"}
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/health/live", headers=headers)
    return urllib.request.urlopen(asked, timeout=5).status == 200


def worker() -> bool:
    """The worker of this host answers through the broker."""
    from policyops.celery import app

    return bool(app.control.ping([f"celery@{os.uname().nodename}"], timeout=5))


def beat() -> bool:
    """Beat saves what it sent last every three minutes."""
    saved = [path.stat().st_mtime for path in Path("/tmp").glob("beat*")]
    return bool(saved) and time.time() - max(saved) < 2 * BEAT_SAVES_SECONDS


def mail() -> bool:
    return urllib.request.urlopen("http://127.0.0.1:8025/", timeout=5).status == 200


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    sys.exit(not {"web": web, "worker": worker, "beat": beat, "mail": mail}[sys.argv[1]]())
