"""What lists, search and the night read of a book of 100,000 policies: a bounded number of rows, whatever is asked.

The counters are the database's own, of the transaction each test runs in. Nothing here looks at a clock.
"""

import pytest
from django.conf import settings
from django.contrib import admin
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from apps.accounts.models import Branch, User
from apps.core.admin import keyset
from apps.core.admin.filters import Between, Choice
from apps.core.admin.lists import Listing
from apps.core.context import job
from apps.operations import services as operations
from apps.parties.models import Party
from apps.policies.models import Policy
from benchmarks import book, people
from benchmarks.due import NIGHT, natural
from tests import factories as make
from tests.conftest import as_owner, empty
from tests.contracts.test_plans import MOST_ROWS_AN_ACTION, Reading, analyse

POLICIES = 100_000
AGENT, SERVED_EVERY = "A000001", 4999
LISTS = (
    *("policies.policy", "parties.party", "billing.instalment", "billing.receipt", "renewals.reminder"),
    *("notifications.message", "deadlines.deadline", "audit.event", "audit.access"),
)
MOST_ROWS_OF_A_LIST = 35_000
"""A whole office of 5,000 policies with their instalments, read to count and read to order; never the company."""
MOST_ROWS_OF_A_SEARCH = 15_000
MOST_QUERIES_OF_A_SEARCH = 13
MOST_QUERIES_OF_A_NIGHT = 500
MOST_WAL_AN_ACTION = 6000
DEEP = 9_950


def ready() -> None:
    empty()
    as_owner("CREATE EXTENSION pg_stat_statements")
    book.make(POLICIES, natural(POLICIES))
    people.name_everybody(every=5)
    people.number_everybody(every=5)
    agent = make.an_agent(Branch.objects.order_by("pk")[0], code=AGENT)
    served = {"pk__in": range(1, POLICIES + 1, SERVED_EVERY)}
    Party.objects.filter(**served).update(agent=agent)
    Policy.objects.filter(**served).update(agent=agent)
    analyse()


def wal_bytes() -> int:
    """What the statements on this database wrote so far; the position in the log moves with other tests as well."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(
            """SELECT sum(wal_bytes) FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid
               WHERE datname = current_database()"""
        )
        written = int(cursor.fetchone()[0])
        cursor.execute(f"SET ROLE {settings.APP_ROLE}")
    return written


class TestOneHundredThousand(TestCase):
    """The book is made once, and rolled back at the end."""

    @classmethod
    def setUpTestData(cls) -> None:
        ready()
        office = Branch.objects.order_by("pk")[0]
        cls.viewers = {
            "branch": make.a_user("supervisor", branch=office, username="branch"),
            "whole": make.a_user("compliance_officer", "audit_admin", branch=office, username="whole"),
        }

    def setUp(self) -> None:
        self.clients = {name: self.signed_in(user) for name, user in self.viewers.items()}

    def signed_in(self, user: User) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(user, backend="apps.accounts.backends.AccountBackend")
        client.get(reverse("admin:logout"))
        return client

    def pages(self):
        return [page for page in admin.site._registry.values() if page.label in LISTS]

    def reads_little(self, most: int, viewer: str, address: str, data: dict | None = None) -> None:
        client = self.clients[viewer]
        with Reading() as reading:
            answer = client.get(address) if data is None else client.post(address, data)
        assert answer.status_code in (200, 302)
        assert reading.rows <= most, reading.rows

    def queries(self, page, user: User):
        """The list as it is, by every choice of every filter, by days, and in every order."""
        yield ""
        for each in page.filters:
            if isinstance(each, Choice):
                yield from (f"{each.name}={value}" for value, _label in each.options)
            elif isinstance(each, Between):
                yield f"{each.name}_from={NIGHT}&{each.name}_to={NIGHT}"
            else:
                yield f"{each.name}={AGENT if each.name == 'agent' else user.branch.code}"
        yield from (f"sort={each.key}" for each in page.sorts)

    def test_work_by_night_reads_and_writes_by_what_is_due_as_in_a_small_book(self):
        with Reading() as reading, CaptureQueriesContext(connection) as queries:
            began = wal_bytes()
            [night] = operations.close_day(job("test", NIGHT))
            written = wal_bytes() - began
        actions = sum(step.done for step in night.steps)
        assert actions == natural(POLICIES).actions
        assert reading.whole == []
        assert reading.rows <= MOST_ROWS_AN_ACTION * actions
        assert written <= MOST_WAL_AN_ACTION * actions
        assert len(queries) <= MOST_QUERIES_OF_A_NIGHT

    def test_every_list_reads_a_bounded_number_of_rows_by_every_filter_and_in_every_order(self):
        for name, user in self.viewers.items():
            for page in self.pages():
                for query in self.queries(page, user) if user.has_perm(page.read) else ():
                    with self.subTest(viewer=name, page=page.label, query=query):
                        self.reads_little(MOST_ROWS_OF_A_LIST, name, f"{page.list_url}?{query}")

    def test_page_200_reads_what_the_first_page_reads(self):
        for name, user in self.viewers.items():
            for page in self.pages():
                if not user.has_perm(page.read):
                    continue
                request = type("Request", (), {"user": user, "ctx": None, "GET": QueryDict("")})()
                order = Listing(request, page).order
                rows = page.visible(request).order_by(*order)[DEEP : DEEP + 1]
                for row in rows:
                    with self.subTest(viewer=name, page=page.label):
                        address = f"{page.list_url}?after={keyset.token_of(row, order)}"
                        self.reads_little(MOST_ROWS_OF_A_LIST, name, address)

    def searches(self):
        policy, party = Policy.objects.all()[777], 4240
        common = max(set(people.names()), key=people.names().count)
        yield from (policy.number, policy.number[:8], policy.number[:4], "R26000000011", "A000001")
        yield from (common, common[:1], people.name_of(party), people.name_of(party)[1:], "伟强", "zw", "z", "ly")
        yield from (f"{common} 1970-03-04", people.phone(party)[-4:], "nobody", "某某某")

    @pytest.mark.promise("P44")
    def test_every_shape_of_search_reads_a_bounded_number_of_rows(self):
        for name in self.viewers:
            for text in self.searches():
                for place in ("find", "find_panel"):
                    with self.subTest(viewer=name, text=text, place=place):
                        self.reads_little(MOST_ROWS_OF_A_SEARCH, name, reverse(f"admin:{place}"), {"find": text})

    def test_a_whole_number_lands_on_its_customer(self):
        found = {"find": people.id_number(4240), "purpose": "customer_request"}
        with Reading() as reading, CaptureQueriesContext(connection) as queries:
            answer = self.clients["whole"].post(reverse("admin:find"), found)
        assert answer["Location"] == reverse("admin:parties_party_change", args=[4240])
        assert reading.rows <= 200
        assert len(queries) <= MOST_QUERIES_OF_A_SEARCH

    @trials(max_examples=25, deadline=None)
    @given(text=st.text(max_size=30) | st.text("王李张伟芳敏0123456789P8644 -.@zwly", max_size=14))
    def test_whatever_is_typed_reads_a_bounded_number_of_rows(self, text):
        for place in ("find", "find_panel"):
            self.reads_little(MOST_ROWS_OF_A_SEARCH, "branch", reverse(f"admin:{place}"), {"find": text})
