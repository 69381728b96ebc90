"""Reading a bank's statement of payments 银行回盘文件: text in, lines out, or every wrong cell named.

CSV in UTF-8 (with or without mark) or GB18030; the header is the Chinese or the English one, in any order. The payer's
name is personal data and is not kept.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from apps.core.money import Currency

from .rules import check_value_date

COLUMNS = {
    "transaction_no": "交易流水号",
    "policy_no": "保单号",
    "paid_on": "交易日期",
    "amount": "金额",
    "currency": "币种",
    "payer": "付款人",
}
ENGLISH = {chinese: english for english, chinese in COLUMNS.items()}
ENCODINGS = ("utf-8-sig", "gb18030")
AMOUNT = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,2})?")
DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})-|/([0-9]{2})/|([0-9]{2}))([0-9]{2})")
LONGEST = {"transaction_no": 80, "policy_no": 32}


@dataclass(frozen=True, slots=True)
class Line:
    """One payment: where it stands in the file, and what it says. ``policy_no`` may be empty: unidentified money."""

    row: int
    transaction_no: str
    policy_no: str
    paid_on: date
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong cell: row (the header is row 1), column as the file names it, a stable code and its parameters."""

    row: int
    column: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class Unreadable(ValueError):
    """A cell that cannot be read: why, and the value where it is not personal."""

    def __init__(self, code: str, **params: Any) -> None:
        self.code, self.params = code, params
        super().__init__(code)


def parse(content: bytes, today: date) -> tuple[list[Line], list[Fault]]:
    """The lines of a file and all its faults; a file with faults is not to be posted."""
    text = _decode(content)
    if text is None:
        return [], [Fault(1, "", "bank_file_not_text")]
    try:
        rows = [(number, row) for number, row in enumerate(csv.reader(text.splitlines(), strict=True), 1) if any(row)]
    except csv.Error as error:
        return [], [Fault(1, "", "bank_file_not_csv", {"problem": str(error)})]
    if not rows:
        return [], [Fault(1, "", "bank_file_empty")]
    header = [cell.strip() for cell in rows[0][1]]
    if faults := list(_check_header(header)):
        return [], faults
    if len(rows) == 1:
        return [], [Fault(1, "", "bank_file_empty")]
    return _read_lines(header, rows[1:], today)


def _decode(content: bytes) -> str | None:
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def _check_header(header: Sequence[str]) -> Iterator[Fault]:
    names = [ENGLISH.get(name, name) for name in header]
    chinese = any(name in ENGLISH for name in header)
    for name, label in COLUMNS.items():
        if name not in names:
            yield Fault(1, label if chinese else name, "bank_column_missing")
    for position, name in enumerate(names):
        if name not in COLUMNS:
            yield Fault(1, header[position], "bank_column_unknown")
        elif name in names[:position]:
            yield Fault(1, header[position], "bank_column_repeated")


def _read_lines(
    header: Sequence[str], rows: Sequence[tuple[int, list[str]]], today: date
) -> tuple[list[Line], list[Fault]]:
    lines: list[Line] = []
    faults: list[Fault] = []
    first_row: dict[str, int] = {}
    labels = {ENGLISH.get(name, name): name for name in header}
    for number, cells in rows:
        if len(cells) != len(header):
            faults.append(Fault(number, "", "bank_line_length", {"found": len(cells), "expected": len(header)}))
            continue
        values, wrong = _read_cells(dict(zip(labels, cells, strict=True)), today)
        ref = values.get("transaction_no", "")
        if ref and (first := first_row.setdefault(ref, number)) != number:
            wrong["transaction_no"] = Unreadable("bank_ref_repeated", value=ref, first=first)
        faults += [Fault(number, labels[name], why.code, why.params) for name, why in wrong.items()]
        if not wrong:
            lines.append(Line(number, **values))
    return lines, faults


def _read_cells(cells: Mapping[str, str], today: date) -> tuple[dict[str, Any], dict[str, Unreadable]]:
    values: dict[str, Any] = {}
    wrong: dict[str, Unreadable] = {}
    for name, read in READERS.items():
        try:
            values[name] = read(cells[name].strip())
        except Unreadable as why:
            wrong[name] = why
    if "paid_on" in values and (refusal := check_value_date(values["paid_on"], today)):
        wrong["paid_on"] = Unreadable(refusal.code, **refusal.params)
    return values, wrong


def _transaction_no(text: str) -> str:
    if not text:
        raise Unreadable("transaction_number_missing")
    return _short(text, LONGEST["transaction_no"])


def _policy_no(text: str) -> str:
    return _short(text, LONGEST["policy_no"])


def _short(text: str, longest: int) -> str:
    if len(text) > longest:
        raise Unreadable("bank_text_too_long", longest=longest)
    return text


def _day(text: str) -> date:
    match = DATE.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        year, dashed, slashed, plain, day = match.groups()
        return date(int(year), int(dashed or slashed or plain), int(day))
    except ValueError:
        raise Unreadable("bank_date_unreadable", value=text) from None


def _amount(text: str) -> Decimal:
    if not AMOUNT.fullmatch(text):
        raise Unreadable("bank_amount_unreadable", value=text)
    if not (amount := Decimal(text)):
        raise Unreadable("amount_not_positive", amount=text)
    return amount


def _currency(text: str) -> str:
    if text not in set(Currency):
        raise Unreadable("bank_currency_unknown", value=text)
    return text


READERS = {
    "transaction_no": _transaction_no,
    "policy_no": _policy_no,
    "paid_on": _day,
    "amount": _amount,
    "currency": _currency,
}
