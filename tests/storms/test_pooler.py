"""Web, workers and a close of business behind PgBouncer, which lends four connections for a transaction at a time."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from policyops.local import process
from policyops.local.account import unprivileged
from policyops.local.servers import PROJECT

from .house import House, get, moved_in, wait_until

FULL = os.environ.get("STORM") == "full"
DAYS, RECEIPTS = ("2026-12-06", 300) if FULL else ("2026-11-06", 10)
LENT = 4
PGBOUNCER = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin")

pytestmark = [
    pytest.mark.storm,
    pytest.mark.skipif(PGBOUNCER is None, reason="Debian's pgbouncer is not installed: .ci/servers"),
]


@pytest.fixture
def house(template, tmp_path):
    with moved_in(template, tmp_path / "house", METRICS_TOKEN="a-token") as house:
        postgres = house.start_postgres()
        wait_until(house.is_open)
        house.start_valkey()
        port = start_pgbouncer(house, postgres.port)
        url = urlsplit(house.env["DATABASE_URL"])
        lending = url._replace(netloc=url.netloc.replace(str(postgres.port), str(port)))
        house.env |= {"DATABASE_URL": urlunsplit(lending), "DATABASE_POOLER": "1"}
        yield house


def start_pgbouncer(house: House, postgres_port: int) -> int:
    """The settings of deploy/pgbouncer.ini, with other ports and few connections to lend."""
    port, folder = process.free_port(), house.folder / "pgbouncer"
    folder.mkdir()
    changes = {
        "port=5432": f"port={postgres_port}",
        "listen_port = 6432": f"listen_port = {port}",
        "/etc/pgbouncer/userlist.txt": str(folder / "userlist.txt"),
        "default_pool_size = 16": f"default_pool_size = {LENT}",
    }
    settings = (PROJECT / "deploy" / "pgbouncer.ini").read_text()
    for usual, ours in changes.items():
        assert usual in settings
        settings = settings.replace(usual, ours)
    (folder / "pgbouncer.ini").write_text(settings)
    (folder / "userlist.txt").write_text(f'"policyops_app" "{house.keys["POSTGRES_APP_PASSWORD"]}"\n')
    account = unprivileged(folder, Path(PGBOUNCER))
    account.own(folder)
    command = [*account.prefix, PGBOUNCER, "--quiet", folder / "pgbouncer.ini"]
    child = process.start("PgBouncer", command, log=house.home.log("pgbouncer"), cwd=folder)
    house.children.append(child)
    process.wait_until(lambda: process.answers(port), child)
    return port


def test_everything_works_behind_a_pooler_that_lends_for_one_transaction(house):
    address = house.start_web(WEB_WORKERS="2", WEB_THREADS="8", DATABASE_POOL="8")
    loads = [house.start(f"load{n}", "-m", "tests.storms.load") for n in range(3)]
    close = ("manage.py", "close_day", "--through", DAYS)
    closing = [house.start(f"close{n}", *close) for n in range(2)]
    with ThreadPoolExecutor(16) as visitors:
        wait_until(lambda: all(child.died() for child in closing), 240)
        answers = set(visitors.map(lambda _: get(address, "/health/ready")[0], range(160)))
    wait_until(lambda: all(len(load.log.read_text().splitlines()) >= RECEIPTS for load in loads), 120)
    assert answers == {200}
    assert sorted(child.process.returncode for child in closing) == [0, 1], "one closes, the other is told so"
    refused = next(child for child in closing if child.process.returncode)
    assert "day_is_closing" in refused.log.read_text() or "day_already_closed" in refused.log.read_text()
    assert not any(load.died() for load in loads), "no error reached the people at work"
    for load in loads:
        load.stop()

    shown = house.manage("shell", "-v0", "-c", SHOW)
    assert shown.split() == ["10s", "UTC"], "the session's settings come from the database"
    wait_until(lambda: house.ask(LEFT_BEHIND) == 0)
    assert house.ask("SELECT sum(amount) FROM billing_posting") == 0
    assert house.ask("SELECT count(*) FROM pg_stat_activity WHERE usename = 'policyops_app'") <= LENT
    taken = house.ask("SELECT count(*) FROM billing_receipt")
    closed = house.ask("SELECT count(*) FROM operations_businessday WHERE status = 'closed'")
    print(f"{closed} days closed, {taken} receipts taken, 160 pages served over at most {LENT} connections")


SHOW = """
from django.db import connection
with connection.cursor() as cursor:
    for name in ("lock_timeout", "TimeZone"):
        cursor.execute(f"SHOW {name}")
        print(cursor.fetchone()[0])
"""
LEFT_BEHIND = """SELECT (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')
                      + (SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%')"""
