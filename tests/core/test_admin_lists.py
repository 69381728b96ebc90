"""What lists and values of the staff's pages promise, without a page."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.http import QueryDict
from django.utils import translation

from apps.core.admin.lists import LAST_PAGE, MOST_COUNTED, Choice, Listing
from apps.core.admin.show import brief, day, in_wan, money, who


class Rows:
    """A queryset's few words that a list uses, over a million rows that are never made."""

    def __init__(self, count: int) -> None:
        self.total, self.asked = count, []

    def order_by(self, *fields: str) -> "Rows":
        return self

    def __getitem__(self, part: slice) -> "Rows":
        self.asked.append((part.start or 0, part.stop))
        return Rows(max(min(self.total, part.stop) - (part.start or 0), 0))

    def count(self) -> int:
        return self.total

    def __iter__(self):
        return iter(())


def listing(query: str, rows: Rows) -> Listing:
    page = SimpleNamespace(filters=[], order=["-pk"], columns=[], visible=lambda request: rows)
    return Listing(SimpleNamespace(GET=QueryDict(query)), page)


def test_a_million_rows_are_counted_to_ten_thousand_and_paged_to_two_hundred():
    rows = Rows(1_000_000)
    found = listing("page=99999999", rows)
    assert (found.count, found.uncounted, found.pages, found.number) == (MOST_COUNTED, True, LAST_PAGE, LAST_PAGE)
    assert list(found.objects) == []
    assert max(stop for _start, stop in rows.asked) <= MOST_COUNTED
    assert found.next == ""


@pytest.mark.parametrize("asked", ["", "0", "-3", "abc", "1e3", "²", "9" * 40, "1\x00"])
def test_an_odd_page_number_is_the_first_page(asked):
    assert listing(f"page={asked}", Rows(120)).number == 1


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
