"""A lock that only one process holds, whatever lends it its connection."""

import pytest
from django.db import connection

from apps.core import locks

pytestmark = pytest.mark.django_db(transaction=True)


def test_only_one_holds_it_and_it_is_free_again_afterwards():
    with locks.only_one("work") as first:
        assert first
        assert locks.is_held("work")
        with locks.only_one("work") as second, locks.only_one("other work") as other:
            assert (second, other) == (False, True)
    assert not locks.is_held("work")


def test_it_outlives_the_transactions_of_its_holder_and_keeps_nothing_from_vacuum():
    with locks.only_one("work"):
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute(
                """SELECT backend_xmin, backend_xid FROM pg_stat_activity
                   WHERE state = 'idle in transaction' AND datname = current_database()"""
            )
            assert cursor.fetchall() == [(None, None)]
        connection.close()
        assert locks.is_held("work")


def test_a_holder_that_loses_its_connection_loses_the_lock():
    with locks.only_one("work"):
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks JOIN pg_database ON oid = database"
                " WHERE locktype = 'advisory' AND granted AND datname = current_database()"
            )
        assert not locks.is_held("work")


def test_every_session_begins_with_the_houses_settings():
    connection.close()
    with connection.cursor() as cursor:
        for setting, value in {"lock_timeout": "10s", "TimeZone": "UTC", "tcp_keepalives_idle": "10"}.items():
            cursor.execute(f"SHOW {setting}")
            assert cursor.fetchone() == (value,)
