"""What lists and values of the staff's pages promise, without a page."""

import operator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db.models import Q
from django.http import QueryDict
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Branch
from apps.core.admin import Column, keyset
from apps.core.admin.lists import Between, Choice, Exactly, Listing, Sort, View
from apps.core.admin.show import brief, day, in_wan, money, who


def a_listing(query: str, **about):
    """A list of branches, which are never asked for."""
    page = SimpleNamespace(
        label="accounts.branch",
        model=Branch,
        filters=about.get("filters", []),
        order=["path"],
        sorts=[Sort("newest", "Newest", ["-pk"])],
        columns=[Column("Code", "code"), Column("Name", "name"), Column("Path", "path", usual=False)],
        private=str.isdigit,
        visible=lambda request: Branch.objects.all(),
        search=lambda request, rows, text: rows.filter(name=text),
        site=SimpleNamespace(views=lambda user, label: about.get("views", [])),
    )
    return Listing(SimpleNamespace(user=None, GET=QueryDict(query)), page)


def keys(columns):
    return [column.key for column in columns]


def test_a_column_is_chosen_by_its_key_and_the_usual_ones_stand_when_none_is():
    assert keys(a_listing("").columns) == ["code", "name"]
    assert keys(a_listing("cols=path&cols=code").columns) == ["code", "path"]
    assert keys(a_listing("cols=nonsense").columns) == ["code", "name"]


def test_an_order_is_one_of_those_declared():
    assert a_listing("sort=newest").order == ["-pk"]
    assert a_listing("sort=-name").order == ["path"]


def test_what_names_a_person_is_not_read_from_an_address():
    listing = a_listing("q=13812345678")
    assert (listing.text, listing.hidden, listing.narrowed) == ("", True, False)
    assert a_listing("q=North").text == "North"


KEPT = View("mine", "Mine", {"state": ["open"], "cols": ["path"], "sort": ["newest"]})
STATE = Choice("state", "State", [("open", "Open")], lookup="code")


def test_a_view_is_asked_for_by_its_slug_and_gives_way_to_what_is_asked_beside_it():
    listing = a_listing("view=mine", filters=[STATE], views=[KEPT])
    assert listing.kept() == {"state": "open", "cols": ["path"], "sort": "newest"}
    assert not listing.forgotten
    assert a_listing("view=mine&state=", filters=[STATE], views=[KEPT]).kept() == {}
    assert a_listing("view=other", filters=[STATE], views=[KEPT]).kept() == {}


def test_a_list_opens_with_the_default_view_unless_something_is_asked():
    views = [replace(KEPT, default=True)]
    assert a_listing("", filters=[STATE], views=views).view == views[0]
    assert a_listing("view=", filters=[STATE], views=views).view is None
    assert a_listing("q=North", filters=[STATE], views=views).view is None


def test_a_view_outlives_the_filters_and_columns_it_names_and_says_so():
    old = View("old", "Old", {"gone": ["x"], "cols": ["path", "gone"], "sort": ["gone"]})
    listing = a_listing("view=old", views=[old])
    assert listing.forgotten
    assert listing.kept() == {"cols": ["path"]}


@pytest.mark.parametrize("token", ["", "x", "W10", "bnVsbA", "W251bGxd", "WzFd" * 200, "\x00", "WyJcdTAwMDAiXQ", "²"])
def test_a_place_that_is_none_is_the_beginning(token):
    assert keyset.read(token, ["path"], Branch) is None


def test_a_place_reads_back_as_it_was_written():
    branch = Branch(pk=7, path="86/8644/")
    assert keyset.read(keyset.token_of(branch, ["path"]), ["path"], Branch) == ["86/8644/"]
    assert keyset.read(keyset.token_of(branch, ["-path", "-pk"]), ["-path", "-pk"], Branch) == ["86/8644/", 7]
    assert keyset.read(keyset.token_of(branch, ["path"]), ["pk"], Branch) is None


@given(
    places=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), unique=True, max_size=12), descending=st.booleans()
)
def test_pages_behind_one_another_hold_every_row_once(places, descending):
    order = ["-a", "-b"] if descending else ["a", "b"]
    left, seen = sorted(places, reverse=descending), []
    for place in left:
        seen.append(place)
        behind = keyset.beyond(order, place)
        assert [each for each in left if holds(behind, dict(zip("ab", each, strict=True)))] == left[len(seen) :]


def holds(condition: Q, row: dict[str, int]) -> bool:
    """What the database would answer."""
    operators = {"lt": operator.lt, "gt": operator.gt, "lte": operator.le, "gte": operator.ge, "": operator.eq}

    def one(part) -> bool:
        if isinstance(part, Q):
            return holds(part, row)
        name, _, comparison = part[0].partition("__")
        return operators[comparison](row[name], part[1])

    return (all if condition.connector == Q.AND else any)(map(one, condition.children))


def test_days_are_read_as_a_stretch_open_at_either_end():
    due = Between("due", "Due", lookup="due_on")
    assert due.chosen(QueryDict("due_from=2026-11-01&due_to=2026-11-30")) == {
        "gte": date(2026, 11, 1),
        "lte": date(2026, 11, 30),
    }
    assert due.chosen(QueryDict("due_from=2026-02-31&due_to=x")) is None
    assert due.kept({"lte": date(2026, 11, 30)}) == {"due_to": "2026-11-30"}


def test_a_code_is_read_in_capitals():
    assert Exactly("agent", "Agent").chosen(QueryDict("agent= a000123 ")) == "A000123"
    assert Exactly("agent", "Agent").chosen(QueryDict("agent=%00")) is None


def test_a_filter_takes_only_its_own_choices():
    choice = Choice("status", "Status", [("open", "Open"), (True, "Yes")])
    assert choice.chosen(QueryDict("status=open")) == "open"
    assert choice.chosen(QueryDict("status=True")) is True
    assert choice.chosen(QueryDict("status=nonsense")) is None
    assert choice.chosen(QueryDict("")) is None


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (Decimal("1234567.50"), "CNY", "¥1,234,567.50"),
        (Decimal("-3.00"), "CNY", "−¥3.00"),
        (Decimal("0.00"), "USD", "USD 0.00"),
        (None, "CNY", "—"),
    ],
)
def test_money_looks_the_same_everywhere(amount, currency, shown):
    assert money(amount, currency) == shown


def test_a_date_is_written_as_its_language_writes_it():
    with translation.override("zh-hans"):
        assert day(date(2026, 11, 2)) == "2026年11月2日"
        assert in_wan(Decimal("500000")) == "50 万"
    with translation.override("en"):
        assert day(date(2026, 11, 2)) == "2 Nov 2026"
        assert in_wan(Decimal("500000")) == ""
    assert brief(date(2026, 11, 2)) == "2026-11-02"


def test_a_cell_cannot_smuggle_in_markup():
    assert brief("<script>") == "&lt;script&gt;"


def test_an_actor_is_named_without_his_prefix():
    with translation.override("en"):
        assert who("user:li.na") == "li.na"
        assert who("job:close_of_business") == "automatic"
        assert who("") == ""
