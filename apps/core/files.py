"""Files that come in 来件文件: what they are called, what they begin with and what they hold must agree (P61).

A file is looked at before anything reads it: its kind by name must be asked for, its content must be of that kind all
the way through, and nothing in it may run, reach out or unfold beyond measure.
"""

import codecs
import hashlib
import os
import re
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import IO
from zipfile import BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext_lazy as _

from .errors import explain, refuse

MEGABYTE = 1 << 20
LARGEST = 20 * MEGABYTE
LARGEST_UNPACKED = 200 * MEGABYTE
MOST_PARTS = 2000
BLOCK = MEGABYTE
LONGEST_NAME = 200
ENCODINGS = ("utf-8-sig", "gb18030")
"""Of text files, tried in this order."""

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
NOT_TEXT = (ZIP, OLE, b"\xff\xfe", b"\xfe\xff", b"%PDF", b"{\\rtf", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf")
END_OF_ZIP, END_LENGTH = b"PK\x05\x06", 22
ENCRYPTED = 0x1
DECLARATIONS = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
OVERLAP = len(b"<!DOCTYPE")
EXTERNAL = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*TargetMode\s*=\s*[\"']External[\"'][^>]*>", re.IGNORECASE)
RUNS = ("vbaproject", "macrosheets/", "dialogsheets/", "activex/", "customui/")
REACHES_OUT = ("externallinks/", "connections.xml", "querytables/")
EMBEDS = ("embeddings/",)


class FileKind(StrEnum):
    """Kinds of files somebody may hand in, by their extension."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that is what it says. ``encoding`` is that of a text file."""

    name: str
    kind: FileKind
    size: int
    sha256: str
    encoding: str = ""


def accept(name: str, file: IO[bytes], *, kinds: Collection[FileKind], largest: int | None = LARGEST) -> Accepted:
    """Look at a file from beginning to end, and say what it is.

    Refuses a kind not asked for, what is empty or larger than ``largest`` bytes, what is of another kind than its name
    says, text in no known encoding, and spreadsheets that are locked, broken, unfold beyond measure, declare entities,
    or hold macros, links to other files or embedded objects.
    """
    kind = FileKind(extension_of(name, kinds))
    size = check_size(file, largest)
    encoding = CHECKS[kind](file)
    return Accepted(safe_name(name), kind, size, _digest(file), encoding)


def extension_of(name: str, kinds: Collection[str]) -> str:
    """What kind of file the name says it is; refuses a kind not asked for."""
    extension = PurePosixPath(name.strip().lower()).suffix.removeprefix(".")
    if extension not in kinds:
        raise refuse("file_type_refused", kinds=", ".join(kinds))
    return extension


def check_size(file: IO[bytes], largest: int | None) -> int:
    """The size in bytes; refuses what is empty or larger than ``largest``."""
    size = file.seek(0, os.SEEK_END)
    if largest is not None and size > largest:
        raise refuse("file_too_large", megabytes=largest // MEGABYTE)
    if not any(block.strip() for block in _blocks(file)):
        raise refuse("file_empty")
    return size


def safe_name(name: str) -> str:
    """The last part of the name, without control characters: it is shown and written, never used as a path."""
    last = re.split(r"[\\/]", name)[-1]
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", "", last).strip()[-LONGEST_NAME:]


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while block := file.read(BLOCK):
        yield block


def _digest(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    for block in _blocks(file):
        digest.update(block)
    return digest.hexdigest()


def _check_text(file: IO[bytes]) -> str:
    """The encoding of a text, all of it read."""
    file.seek(0)
    if file.read(8).startswith(NOT_TEXT) or any(b"\0" in block for block in _blocks(file)):
        raise refuse("file_not_what_it_says", kind=FileKind.CSV)
    for encoding in ENCODINGS:
        if _decodes(file, encoding):
            return encoding
    raise refuse("file_encoding_unknown")


def _decodes(file: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for block in _blocks(file):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _check_spreadsheet(file: IO[bytes]) -> str:
    file.seek(0)
    start = file.read(len(ZIP))
    if start == OLE:
        raise refuse("file_locked_or_old")
    if start != ZIP or _end(file) != END_OF_ZIP:
        raise refuse("file_not_what_it_says", kind=FileKind.XLSX)
    try:
        with ZipFile(file) as archive:
            _check_parts(archive.infolist())
            for part in archive.infolist():
                _check_part(archive, part)
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise refuse("file_broken") from error
    return ""


def _end(file: IO[bytes]) -> bytes:
    """Where an archive without comment ends: nothing may hang on behind it."""
    file.seek(-END_LENGTH, os.SEEK_END)
    return file.read(len(END_OF_ZIP))


def _check_parts(parts: list[ZipInfo]) -> None:
    names = [part.filename.lower() for part in parts]
    if len(names) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        raise refuse("file_unpacks_too_large")
    if any(part.flag_bits & ENCRYPTED for part in parts):
        raise refuse("file_locked_or_old")
    if any(".." in name or "\\" in name or name.startswith("/") for name in names) or len(set(names)) < len(names):
        raise refuse("file_broken")
    if not {"[content_types].xml", "xl/workbook.xml"} <= set(names):
        raise refuse("file_not_what_it_says", kind=FileKind.XLSX)
    for code, forbidden in (("file_has_macros", RUNS), ("file_links_out", REACHES_OUT), ("file_embeds", EMBEDS)):
        if any(word in name for name in names for word in forbidden):
            raise refuse(code)


def _check_part(archive: ZipFile, part: ZipInfo) -> None:
    """Unfold one part to its end; what its directory entry hides comes out here."""
    name, left, size = part.filename.lower(), b"", 0
    markup = name.endswith((".xml", ".rels"))
    with archive.open(part) as stream:
        while block := stream.read(BLOCK):
            size += len(block)
            if size > LARGEST_UNPACKED:
                raise refuse("file_unpacks_too_large")
            if markup and (
                DECLARATIONS.search(left + block) or (not left and block.startswith((b"\xff\xfe", b"\xfe\xff")))
            ):
                raise refuse("file_broken")
            left = block if name.endswith(".rels") or name == "[content_types].xml" else block[-OVERLAP:]
            if b"macroEnabled" in left:
                raise refuse("file_has_macros")
            if any(b"/hyperlink" not in link for link in EXTERNAL.findall(left)):
                raise refuse("file_links_out")


CHECKS: dict[FileKind, Callable[[IO[bytes]], str]] = {
    FileKind.CSV: _check_text,
    FileKind.XLSX: _check_spreadsheet,
}

explain(
    file_type_refused=_("Files of this kind are not accepted here. Hand in one of: {kinds}."),
    file_too_large=_("The file is larger than {megabytes} MB. Divide it."),
    file_empty=_("The file is empty."),
    file_not_what_it_says=_("The content is not that of a {kind} file, whatever the name says. Save it as one anew."),
    file_encoding_unknown=_("The file is neither UTF-8 nor GB18030 text. Save it as CSV (UTF-8)."),
    file_locked_or_old=_("The file is locked by a password, or of the old XLS kind. Save it as XLSX without one."),
    file_broken=_("The file is broken or made in an unusual way. Open it in a spreadsheet program and save it anew."),
    file_unpacks_too_large=_("The file unfolds to far more than its size. Save only the sheet that is needed."),
    file_has_macros=_("The file holds macros or controls. Save it as XLSX without them."),
    file_links_out=_("The file has links to other files or data sources. Break the links and save it anew."),
    file_embeds=_("The file holds embedded objects. Remove them and save it anew."),
)
