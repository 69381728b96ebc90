"""The servers a command needs, as context: started together, described by an environment, stopped in reverse."""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from policyops.local import process
from policyops.local.home import Home
from policyops.local.postgres import APP, OWNER, Passwords, Postgres
from policyops.local.valkey import Valkey

PROJECT = Path(__file__).resolve().parents[2]
SMTP_PORT = 1025
INBOX_PORT = 8025
PREFIX = "policyops-"


@dataclass
class Servers:
    """What is running, and the environment by which the product finds it."""

    env: dict[str, str]
    children: list[process.Child] = field(default_factory=list)

    def stop(self) -> None:
        while self.children:
            self.children.pop().stop()


@contextlib.contextmanager
def running(home: Home, *, throw_away: bool = False) -> Iterator[Servers]:
    """Start what DATABASE_URL, REDIS_URL and EMAIL_URL do not already name; stop it on the way out."""
    keys = home.load_keys()
    servers = Servers(env=_own_settings(home, keys))
    try:
        preparing = []
        # In the order of their own start-up time: PostgreSQL may have to create its data meanwhile.
        if "EMAIL_URL" not in os.environ:
            preparing.append(_start_mail_catcher(home, servers, throw_away))
        if "REDIS_URL" not in os.environ:
            valkey = Valkey(home.valkey, home.log("valkey"), keys["VALKEY_PASSWORD"], throw_away)
            servers.children.append(valkey.start())
            servers.env["REDIS_URL"] = valkey.url()
            preparing.append(valkey.prepare)
        if "DATABASE_URL" not in os.environ:
            passwords = Passwords(
                keys["POSTGRES_PASSWORD"], keys["POSTGRES_OWNER_PASSWORD"], keys["POSTGRES_APP_PASSWORD"]
            )
            postgres = Postgres(home.postgres, home.log("postgres"), passwords, throw_away)
            servers.children.append(postgres.start())
            servers.env |= {"DATABASE_URL": postgres.url(APP), "DATABASE_OWNER_URL": postgres.url(OWNER)}
            preparing.append(postgres.prepare)
        servers.env |= {name: os.environ[name] for name in servers.env if name in os.environ}
        for prepare in preparing:
            prepare()
        yield servers
    finally:
        servers.stop()


@contextlib.contextmanager
def throw_away() -> Iterator[Servers]:
    """Servers in a temporary folder, gone afterwards; for tests, benchmarks and checks."""
    _remove_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    home = Home(folder)
    try:
        home.open()
        with home.locked(), running(home, throw_away=True) as servers:
            yield servers
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_leftovers() -> None:
    """Delete the folders of earlier runs that were killed: their lock is there and nobody holds it."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if folder.stat().st_uid == os.geteuid() and (folder / "lock").exists() and not Home(folder).holder():
            shutil.rmtree(folder, ignore_errors=True)


def _own_settings(home: Home, keys: dict[str, str]) -> dict[str, str]:
    names = ("SECRET_KEY", "FIELD_KEYS", "BLIND_INDEX_KEY", "ANCHOR_KEY")
    settings = {name: keys[name] for name in names}
    settings |= {"ANCHOR_FILE": str(home.anchors), "DEBUG": "0", "ALLOWED_HOSTS": "127.0.0.1,localhost"}
    if "DATABASE_URL" in os.environ:
        database = os.environ["DATABASE_URL"]
        settings |= {"DATABASE_URL": database, "DATABASE_OWNER_URL": database}
    for name in ("REDIS_URL", "EMAIL_URL", "DEV_INBOX_URL"):
        if name in os.environ:
            settings[name] = os.environ[name]
    return settings


def _start_mail_catcher(home: Home, servers: Servers, throw_away: bool) -> Callable[[], None]:
    """Start the mail catcher, on its usual ports for people, on any for tests; return how to wait for it."""
    smtp = process.free_port(0 if throw_away else SMTP_PORT)
    inbox = process.free_port(0 if throw_away else INBOX_PORT)
    servers.env |= {"EMAIL_URL": f"smtp://127.0.0.1:{smtp}", "DEV_INBOX_URL": f"http://127.0.0.1:{inbox}/"}
    servers.env |= {"SMS_GATEWAY_URL": f"http://127.0.0.1:{inbox}"}
    command = [sys.executable, "-m", "policyops.local.mailcatcher"]
    command += [f"--smtp-port={smtp}", f"--http-port={inbox}", f"--maildir={home.mail}"]
    child = process.start("Mail catcher", command, log=home.log("mail"), cwd=PROJECT)
    servers.children.append(child)
    return lambda: process.wait_until(lambda: process.answers(smtp) and process.answers(inbox), child)
