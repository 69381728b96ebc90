"""One cell becomes a value or says what is wrong with it."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.imports import cells
from apps.imports.cells import DateStyle, Wrong, date_parser


def why(parse, text: str) -> str:
    with pytest.raises(Wrong) as wrong:
        parse(text)
    return wrong.value.code


@pytest.mark.parametrize(
    ("style", "text"),
    [
        (DateStyle.ISO, "2026-03-09"),
        (DateStyle.SLASHED, "2026/3/9"),
        (DateStyle.SLASHED, "2026/03/09"),
        (DateStyle.COMPACT, "20260309"),
        (DateStyle.CHINESE, "2026年3月9日"),
    ],
)
def test_a_file_writes_its_dates_in_one_style(style, text):
    assert date_parser(style)(text) == date(2026, 3, 9)


@pytest.mark.parametrize("text", ["2026/03/09", "20260309", "9.3.2026", "2026-3-9", "2026-03-09 00:00", "46090"])
def test_a_date_in_another_style_is_refused(text):
    assert why(date_parser(DateStyle.ISO), text) == "import_date_style"


@pytest.mark.parametrize("text", ["2026-02-31", "2025-02-29", "2026-13-01", "0000-01-01"])
def test_a_day_that_does_not_exist_is_refused_as_such(text):
    assert why(date_parser(DateStyle.ISO), text) == "import_no_such_day"


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_day_is_read_back(day):
    assert date_parser(DateStyle.ISO)(day.isoformat()) == day


@given(st.decimals(min_value=Decimal("0.01"), max_value=Decimal("9999999999999999.99"), places=2))
def test_every_amount_is_read_back_exactly(amount):
    assert cells.amount(str(amount)) == amount


@pytest.mark.parametrize("text", ["1,234.50", "¥100", "1e3", "-5", "+5", "12.345", ".5", "1.", "NaN", "一百"])
def test_what_is_no_plain_amount_is_refused(text):
    assert why(cells.amount, text) == "import_not_an_amount"


@pytest.mark.parametrize("parse", [cells.amount, cells.share, cells.whole_number(1, 9), date_parser(DateStyle.ISO)])
def test_full_width_digits_are_named_as_such(parse):
    assert why(parse, "１２３") == "import_full_width"


def test_nothing_is_free_of_charge():
    assert why(cells.amount, "0.00") == "import_amount_zero"


@pytest.mark.parametrize("text", ["0", "1.5", "50%", "0.1234567"])
def test_a_share_is_a_fraction(text):
    assert why(cells.share, text) == "import_not_a_share"


@pytest.mark.parametrize("text", ["0", "7", "1.0", "-1", "one"])
def test_a_whole_number_lies_between_its_bounds(text):
    assert cells.whole_number(1, 6)("6") == 6
    assert why(cells.whole_number(1, 6), text) == "import_not_a_whole_number"


def test_a_text_is_one_line_of_bounded_length():
    assert cells.word(3)("王小二") == "王小二"
    assert cells.word(30)("Anna  Maria\u3000Li") == "Anna Maria Li"
    assert why(cells.word(3), "王小二三") == "import_text_too_long"
    assert why(cells.word(30), "王\n小二") == "import_control_character"


def test_a_closed_set_tells_what_it_knows():
    with pytest.raises(Wrong) as wrong:
        cells.one_of(("a", "b"))("c")
    assert wrong.value.params == {"allowed": "a, b"}
