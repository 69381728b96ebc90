"""What the night, the outbox and the lists read of a book with real statistics: what is due, never a whole table.

The counters are the database's own, of the transaction each test runs in. Nothing here looks at a clock.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.urls import reverse

from apps.accounts.models import Branch
from apps.audit import dispatch
from apps.audit.models import Delivery
from apps.audit.outbox import SUBSCRIBERS, Subscriber
from apps.core.context import job
from apps.operations import services as operations
from apps.renewals import events
from benchmarks import book
from benchmarks.due import NIGHT, Due
from tests import factories as make
from tests.conftest import as_owner, empty, our_tables

POLICIES = 3000
DUE = Due(effect=5, bill=20, remind=40, grace=10, lapse=5)
LARGE = (
    *("policies_policy", "policies_policyversion", "policies_policyrole", "policies_policycoverage", "parties_party"),
    *("billing_instalment", "billing_posting", "audit_event", "audit_delivery", "operations_agenda"),
)
MOST_ROWS_AN_ACTION = 60
MOST_ROWS_OF_AN_EMPTY_NIGHT = 300
MOST_ROWS_OF_A_LIST = 3000
LISTS = ["policies_policy", "billing_instalment", "parties_party"]


def a_book(due: Due) -> None:
    """A book of a few thousand policies, a delivered outbox behind it, and statistics over all of it."""
    empty()
    book.make(POLICIES, due)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO audit_delivery (event_id, subscriber, status, attempts, error)
               SELECT id, 'notifications', 'done', 1, '' FROM audit_event"""
        )
    analyse()


def analyse() -> None:
    """Statistics over every table, small ones as well: a plan depends on this book, not on what a test did before."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    as_owner(f"ANALYZE {our_tables()}")


class Reading:
    """Rows read inside the ``with`` block: ``rows`` in all, ``whole`` the large tables read through."""

    def __enter__(self) -> "Reading":
        self._before = self._counters()
        return self

    def __exit__(self, *error: object) -> None:
        now = self._counters()
        read = {table: (now[table][0] - whole, now[table][1] - rows) for table, (whole, rows) in self._before.items()}
        self.rows = sum(rows for _, rows in read.values())
        self.whole = sorted(table for table, (whole, _) in read.items() if whole and table in LARGE)

    def _counters(self) -> dict[str, tuple[int, int]]:
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT relname, seq_scan, seq_tup_read + coalesce(idx_tup_fetch, 0)
                   FROM pg_stat_xact_user_tables WHERE schemaname = 'public'"""
            )
            return {table: (whole, rows) for table, whole, rows in cursor.fetchall()}


@pytest.mark.django_db
def test_a_night_reads_what_is_due_and_no_table_through():
    a_book(DUE)
    with Reading() as reading:
        [night] = operations.close_day(job("test", NIGHT))
    assert sum(step.done for step in night.steps) == DUE.actions
    assert reading.whole == []
    assert reading.rows <= MOST_ROWS_AN_ACTION * DUE.actions


@pytest.mark.django_db
def test_a_night_with_nothing_due_reads_next_to_nothing():
    a_book(Due(effect=0, bill=0, remind=0, grace=0, lapse=0))
    with Reading() as reading:
        [night] = operations.close_day(job("test", NIGHT))
    assert sum(step.done for step in night.steps) == 0
    assert reading.whole == []
    assert reading.rows <= MOST_ROWS_OF_AN_EMPTY_NIGHT


@pytest.mark.django_db
def test_the_dispatcher_finds_what_is_due_by_its_index(monkeypatch):
    taken = []
    subscriber = Subscriber("plans", frozenset({events.PLANNED.name}), taken.extend)
    monkeypatch.setitem(SUBSCRIBERS, subscriber.name, subscriber)
    a_book(DUE)
    operations.close_day(job("test", NIGHT))
    Delivery.objects.filter(subscriber=subscriber.name).update(next_attempt_at=Now() - timedelta(minutes=1))
    with Reading() as reading:
        assert subscriber.name in dispatch.due_subscribers()
        dispatch.bury()
        dispatch.dispatch(subscriber.name)
    assert len(taken) == DUE.remind
    assert reading.whole == []


@pytest.mark.django_db
@pytest.mark.parametrize("page", LISTS)
def test_a_list_reads_its_page_and_not_the_table(client, page):
    a_book(DUE)
    client.force_login(make.a_user("supervisor", branch=Branch.objects.first()))
    with Reading() as reading:
        answer = client.get(reverse(f"admin:{page}_changelist"))
    assert answer.status_code == 200
    assert reading.whole == []
    assert reading.rows <= MOST_ROWS_OF_A_LIST
