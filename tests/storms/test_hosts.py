"""Three worker hosts against one database: a cable is cut and a host dies in the middle, and all is done exactly once.

What the nights decided must equal what one undisturbed process decides.
"""

import os
import re
from collections import Counter
from datetime import date
from typing import Any

import pytest

from . import gateway, network
from .house import FIRST_DAY, House, moved_in, wait_until

FULL = os.environ.get("STORM") == "full"
THROUGH = "2026-12-31" if FULL else "2026-11-12"
DAYS = (date.fromisoformat(THROUGH) - date.fromisoformat(FIRST_DAY)).days + 1
MINUTES = 10 if FULL else 3
WORKER = (
    *("-m", "celery", "-A", "policyops", "worker", "--concurrency=2", "--loglevel=WARNING"),
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
)
BEAT = ("-m", "celery", "-A", "policyops", "beat", "--pidfile=", "--loglevel=WARNING", "--schedule")
QUICK = {
    "SWEEP_SECONDS": "2",
    "SMS_HOURS": "00:00-23:59:59.999999",
    "MESSAGES_A_DAY": "100000",
    "SMS_GATEWAY_TIMEOUT": "1",
    "EMAIL_TIMEOUT": "1",
    "MESSAGE_LEASE_SECONDS": "5",
    "MESSAGE_RETRY_SECONDS": "0.5",
}
PATIENCE = {"tcp_keepalives_idle": 2, "tcp_keepalives_interval": 1, "tcp_keepalives_count": 3, "tcp_user_timeout": 5000}
"""Of the database with a host that fell silent: five seconds, where production waits thirty (``grant_app``)."""

pytestmark = [pytest.mark.storm, pytest.mark.skipif(bool(network.missing()), reason=network.missing())]


@pytest.fixture
def undisturbed(template, tmp_path):
    """What the nights decide when one process closes them and nobody disturbs it."""
    with moved_in(template, tmp_path / "undisturbed") as house:
        house.start_postgres(fsync="off")
        wait_until(house.is_open)
        house.start_valkey()
        house.manage("close_day", "--through", THROUGH)
        return decisions(house)


@pytest.fixture
def hosts(tmp_path):
    with network.hosts(tmp_path, "host-b", "host-c", "host-d") as made:
        yield made


@pytest.fixture
def house(template, tmp_path, hosts):
    """The data, listening at its end of every cable."""
    addresses = ["127.0.0.1", *(host.data for host in hosts)]
    with moved_in(template, tmp_path / "house", **QUICK) as house:
        with (house.home.postgres / "pg_hba.conf").open("a") as rules:
            rules.write("host all policyops_app 10.77.0.0/16 scram-sha-256\n")
        house.start_postgres(listen_addresses=",".join(addresses))
        wait_until(house.is_open)
        for setting, value in PATIENCE.items():
            house.ask(f"ALTER DATABASE policyops SET {setting} = {value}")
        house.start_valkey(bind=" ".join(addresses))
        yield house


def decisions(house: House) -> Counter[str]:
    """The events of all nights, without the ids their rows happened to get.

    And without their day: what a lost host still held in its hands is done the night after, on the same terms.
    """
    with house.database() as connection:
        rows = connection.execute(
            """SELECT name, policy_id, reason, payload FROM audit_event
               WHERE request_id LIKE 'close-%'"""
        ).fetchall()
    return Counter(f"{name} {policy} {reason} {_values(payload)}" for name, policy, reason, payload in rows)


def _values(payload: dict[str, Any]) -> dict[str, Any]:
    """Undisturbed, nobody sends messages: which reminders a suspension was preceded by is no decision of the night."""
    return {key: value for key, value in sorted(payload.items()) if not re.search(r"(^|_)ids?$|^reminders_sent$", key)}


def closed(house: House) -> int:
    return house.ask("SELECT count(*) FROM operations_businessday WHERE status = 'closed'")


def closing_on(house: House) -> str:
    """The name of the host that is closing a day at this moment."""
    worker = house.ask("SELECT worker FROM operations_run WHERE status = 'running'")
    return (worker or "").partition("/")[0]


def caught(house: House, hosts: list[network.Host]) -> network.Host:
    """One of these hosts in the middle of a close."""
    names = {host.name: host for host in hosts}
    found: list[network.Host] = []

    def look() -> bool:
        found.extend(names[name] for name in [closing_on(house)] if name in names)
        return bool(found)

    wait_until(look, 60)
    return found[0]


@pytest.mark.promise("P29")
def test_a_cut_cable_and_a_dead_host_leave_everything_done_exactly_once(undisturbed, house, hosts, tmp_path):
    with gateway.running(gateway.Gateway(), "0.0.0.0") as provider:
        port = provider.url.rpartition(":")[2]
        for host in hosts:
            env = {**house.env, "SMS_GATEWAY_URL": f"http://{host.data}:{port}"}
            host.start("worker", *WORKER, env=env)
            host.start("beat", *BEAT, str(host.folder / "beat"), env=env)
        house.manage("shell", "-v0", "-c", ASK.format(THROUGH))

        wait_until(lambda: closed(house) >= 2, 60)
        first = caught(house, hosts)
        first.cut()
        cut_at = closed(house)
        without = wait_until(lambda: closed(house) > cut_at, 60)
        others = [host for host in hosts if host is not first]
        second = caught(house, others)
        second.power_off()
        killed_at = closed(house)
        after_death = wait_until(lambda: closed(house) > killed_at, 60)
        first.mend()
        wait_until(lambda: closed(house) == DAYS, MINUTES * 60)
        wait_until(lambda: house.ask(OPEN_WORK) == 0, MINUTES * 60)

    decided = decisions(house)
    assert (decided - undisturbed, undisturbed - decided) == (Counter(), Counter()), "as if nothing had happened"
    assert house.ask("SELECT count(*) FROM operations_run WHERE status = 'done'") == DAYS
    assert house.ask("SELECT count(*) FROM operations_quarantine WHERE resolved_at IS NULL") == 0
    assert house.ask("SELECT sum(amount) FROM billing_posting") == 0
    accepted = Counter(house.ask("SELECT array_agg(subject_id) FROM audit_event WHERE name = 'message.accepted'"))
    assert set(accepted.values()) == {1}
    assert provider.duplicates == 0
    files = [str(host.anchors) for host in hosts if host.anchors.exists()]
    house.manage("verify_audit", "--anchors", *files)
    print(
        f"{DAYS} days, {undisturbed.total()} decisions, {accepted.total()} messages, anchors of {len(files)} hosts; "
        f"the next day closed {without:.1f} s after the cable of {first.name} was cut, "
        f"{after_death:.1f} s after {second.name} died; {house.ask(TAKEN_OVER)} runs were taken over"
    )


ASK = """
from datetime import date
from apps.operations import selectors, tasks
tasks.hand_over(selectors.job_context("drill"), date.fromisoformat("{}"))
"""
OPEN_WORK = """SELECT (SELECT count(*) FROM audit_delivery WHERE status = 'pending')
                    + (SELECT count(*) FROM notifications_message WHERE status IN ('planned', 'sending', 'unknown'))"""
TAKEN_OVER = "SELECT count(*) FROM operations_run WHERE taken_over > 0"
