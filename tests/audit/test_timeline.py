"""The timeline of a policy: one sentence for each fact, newest first."""

import pytest

from apps.audit import services as audit
from apps.audit import timeline
from apps.audit.events import EVENTS, EventType

pytestmark = pytest.mark.django_db
BILLED = EventType("test.billed", "tests.bill", "Billed {amount}, due {due_on}", "money")
MOVED = EventType("test.moved", "tests.policy", "Moved", "state")


@pytest.fixture(autouse=True)
def declared(monkeypatch):
    for event in (BILLED, MOVED):
        monkeypatch.setitem(EVENTS._entries, event.name, event)


def test_the_newest_comes_first_with_who_and_why(ctx, checker):
    audit.record(ctx, BILLED, 1, policy_id=7, amount="12.00", due_on=ctx.business_date)
    audit.record(checker, MOVED, 7, policy_id=7, reason="asked by letter")
    audit.record(ctx, MOVED, 8, policy_id=8)
    newest, oldest = timeline.of_policy(7)
    assert oldest.sentence == "Billed 12.00, due 2026-11-22"
    assert (newest.sentence, newest.person, newest.reason) == ("Moved", "checker", "asked by letter")
    assert newest.business_date == ctx.business_date


def test_it_is_one_query_filtered_and_paged(ctx, django_assert_num_queries):
    for number in range(5):
        audit.record(ctx, BILLED, number, policy_id=7, amount=number)
        audit.record(ctx, MOVED, number, policy_id=7)
    with django_assert_num_queries(1):
        money = timeline.of_policy(7, kinds=["money"], limit=3)
    assert [row.payload["amount"] for row in money] == [4, 3, 2]
    assert [row.payload["amount"] for row in timeline.of_policy(7, kinds=["money"], before=money[-1].id)] == [1, 0]


def test_a_value_that_is_missing_is_a_dash(ctx):
    audit.record(ctx, BILLED, 1, policy_id=7, amount=None)
    assert timeline.of_policy(7)[0].sentence == "Billed —, due —"


def test_an_event_nobody_declares_any_more_still_shows_its_name(ctx):
    audit.record(ctx, EventType("test.forgotten", "tests.thing", ""), 1, policy_id=7)
    assert timeline.of_policy(7)[0].sentence == "test.forgotten"
