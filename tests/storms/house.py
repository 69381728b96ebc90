"""A house of its own for a drill: PostgreSQL and Valkey on a copy of a small book, and the programs as in production.

Nothing of the test's own settings reaches it: its processes get an environment as an operator would write it.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from policyops.local import process
from policyops.local.home import Home
from policyops.local.postgres import APP, DATABASE, OWNER, SUPERUSER, Passwords, Postgres, binary
from policyops.local.servers import PROJECT
from policyops.local.valkey import Valkey

HOST = "policyops.example"
FIRST_DAY = "2026-11-02"
PRODUCTION = {
    "DEBUG": "0",
    "ALLOWED_HOSTS": HOST,
    "SECURE_COOKIES": "1",
    "LANG": "C.UTF-8",
    "EMAIL_URL": "dummymail://",
}
DURABLE = {"shared_buffers": "64MB", "max_wal_size": "256MB"}
TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
Rows = dict[str, tuple[int, str]]


@dataclass
class House:
    """One installation below ``folder``; ``stop`` ends every process of it."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    children: list[process.Child] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home = Home(self.folder)
        self.home.open()
        self.keys = self.home.load_keys()
        path = os.pathsep.join([str(binary("postgres").parent), os.environ["PATH"]])
        self.env = {"PATH": path, **PRODUCTION, **self.env, "ANCHOR_FILE": str(self.home.anchors)}
        self.env |= {name: self.keys[name] for name in ("SECRET_KEY", "FIELD_KEYS", "BLIND_INDEX_KEY", "ANCHOR_KEY")}

    def start_postgres(self, data: Path | None = None, **more: str) -> Postgres:
        """Start it on a data directory, and let the programs use it; wait for it with ``prepare`` or ``is_open``."""
        passwords = Passwords(*(self.keys[f"POSTGRES{role}PASSWORD"] for role in ("_", "_OWNER_", "_APP_")))
        data = data or self.home.postgres
        postgres = Postgres(data, self.home.log(data.name), passwords, more={**DURABLE, **more})
        self.children.append(postgres.start())
        self.env |= {"DATABASE_URL": postgres.url(APP), "DATABASE_OWNER_URL": postgres.url(OWNER)}
        self.env |= {"PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "PGUSER": SUPERUSER, "PGDATABASE": DATABASE}
        self.env["PGPASSWORD"] = self.keys["POSTGRES_PASSWORD"]
        return postgres

    def start_valkey(self, bind: str = "127.0.0.1") -> Valkey:
        valkey = Valkey(self.home.valkey, self.home.log("valkey"), self.keys["VALKEY_PASSWORD"], True, bind)
        self.children.append(valkey.start())
        valkey.prepare()
        self.env["REDIS_URL"] = valkey.url()
        return valkey

    def start(self, name: str, *command: str, **env: str) -> process.Child:
        """A program of ours, in the background."""
        child = process.start(
            name, [sys.executable, *command], log=self.home.log(name), env={**self.env, **env}, cwd=PROJECT
        )
        self.children.append(child)
        return child

    def start_web(self, **env: str) -> str:
        """gunicorn as the image runs it; returns its address once it answers."""
        port = process.free_port()
        web = self.start("web", *GUNICORN, WEB_BIND=f"127.0.0.1:{port}", **env)
        address = f"http://127.0.0.1:{port}"
        process.wait_until(lambda: get(address, "/health/live")[0] == 200, web)
        return address

    def run(self, *command: str | Path, **env: str) -> str:
        """Any command to its end; what it printed. An AssertionError if it failed."""
        result = subprocess.run(
            [str(part) for part in command],
            env={**self.env, **env},
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
        return result.stdout

    def manage(self, *command: str, **env: str) -> str:
        return self.run(sys.executable, "manage.py", *command, **env)

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection]:
        """As the superuser, each statement for itself."""
        password, port = self.keys["POSTGRES_PASSWORD"], self.env["PGPORT"]
        where = {"host": "127.0.0.1", "port": port, "user": SUPERUSER, "dbname": DATABASE, "password": password}
        with psycopg.connect(**where, autocommit=True, connect_timeout=2) as connection:
            yield connection

    def ask(self, question: str, *values: Any) -> Any:
        """One value; None from a statement that gives none."""
        with self.database() as connection:
            row = (cursor := connection.execute(question, values or None)).description and cursor.fetchone()
            return row[0] if row else None

    def is_open(self) -> bool:
        """Whether the database answers and has finished its recovery."""
        try:
            return self.ask("SELECT NOT pg_is_in_recovery()")
        except psycopg.OperationalError:
            return False

    def rows(self) -> Rows:
        """Of every table, how many rows it has and the digest of all they say."""
        with self.database() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            return {name: _digest(connection, name) for (name,) in connection.execute(TABLES).fetchall()}

    def stop(self) -> None:
        while self.children:
            self.children.pop().stop()


GUNICORN = ("-m", "gunicorn", "--config", "deploy/gunicorn.py", "policyops.wsgi")


def _digest(connection: psycopg.Connection, table: str) -> tuple[int, str]:
    row = connection.execute(
        f"SELECT count(*), md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) FROM {table} t"
    ).fetchone()
    assert row is not None
    return row


def found(folder: Path) -> None:
    """A house with a small book in it, stopped: what the drills begin with."""
    house = House(folder)
    try:
        house.start_postgres(fsync="off").prepare()
        house.start_valkey()
        house.manage("migrate", "--noinput", "-v0", DATABASE_ROLE="owner")
        house.manage("grant_app", DATABASE_ROLE="owner")
        house.manage("demo", "--size=200", f"--day={FIRST_DAY}", f"--accounts={house.home.accounts}")
        house.ask("CHECKPOINT")
    finally:
        house.stop()


@contextmanager
def moved_in(template: Path, folder: Path, **env: str) -> Iterator[House]:
    """A house of one's own on a copy of the template."""
    shutil.copytree(template, folder, symlinks=True)
    house = House(folder, dict(env))
    try:
        yield house
    finally:
        house.stop()


def get(address: str, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
    """Ask as the proxy asks: status, and the answer (JSON read); 0 if nobody answers."""
    asked = urllib.request.Request(
        address + path, headers={"Host": HOST, "X-Forwarded-Proto": "https", **(headers or {})}
    )
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return answer.status, _read(answer)
    except urllib.error.HTTPError as error:
        return error.code, _read(error)
    except OSError:
        return 0, None


def _read(answer: Any) -> Any:
    content = answer.read()
    return json.loads(content) if "json" in answer.headers.get("Content-Type", "") else content


def wait_until(true: Callable[[], Any], seconds: float = 30) -> float:
    """Poll until it is true; how many seconds it took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, f"not true within {seconds} s"
        time.sleep(0.1)
    return time.monotonic() - began
