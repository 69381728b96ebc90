"""Only what we accept gets in (P61): by name, by what it begins with, and by what it holds to its end."""

import io
import zipfile
from collections.abc import Callable

import pytest
from openpyxl import Workbook

from apps.core.errors import Refused
from apps.core.files import LARGEST_UNPACKED, FileKind, accept
from apps.core.sheets import read_lines, write_csv, write_xlsx

CSV_TEXT = "保单号,姓名\nP1,王䶮\n".encode()
PDF = b"%PDF-1.7\n1 0 obj<</JS(app.alert(1))>>endobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def a_sheet() -> bytes:
    return write_xlsx({"a": [["保单号", "姓名"], ["P1", "王䶮"]]})


def changed(change: Callable[[dict[str, bytes]], None]) -> bytes:
    """A sound spreadsheet with other parts."""
    with zipfile.ZipFile(io.BytesIO(a_sheet())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def with_part(name: str, content: bytes = b"x") -> bytes:
    return changed(lambda parts: parts.update({name: content}))


def with_text(name: str, old: bytes, new: bytes) -> bytes:
    def change(parts: dict[str, bytes]) -> None:
        assert old in parts[name]
        parts[name] = parts[name].replace(old, new, 1)

    return changed(change)


def marked_as_locked() -> bytes:
    """Every entry says it is encrypted."""
    content = bytearray(a_sheet())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := content.find(mark, start)) >= 0:
            content[start + flags] |= 1
            start += 4
    return bytes(content)


def twice_the_same_name() -> bytes:
    content = io.BytesIO(a_sheet())
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(content, "a") as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
    return content.getvalue()


def xlsx_bomb() -> bytes:
    return with_part("xl/media/zeros.bin", b"\0" * (LARGEST_UNPACKED + 1))


def far_corner() -> bytes:
    """Two cells, the second as far away as a sheet goes."""
    book = Workbook()
    book.active["A1"], book.active["XFD1048576"] = "保单号", "x"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


RELATIONS = "xl/_rels/workbook.xml.rels"
LINK_OUT = b'<Relationship Id="rId99" Type="http://x/image" Target="http://evil.example/x" TargetMode="External"/>'
ENTITY = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'

HOSTILE = {
    "an executable": ("book.exe", lambda: b"MZ", "file_type_refused"),
    "an svg": ("book.svg", lambda: b"<svg onload='alert(1)'/>", "file_type_refused"),
    "no extension": ("book", lambda: CSV_TEXT, "file_type_refused"),
    "a double extension": ("book.csv.exe", lambda: CSV_TEXT, "file_type_refused"),
    "a macro workbook by name": ("book.xlsm", a_sheet, "file_type_refused"),
    "an old workbook by name": ("book.xls", lambda: OLE, "file_type_refused"),
    "a name of dots": ("../../.csv/..", lambda: CSV_TEXT, "file_type_refused"),
    "an empty file": ("book.csv", lambda: b"", "file_empty"),
    "blanks alone": ("book.csv", lambda: b" \r\n\t", "file_empty"),
    "an empty spreadsheet": ("book.xlsx", lambda: b"", "file_empty"),
    "too large a file": ("book.csv", lambda: b"a," * (11 << 20), "file_too_large"),
    "a PDF as csv": ("book.csv", lambda: PDF, "file_not_what_it_says"),
    "a PDF as xlsx": ("book.xlsx", lambda: PDF, "file_not_what_it_says"),
    "a picture as csv": ("book.csv", lambda: PNG, "file_not_what_it_says"),
    "a spreadsheet as csv": ("book.csv", a_sheet, "file_not_what_it_says"),
    "a csv as xlsx": ("book.xlsx", lambda: CSV_TEXT, "file_not_what_it_says"),
    "utf-16 as csv": ("book.csv", lambda: "保单号\n".encode("utf-16"), "file_not_what_it_says"),
    "a csv with NUL": ("book.csv", lambda: b"a,b\n\0,1\n", "file_not_what_it_says"),
    "gzip as csv": ("book.csv", lambda: b"\x1f\x8b\x08\x00abc", "file_not_what_it_says"),
    "an encoding nobody knows": (
        "book.csv",
        lambda: "保单".encode("gb18030")[:-1] + b"\xff\n",
        "file_encoding_unknown",
    ),
    "a locked or old workbook": ("book.xlsx", lambda: OLE, "file_locked_or_old"),
    "a zip with a password": ("book.xlsx", marked_as_locked, "file_locked_or_old"),
    "half a workbook": ("book.xlsx", lambda: a_sheet()[:900], "file_not_what_it_says"),
    "something behind the archive": ("book.xlsx", lambda: a_sheet() + b"<script>", "file_not_what_it_says"),
    "something before the archive": ("book.xlsx", lambda: PDF + a_sheet(), "file_not_what_it_says"),
    "a zip that is no workbook": (
        "book.xlsx",
        lambda: changed(lambda parts: parts.pop("xl/workbook.xml")),
        "file_not_what_it_says",
    ),
    "a damaged part": ("book.xlsx", lambda: a_sheet().replace(a_sheet()[60:64], b"\0\0\0\0", 1), "file_broken"),
    "a bomb": ("book.xlsx", xlsx_bomb, "file_unpacks_too_large"),
    "too many parts": (
        "book.xlsx",
        lambda: changed(lambda parts: parts.update({f"x/{n}": b"" for n in range(2001)})),
        "file_unpacks_too_large",
    ),
    "a path upwards": ("book.xlsx", lambda: with_part("../../etc/passwd"), "file_broken"),
    "an absolute path": ("book.xlsx", lambda: with_part("/etc/passwd"), "file_broken"),
    "a part twice": ("book.xlsx", twice_the_same_name, "file_broken"),
    "an entity": (
        "book.xlsx",
        lambda: with_text("xl/workbook.xml", b"<workbook", ENTITY + b"<workbook"),
        "file_broken",
    ),
    "an entity in utf-16": (
        "book.xlsx",
        lambda: with_part("xl/x.xml", ENTITY.decode().encode("utf-16")),
        "file_broken",
    ),
    "a macro": ("book.xlsx", lambda: with_part("xl/vbaProject.bin"), "file_has_macros"),
    "an old macro sheet": ("book.xlsx", lambda: with_part("xl/macrosheets/sheet1.xml"), "file_has_macros"),
    "a control": ("book.xlsx", lambda: with_part("xl/activeX/activeX1.xml"), "file_has_macros"),
    "a macro type": (
        "book.xlsx",
        lambda: with_text("[Content_Types].xml", b"sheet.main+xml", b"sheet.macroEnabled.main+xml"),
        "file_has_macros",
    ),
    "a link to another book": ("book.xlsx", lambda: with_part("xl/externalLinks/externalLink1.xml"), "file_links_out"),
    "a connection": ("book.xlsx", lambda: with_part("xl/connections.xml"), "file_links_out"),
    "a picture from outside": (
        "book.xlsx",
        lambda: with_text(RELATIONS, b"</Relationships>", LINK_OUT + b"</Relationships>"),
        "file_links_out",
    ),
    "an embedded object": ("book.xlsx", lambda: with_part("xl/embeddings/oleObject1.bin"), "file_embeds"),
    "a cell at the end of the world": ("book.xlsx", far_corner, "sheet_too_large"),
}


def read(name: str, content: bytes) -> list[list[str]]:
    file = io.BytesIO(content)
    return [line.cells for line in read_lines(accept(name, file, kinds=[*FileKind]), file)]


@pytest.mark.promise("P61")
@pytest.mark.parametrize(("name", "make", "code"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_refused_by_its_code(name, make, code):
    with pytest.raises(Refused) as refused:
        read(name, make())
    assert refused.value.code == code


@pytest.mark.parametrize(("name", "content"), [("b.csv", CSV_TEXT), ("b.CSV", CSV_TEXT), ("b.xlsx", a_sheet())])
def test_what_is_sound_is_read(name, content):
    assert read(name, content) == [["保单号", "姓名"], ["P1", "王䶮"]]


def test_a_virus_signature_in_a_text_is_text():
    assert read("b.csv", EICAR) == [[EICAR.decode()]]


@pytest.mark.parametrize("name", ["../../../etc/passwd.csv", "C:\\x\\passwd.csv", "\u202epasswd.csv", "a\npasswd.csv"])
def test_a_name_loses_its_path_and_its_tricks(name):
    assert accept(name, io.BytesIO(CSV_TEXT), kinds=[*FileKind]).name.removeprefix("a") == "passwd.csv"


def test_a_kind_not_asked_for_is_refused():
    with pytest.raises(Refused, match="csv"):
        accept("b.xlsx", io.BytesIO(a_sheet()), kinds=[FileKind.CSV])


class TestCells:
    def lines(self, fill: Callable) -> list:
        book = Workbook()
        fill(book)
        content = io.BytesIO()
        book.save(content)
        content.seek(0)
        return list(read_lines(accept("b.xlsx", content, kinds=[*FileKind]), content))

    def test_a_formula_an_error_and_a_long_number_are_named_at_their_cells(self):
        def fill(book: Workbook) -> None:
            book.active.append(["a", "b", "c", "d"])
            book.active.append(["=1+1", "#N/A", 110105198605170029, "x"])

        [_header, line] = self.lines(fill)
        assert line.cells == ["", "", "", "x"]
        assert [code for code, _params in line.problems.values()] == [
            *("sheet_formula", "sheet_error_value", "sheet_number_too_long")
        ]

    def test_numbers_and_dates_are_read_as_a_person_sees_them(self):
        from datetime import date, datetime

        def fill(book: Workbook) -> None:
            book.active.append(["a"] * 7)
            book.active.append(
                [date(2024, 3, 1), datetime.fromisoformat("2024-03-01 09:30"), 20240301, 1234.5, 0.1 + 0.2, 1e-7, True]
            )

        assert self.lines(fill)[1].cells == [
            *("2024-03-01", "2024-03-01 09:30:00", "20240301", "1234.5", "0.3", "0.0000001", "TRUE")
        ]

    def test_rows_are_as_wide_as_the_header_and_a_hidden_sheet_is_passed_over(self):
        def fill(book: Workbook) -> None:
            book.active.sheet_state = "hidden"
            sheet = book.create_sheet("b")
            for row in (["a", "b", None], ["1"], [], ["1", None, "z"]):
                sheet.append(row)

        assert [line.cells for line in self.lines(fill)] == [["a", "b"], ["1", ""], ["", ""], ["1", "", "z"]]


FORMULAS = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠x", "=HYPERLINK(1)", "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("text", [*FORMULAS, "'=1", "'", "plain", "+8613800138000"])
def test_what_we_write_is_no_formula_and_is_read_back_as_it_was(text):
    lines = [["a", "b"], [text, "x"]]
    written = write_csv(lines)
    if text.strip("\t\r")[:1] in "=+-@＝＋－＠":
        assert f"'{text}".encode() in written
    assert read("b.csv", written) == lines
    shown = text.replace("\r", "\n")
    if not text.startswith(("\t", "\r")):
        assert read("b.xlsx", write_xlsx({"a": lines})) == [["a", "b"], [shown, "x"]]


def test_what_a_spreadsheet_cannot_hold_is_left_out():
    content = write_xlsx({"List": [["Name"], ["a\x01b"]]})
    book = io.BytesIO(content)
    lines = read_lines(accept("b.xlsx", book, kinds=[*FileKind]), book)
    assert [line.cells for line in lines] == [["Name"], ["ab"]]
