"""A file becomes rows of text, or says why it cannot."""

from pathlib import Path

import pytest

from apps.core.errors import Refused
from apps.core.sheets import write_xlsx
from apps.imports.faults import Faults
from apps.imports.reading import open_file, rows

COLUMNS = ("保单号", "姓名")
TEXT = '保单号,姓名\nP1,王䶮\nP2,"李,四"\n'


def read(path: Path, columns=COLUMNS) -> tuple[list, Faults]:
    faults = Faults()
    return list(rows(open_file(path), columns, faults)), faults


def a_file(tmp_path: Path, content: bytes | str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "book.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def codes(faults: Faults) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.column, fault.code) for fault in faults.named]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_read_whatever_its_encoding(tmp_path, encoding):
    found, faults = read(a_file(tmp_path, TEXT, encoding))
    assert found == [(2, {"保单号": "P1", "姓名": "王䶮"}), (3, {"保单号": "P2", "姓名": "李,四"})]
    assert not faults.total


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b" \r\n", "file_empty"),
        (b"PK\x03\x04 a spreadsheet under the name of a CSV", "file_not_what_it_says"),
        (TEXT.encode("utf-16"), "file_not_what_it_says"),
        (b"a,b\n\x001,2\n", "file_not_what_it_says"),
        ("保单号,姓名\nP1,王".encode("gb18030")[:-1] + b"\xff\n", "file_encoding_unknown"),
    ],
)
def test_what_is_no_csv_text_is_refused(tmp_path, content, code):
    with pytest.raises(Refused) as refused:
        open_file(a_file(tmp_path, content))
    assert refused.value.code == code


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(Refused) as refused:
        open_file(tmp_path / "nowhere.csv")
    assert refused.value.code == "import_file_missing"


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        ("保单号,姓名,姓名", (1, "姓名", "import_column_twice")),
        ("保单号,姓名,备注", (1, "备注", "import_column_unknown")),
        ("保单号", (1, "姓名", "import_column_missing")),
    ],
)
def test_the_header_must_be_exactly_the_mappings_columns(tmp_path, header, fault):
    found, faults = read(a_file(tmp_path, f"{header}\n1,2,3\n"))
    assert found == []
    assert codes(faults) == [fault]


def test_columns_may_stand_in_any_order(tmp_path):
    found, faults = read(a_file(tmp_path, "姓名,保单号\n张三,P1\n"))
    assert found == [(2, {"姓名": "张三", "保单号": "P1"})]
    assert not faults.total


def test_a_row_of_another_length_is_named_and_the_rest_is_read(tmp_path):
    found, faults = read(a_file(tmp_path, "保单号,姓名\nP1\nP2,李四,x\nP3,王五\n"))
    assert [number for number, _cells in found] == [4]
    assert codes(faults) == [(2, "", "import_row_length"), (3, "", "import_row_length")]


def test_an_open_quote_is_named(tmp_path):
    _found, faults = read(a_file(tmp_path, '保单号,姓名\nP1,"张三\nP2,李四\n'))
    assert [code for _row, _column, code in codes(faults)] == ["sheet_row_broken"]


def test_rows_with_nothing_in_them_are_passed_over(tmp_path):
    found, faults = read(a_file(tmp_path, "保单号,姓名\n\n,\nP1,张三\n"))
    assert len(found) == 1
    assert not faults.total


def test_a_spreadsheet_is_read_as_a_text_is(tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes(write_xlsx({"a": [COLUMNS, ("P1", "王䶮"), ("", ""), ("P2", "李,四")]}))
    found, faults = read(path)
    assert found == [(2, {"保单号": "P1", "姓名": "王䶮"}), (4, {"保单号": "P2", "姓名": "李,四"})]
    assert not faults.total


def test_another_byte_makes_another_digest(tmp_path):
    first = open_file(a_file(tmp_path, TEXT)).sha256
    assert open_file(a_file(tmp_path, TEXT)).sha256 == first
    assert open_file(a_file(tmp_path, TEXT + " ")).sha256 != first
