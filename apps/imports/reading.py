"""Reading 读取: a CSV file as rows of text, whatever its encoding. Knows nothing of policies."""

import codecs
import csv
import hashlib
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from apps.core.errors import refuse

from .faults import Faults

ENCODINGS = ("utf-8-sig", "gb18030")
NOT_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\xff\xfe", b"\xfe\xff", b"%PDF")
HEADER_ROW = 1
BLOCK = 1 << 20

Cells = dict[str, str]


@dataclass(frozen=True)
class BookFile:
    """A file as found: its digest tells whether it was here before."""

    path: Path
    sha256: str
    encoding: str


def open_file(path: Path) -> BookFile:
    """Find digest and encoding: UTF-8 with or without byte order mark, else GB18030.

    Refuses a file that is missing, empty, of another kind (a spreadsheet under the name of a CSV), or in neither
    encoding.
    """
    if not path.is_file():
        raise refuse("import_file_missing", file=str(path))
    with path.open("rb") as file:
        start = file.read(BLOCK)
    if not start.strip():
        raise refuse("import_file_empty")
    if start.startswith(NOT_TEXT) or b"\0" in start:
        raise refuse("import_not_a_csv")
    for encoding in ENCODINGS:
        if digest := _digest_if(path, encoding):
            return BookFile(path, digest, encoding)
    raise refuse("import_encoding_unknown")


def _digest_if(path: Path, encoding: str) -> str:
    """The digest of a file that is text in this encoding; nothing if it is not."""
    decoder, digest = codecs.getincrementaldecoder(encoding)(), hashlib.sha256()
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK):
                decoder.decode(block)
                digest.update(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return ""
    return digest.hexdigest()


def rows(file: BookFile, columns: Collection[str], faults: Faults) -> Iterator[tuple[int, Cells]]:
    """The rows as ``(row number, cells by header)``; rows with nothing in them are passed over.

    The header must hold exactly ``columns``, each once, in any order. Notes a header that does not, a row of another
    length, and quotes that do not close; after the first and the last of these nothing more can be read.
    """
    with file.path.open(encoding=file.encoding, newline="") as text:
        lines = csv.reader(text, strict=True)
        try:
            header = [name.strip() for name in next(lines)]
            if not _header_fits(header, columns, faults):
                return
            for number, cells in enumerate(lines, HEADER_ROW + 1):
                if len(cells) == len(header):
                    if any(cells):
                        yield number, dict(zip(header, cells, strict=True))
                elif any(cells):
                    faults.add(number, "", "import_row_length", expected=len(header), found=len(cells))
        except csv.Error as error:
            faults.add(lines.line_num, "", "import_row_broken", problem=str(error))


def _header_fits(header: list[str], columns: Collection[str], faults: Faults) -> bool:
    before = faults.total
    for name, times in Counter(header).items():
        if times > 1:
            faults.add(HEADER_ROW, name, "import_column_twice", column=name)
        if name not in columns:
            faults.add(HEADER_ROW, name, "import_column_unknown", column=name)
    for name in columns:
        if name not in header:
            faults.add(HEADER_ROW, name, "import_column_missing", column=name)
    return faults.total == before
