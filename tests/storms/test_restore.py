"""A disaster, and back to the moment before it: every row, balanced books, a history that verifies (P73).

``make restore-drill`` runs it at full size.
"""

import os
import re
import time
from pathlib import Path

import pytest

from .house import House, get, moved_in, wait_until

pytestmark = [pytest.mark.storm, pytest.mark.promise("P73")]
FULL = os.environ.get("STORM") == "full"
RECEIPTS = 400 if FULL else 15
ARCHIVE_SECONDS = 1
"""How often the log is handed to the archive: 60 in production. What is not there yet dies with the disk."""


@pytest.fixture
def house(template, tmp_path):
    with moved_in(template, tmp_path / "house") as house:
        archive = tmp_path / "backups" / "wal"
        archive.mkdir(parents=True)
        house.start_postgres(
            archive_mode="on",
            archive_timeout=str(ARCHIVE_SECONDS),
            archive_command=f"{os.getcwd()}/deploy/archive-wal %p %f {archive}",
        )
        wait_until(house.is_open)
        house.start_valkey()
        yield house


def receipts(house: House, wanted: int, name: str) -> None:
    """People at work, until they have taken so many receipts."""
    load = house.start(name, "-m", "tests.storms.load")
    wait_until(lambda: load.died() or len(load.log.read_text().splitlines()) >= wanted, 120)
    assert not load.died(), load.ending()
    load.stop()


def segments(backups: Path) -> list[str]:
    return [path.name.removesuffix(".gz") for path in (backups / "wal").glob("*.gz") if "." not in path.stem]


def needed_from(backup: Path) -> str:
    """The first segment of the log this backup needs."""
    return re.search(r"START WAL LOCATION: .*\(file (\w+)\)", (backup / "backup_label").read_text())[1]


def archived_by(house: House, moment: str) -> bool:
    return house.ask("SELECT coalesce(last_archived_time > %s, FALSE) FROM pg_stat_archiver", moment)


def test_after_a_restore_every_row_of_the_moment_is_back(house, tmp_path):
    backups, anchors = tmp_path / "backups", house.home.anchors
    house.run("deploy/backup", backups)
    receipts(house, RECEIPTS, "before")
    second = Path(house.run("deploy/backup", backups, KEEP="1").strip())
    assert list((backups / "base").iterdir()) == [second], "the older one is gone"
    assert all(segment >= needed_from(second) for segment in segments(backups)), "and the log that only it needed"
    with pytest.raises(AssertionError, match="no backup"):
        house.run("deploy/restore", backups, "2020-01-01 00:00:00+00", tmp_path / "too_early")
    house.manage("close_day")
    house.manage("shell", "-c", "from apps.audit import tasks; tasks.seal(); tasks.anchor()")
    receipts(house, RECEIPTS, "between")
    moment, rows = house.ask("SELECT clock_timestamp()::text"), house.rows()
    time.sleep(0.1)

    receipts(house, RECEIPTS, "after")
    house.manage("close_day")
    house.ask("DROP TABLE billing_posting CASCADE")
    house.ask("TRUNCATE policies_policy CASCADE")
    disaster = house.ask("SELECT clock_timestamp()::text")
    exposed = wait_until(lambda: archived_by(house, disaster))
    house.children[0].process.kill()
    house.children.pop(0).process.wait()

    began = time.monotonic()
    restored = tmp_path / "restored"
    house.run("deploy/restore", backups, moment, restored)
    with pytest.raises(AssertionError, match="exists already"):
        house.run("deploy/restore", backups, moment, restored)
    house.start_postgres(restored, archive_mode="on", archive_timeout="60", archive_command="/bin/true")
    wait_until(house.is_open, 120)
    opened = time.monotonic() - began
    assert house.rows() == rows, "every row of every table"
    assert house.ask("SELECT sum(amount) FROM billing_posting") == 0, "the books balance"

    assert "末尾被截断" in refused(house, "verify_audit", "--anchors", str(anchors)), (
        "the end is cut off: a theft would look the same"
    )
    house.manage("declare_restore", "--reason", "drill")
    house.manage("verify_audit", "--anchors", str(anchors))
    address = house.start_web()
    status, health = get(address, "/health/ready")
    assert (status, health["lights"]["database"]["state"]) == (200, "ok")
    assert get(address, "/admin/login/")[0] == 200
    served = time.monotonic() - began

    assert house.manage("close_day", "--json").count('"dry_run": false') == 1, "the next day closes"
    house.manage("shell", "-c", "from apps.audit import tasks; tasks.seal(); tasks.anchor()")
    house.manage("verify_audit", "--anchors", str(anchors))
    size = house.ask("SELECT pg_size_pretty(pg_database_size(current_database()))")
    print(
        f"{sum(count for count, _ in rows.values())} rows in {len(rows)} tables ({size}) restored to {moment}; "
        f"RPO: {exposed:.1f} s with the log archived every {ARCHIVE_SECONDS} s; "
        f"RTO: database {opened:.1f} s, pages served {served:.1f} s after the decision"
    )


def refused(house: House, *command: str) -> str:
    with pytest.raises(AssertionError) as failed:
        house.manage(*command)
    return str(failed.value)
