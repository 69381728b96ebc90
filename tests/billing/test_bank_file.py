"""Reading a bank's statement: what is right comes out, and every wrong cell is named."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.billing.bank_file import Line, parse
from apps.core.errors import SENTENCES

TODAY = date(2026, 11, 22)
CHINESE = "交易流水号,保单号,交易日期,金额,币种,付款人"
ENGLISH = "transaction_no,policy_no,paid_on,amount,currency,payer"
GOOD = "F001,P1,2026-11-20,1200.50,CNY,王小明"
LINE = Line(2, "F001", "P1", date(2026, 11, 20), Decimal("1200.50"), "CNY")


def faults(*lines: str, header: str = CHINESE) -> list[tuple[int, str, str]]:
    _, found = parse("\n".join([header, *lines]).encode(), TODAY)
    return [(fault.row, fault.column, fault.code) for fault in found]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("header", [CHINESE, ENGLISH])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_both_headers_and_the_usual_encodings_are_read(encoding, header, newline):
    assert parse(newline.join([header, GOOD, ""]).encode(encoding), TODAY) == ([LINE], [])


def test_columns_may_stand_in_any_order():
    lines, found = parse("金额,付款人,币种,保单号,交易日期,交易流水号\n1200.50,x,CNY,P1,20261120,F001".encode(), TODAY)
    assert (lines, found) == ([LINE], [])


@pytest.mark.parametrize("day", ["2026-11-20", "2026/11/20", "20261120"])
def test_dates_are_read_in_three_ways_of_writing(day):
    lines, _ = parse(f"{CHINESE}\nF001,P1,{day},1,CNY,".encode(), TODAY)
    assert lines[0].paid_on == date(2026, 11, 20)


def test_a_payment_without_a_policy_number_is_read_as_unidentified():
    lines, found = parse(f"{CHINESE}\nF001,,2026-11-20,5,CNY,".encode(), TODAY)
    assert (lines[0].policy_no, found) == ("", [])


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        (",P1,2026-11-20,1,CNY,", "交易流水号", "transaction_number_missing"),
        ("F" * 81 + ",P1,2026-11-20,1,CNY,", "交易流水号", "bank_text_too_long"),
        ("F1," + "P" * 33 + ",2026-11-20,1,CNY,", "保单号", "bank_text_too_long"),
        ("F1,P1,2026-02-30,1,CNY,", "交易日期", "bank_date_unreadable"),
        ("F1,P1,2026-11/20,1,CNY,", "交易日期", "bank_date_unreadable"),
        ("F1,P1,,1,CNY,", "交易日期", "bank_date_unreadable"),
        ("F1,P1,２０２６-11-20,1,CNY,", "交易日期", "bank_date_unreadable"),
        ("F1,P1,2026-11-23,1,CNY,", "交易日期", "value_date_in_future"),
        ("F1,P1,1996-11-20,1,CNY,", "交易日期", "value_date_too_old"),
        ("F1,P1,2026-11-20,,CNY,", "金额", "bank_amount_unreadable"),
        ("F1,P1,2026-11-20,1.005,CNY,", "金额", "bank_amount_unreadable"),
        ('F1,P1,2026-11-20,"1,200.00",CNY,', "金额", "bank_amount_unreadable"),
        ("F1,P1,2026-11-20,１２,CNY,", "金额", "bank_amount_unreadable"),
        ("F1,P1,2026-11-20,-5,CNY,", "金额", "bank_amount_unreadable"),
        ("F1,P1,2026-11-20,1e3,CNY,", "金额", "bank_amount_unreadable"),
        ("F1,P1,2026-11-20,0.00,CNY,", "金额", "amount_not_positive"),
        ("F1,P1,2026-11-20,1,RMB,", "币种", "bank_currency_unknown"),
        ("F1,P1,2026-11-20,1,CNY", "", "bank_line_length"),
    ],
)
def test_each_wrong_cell_is_named_with_row_and_column(line, column, code):
    assert faults(GOOD, line) == [(3, column, code)]


def test_all_wrong_cells_are_named_at_once_and_blank_lines_keep_their_number():
    assert faults("F1,P1,x,y,CNY,", "", "F2,P1,2026-11-20,1,?,") == [
        (2, "交易日期", "bank_date_unreadable"),
        (2, "金额", "bank_amount_unreadable"),
        (4, "币种", "bank_currency_unknown"),
    ]


def test_a_transaction_number_stands_once_in_a_file():
    _, found = parse("\n".join([CHINESE, GOOD, GOOD]).encode(), TODAY)
    assert [(fault.row, fault.code, fault.params["first"]) for fault in found] == [(3, "bank_ref_repeated", 2)]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (CHINESE.replace("金额", "数额"), [(1, "金额", "bank_column_missing"), (1, "数额", "bank_column_unknown")]),
        (
            ENGLISH.replace("payer", "amount"),
            [(1, "payer", "bank_column_missing"), (1, "amount", "bank_column_repeated")],
        ),
    ],
)
def test_a_wrong_header_is_named(header, expected):
    assert faults(GOOD, header=header) == expected


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "bank_file_empty"),
        (CHINESE.encode(), "bank_file_empty"),
        (b"\x89PNG\r\n\x1a\n\x00\xff\xff", "bank_file_not_text"),
        (f"{CHINESE}\nF1,P1\0".encode(), "bank_file_not_text"),
        (f'{CHINESE}\nF1,"P1'.encode(), "bank_file_not_csv"),
    ],
)
def test_what_is_no_such_file_is_refused_with_its_reason(content, code):
    lines, found = parse(content, TODAY)
    assert ([fault.code for fault in found], lines) == ([code], [])


@pytest.mark.promise("P53")
@given(st.text(max_size=20))
def test_the_payer_never_comes_out(payer):
    lines, found = parse(
        f'{CHINESE}\nF1,P1,2026-11-20,1,CNY,"王某{payer}'.replace("\0", "").encode(errors="ignore"), TODAY
    )
    assert "王某" not in repr((lines, found))


@given(st.binary(max_size=200))
def test_no_file_whatever_makes_the_reader_fail(content):
    lines, found = parse(content, TODAY)
    assert bool(lines) != bool(found)
    assert all(fault.code in SENTENCES for fault in found)
