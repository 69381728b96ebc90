"""An upgrade while people work: nobody sees an error, and nobody waits longer than a moment (P75)."""

import os
import sys
import threading
import time

import psycopg
import pytest

from policyops.local import process

from .house import House, moved_in, wait_until

pytestmark = [pytest.mark.storm, pytest.mark.promise("P75")]
LOCK_TIMEOUT = 3.0


@pytest.fixture
def house(template, tmp_path):
    with moved_in(template, tmp_path / "house") as house:
        house.start_postgres(fsync="off")
        wait_until(house.is_open)
        house.start_valkey()
        yield house


class Watch(threading.Thread):
    """The longest time in which a load did nothing."""

    def __init__(self, load: process.Child) -> None:
        super().__init__(daemon=True)
        self.load, self.longest, self.over = load, 0.0, threading.Event()

    def run(self) -> None:
        size, since = 0, time.monotonic()
        while not self.over.wait(0.02):
            now = time.monotonic()
            if (grown := self.load.log.stat().st_size) != size:
                size, since = grown, now
            self.longest = max(self.longest, now - since)

    def stop(self) -> float:
        self.over.set()
        self.join()
        return self.longest


def test_an_upgrade_beside_people_at_work_makes_no_error_and_no_long_wait(house):
    load = house.start("load", "-m", "tests.storms.load")
    wait_until(lambda: load.log.stat().st_size > 0)

    watch = Watch(load)
    watch.start()
    for _ in range(2):
        house.run("deploy/prepare", PATH=path_with_python(house))
    prepared = watch.stop()

    with house.database() as reader, reader.transaction():
        reader.execute("SELECT count(*) FROM billing_receipt")
        watch = Watch(load)
        watch.start()
        with pytest.raises(AssertionError, match="lock timeout"):
            alter(house)
        blocked = watch.stop()
    alter(house)
    assert not load.died(), load.ending()
    assert blocked < LOCK_TIMEOUT + 2
    print(
        f"longest wait of a clerk: {prepared:.2f} s during `prepare`, {blocked:.2f} s behind a migration that gave up"
    )


def alter(house: House) -> None:
    """A migration that needs the table for itself, as ``deploy/prepare`` runs it."""
    password = house.keys["POSTGRES_OWNER_PASSWORD"]
    url = f"host=127.0.0.1 port={house.env['PGPORT']} user=policyops_owner dbname=policyops password={password}"
    with psycopg.connect(url, options="-c lock_timeout=3s", autocommit=True) as owner:
        try:
            owner.execute("ALTER TABLE billing_receipt ADD COLUMN drill integer")
        except psycopg.errors.LockNotAvailable as error:
            raise AssertionError(str(error)) from error


def path_with_python(house: House) -> str:
    """The image has its own Python first on the path."""
    return os.pathsep.join([os.path.dirname(sys.executable), house.env["PATH"]])
