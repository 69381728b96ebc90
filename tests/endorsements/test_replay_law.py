"""The law of the engine: apply items and undo any one of them, and it is as if it had never been applied."""

import os
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from apps.billing.models import Payout
from apps.endorsements import selectors
from apps.endorsements.models import Endorsement
from apps.endorsements.services.effect import adjustments
from apps.endorsements.states import EndorsementStatus as S
from apps.policies import selectors as policies
from tests import factories as make

from . import cases
from . import histories as past
from .histories import Book

FULL = os.environ.get("STORM") == "full"
pytestmark = pytest.mark.django_db
drawn = settings(
    max_examples=100 if FULL else 1,
    deadline=None,
    derandomize=not FULL,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

OPS = {
    "one child": lambda kids: past.for_benefit_of(kids[0]),
    "two children": lambda kids: past.for_benefit_of(*kids),
    "raise": lambda kids: past.increase_by(100000),
    "raise more": lambda kids: past.increase_by(350000),
    "lower": lambda kids: past.decrease_to(100000),
    "lower more": lambda kids: past.decrease_to(50000),
    "monthly": lambda kids: past.every("monthly"),
    "half-yearly": lambda kids: past.every("semi_annual"),
    "older": lambda kids: past.born(date(1980, 1, 1)),
    "younger": lambda kids: past.born(date(1990, 8, 31)),
}
steps = st.lists(st.tuples(st.sampled_from(sorted(OPS)), st.integers(1, 9)), min_size=2, max_size=4)


def lived(office: cases.Office, ops: Sequence[tuple[str, int]], kids, *, but: int | None = None, ahead: bool = False):
    """A book that has lived through these changes, so many days apart; and the case of each, None where refused."""
    book = past.a_book(office, paid_ahead=ahead)
    done: list[Endorsement | None] = []
    for position, (name, days) in enumerate(ops):
        book.go_to(book.today + timedelta(days=days))
        done.append(None if position == but else traced(book, *[OPS[name](kids)(book)]))
    return book, done


def traced(book: Book, item: tuple) -> Endorsement | None:
    """Carry a change out, and see that what was shown is what was posted, and that nothing posted was touched."""
    before, balance = past.postings(), past.balances(book)
    case = book.tried(item)
    assert before <= past.postings()
    if case is not None and case.status in (S.CLOSED, S.PAYOUT):
        assert_posted_as_quoted(book, case, balance)
    return case


def assert_posted_as_quoted(book: Book, case: Endorsement, before: dict[str, Decimal]) -> None:
    """P28, to the fen: what was collected, what is owed, and what each item says of itself."""
    content, now = case.quote.content, past.balances(book)
    paid_out = sum((each.amount for each in selectors.payouts_of_case(case.pk)), Decimal(0))
    assert paid_out == Decimal(content["refund"]) + Decimal(content["paid_out"])
    collected = sum((each.amount for each in adjustments(case.pk)), Decimal(0))
    assert collected == Decimal(content["collect"])
    posted = before.get("PAYABLE", Decimal(0)) - now.get("PAYABLE", Decimal(0))
    withdrawn = Payout.objects.filter(policy=book.policy, status="WITHDRAWN", reason__gt="")
    assert posted == paid_out - sum((each.amount for each in withdrawn if each.pk not in book.seen), Decimal(0)), (
        "what the books owe more"
    )
    book.seen |= {each.pk for each in withdrawn}
    shown = {each["item"]: Decimal(each["premium"]) for each in content["policies"][0]["items"]}
    assert {item.pk: item.amount for item in selectors.items_of(case.pk)} == shown
    after = policies.latest_terms(book.policy.pk)
    assert str(after.premium) == content["policies"][0]["premium_after"]


def assert_replayed(book: Book) -> None:
    """P18: what is told of any day is what the replay of the standing items says of it."""
    timeline = selectors.timeline(book.policy.pk)
    for day in past.cuts(book):
        assert policies.terms_on(book.policy.pk, day) == timeline.on(day)


def assert_alike(book: Book, other: Book, *, values: bool) -> None:
    """Nobody could tell the two apart. A value that was paid after what was undone stays as it was reckoned on its day
    (``values`` is False then): of the books only premium is compared."""
    days = past.cuts(book, other)
    assert past.told(book, days) == past.told(other, days)
    assert past.projected(book) == past.projected(other)
    assert past.columns(book) == past.columns(other)
    assert past.schedule(book) == past.schedule(other)
    assert past.clocks(book) == past.clocks(other)
    assert past.person(book) == past.person(other)
    accounts = (past.balances(book), past.balances(other))
    if not values:
        accounts = tuple({name: each.get(name) for name in ("PREMIUM", "RECEIVABLE", "SUSPENSE")} for each in accounts)
    assert accounts[0] == accounts[1]


@pytest.mark.promise("P18")
@pytest.mark.promise("P19")
@pytest.mark.promise("P28")
@drawn
@given(ops=steps, which=st.integers(0, 3), ahead=st.booleans())
@example(ops=[("raise", 1), ("one child", 2), ("older", 3), ("half-yearly", 1)], which=0, ahead=True)
@example(ops=[("half-yearly", 1), ("lower", 2), ("two children", 3)], which=0, ahead=False)
def test_what_is_undone_has_never_been(ops, which, ahead):
    office, kids = cases.Office(), [make.a_person("小明"), make.a_person("小红")]
    book, done = lived(office, ops, kids, ahead=ahead)
    book.go_to(book.today + timedelta(days=25))
    assert_replayed(book)
    standing = [n for n, case in enumerate(done) if case and cases.again(case).status in (S.CLOSED, S.PAYOUT)]
    if not standing:
        return
    gone, end = standing[which % len(standing)], book.today
    if traced(book, cases.reversal(done[gone])) is None:
        return  # a later item cannot stand without it: a person must decide
    assert_replayed(book)
    other, never = lived(office, ops, kids, but=gone, ahead=ahead)
    other.go_to(end)
    if [case is None for n, case in enumerate(done) if n != gone] != [
        case is None for n, case in enumerate(never) if n != gone
    ]:
        return  # what was refused beside it is not refused without it
    for each in (book, other):
        each.settle_payouts()
        each.go_to(end + timedelta(days=2))
    valued = any(ops[n][0].startswith("lower") for n in standing if n > gone)
    assert_alike(book, other, values=not valued)


@pytest.mark.promise("P18")
@drawn
@given(delay=st.integers(1, 6), name=st.sampled_from(["raise", "monthly", "older"]))
def test_the_order_of_entry_does_not_matter_only_that_of_effect(delay, name):
    """One is received first and approved last: it takes its place before what overtook it."""
    office, kids = cases.Office(), [make.a_person("小明"), make.a_person("小红")]
    books = []
    for late in (True, False):
        book = past.a_book(office)
        first = book.accepted(book.entered(OPS["one child"](kids)(book)))
        if not late:
            book.decided(first)
        book.go_to(book.today + timedelta(days=1))
        assert book.tried(OPS[name](kids)(book)) is not None
        book.go_to(book.today + timedelta(days=delay))
        if late:
            book.decided(first)
        book.go_to(date(2026, 12, 20))
        assert_replayed(book)
        books.append(book)
    assert_alike(*books, values=True)
