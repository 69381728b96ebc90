"""gunicorn as the image runs it: ``gunicorn --config deploy/gunicorn.py policyops.wsgi``. The environment gives sizes.

A process serves ``WEB_THREADS`` requests at a time and wants as many database connections (DATABASE_POOL).
"""

import os
import shutil
import tempfile

# Where all processes of this server write down how long their requests took, for /metrics.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="metrics-"))

bind = os.environ.get("WEB_BIND", "0.0.0.0:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 60
graceful_timeout = 30
worker_tmp_dir = "/dev/shm"
control_socket_disable = True


def on_exit(server: object) -> None:
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
