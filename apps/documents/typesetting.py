"""Typesetting 排版: numbered documents set by typst from versioned templates, values in, a PDF out.

A template is a folder ``templates/documents/<name>.<version>`` with a ``main.typ``. It never changes once a document
was written with it; another look is another version. Values reach it as JSON, so that none is ever read as markup.
Nothing but our own font is used and nothing but the values goes in: the same values give the same bytes, as PDF/A-2b
for the archive.
"""

import json
import struct
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

import typst
from django.conf import settings

from apps.core.errors import Refusal, Refused

TEMPLATES = settings.BASE_DIR / "templates" / "documents"
FONTS = Path(__file__).with_name("fonts")
FONT = FONTS / "NotoSerifSC-Regular.ttf"
SPACING = frozenset(" \n\u3000")
MOST_SHOWN = 8

_at_work = Lock()


def typeset(template: str, values: Mapping[str, Any]) -> bytes:
    """The PDF of a template with these values; refuses characters the font has no sign for.

    The template is handed ``digest`` too, the SHA-256 of template and values, which it prints at its foot.
    """
    if missing := sorted({char for text in _texts(values) for char in text} - SPACING - signs()):
        shown = " ".join(f"{char} (U+{ord(char):04X})" for char in missing[:MOST_SHOWN])
        raise Refused(Refusal("document_glyph_missing", {"characters": shown}))
    told = json.dumps(values, ensure_ascii=False, sort_keys=True)
    digest = sha256(f"{template}\n{told}".encode()).hexdigest()
    inputs = {"values": told, "digest": digest}
    with _at_work:
        made = _compiler().compile(
            str(TEMPLATES / template / "main.typ"), format="pdf", sys_inputs=inputs, pdf_standards="a-2b"
        )
    assert isinstance(made, bytes)  # as asked: one PDF, not pictures of pages
    return made


@cache
def _compiler() -> typst.Compiler:
    """One for the process: it keeps the font in mind."""
    return typst.Compiler(root=str(TEMPLATES), font_paths=[str(FONTS)], ignore_system_fonts=True)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


@cache
def signs() -> frozenset[str]:
    """The characters the font has a sign for: the groups of its ``cmap`` table of format 12 (OpenType)."""
    font = FONT.read_bytes()
    (tables,) = struct.unpack_from(">H", font, 4)
    records = (struct.unpack_from(">4sLLL", font, 12 + 16 * index) for index in range(tables))
    cmap = next(offset for tag, _checksum, offset, _length in records if tag == b"cmap")
    (subtables,) = struct.unpack_from(">H", font, cmap + 2)
    offsets = [cmap + struct.unpack_from(">HHL", font, cmap + 4 + 8 * index)[2] for index in range(subtables)]
    full = next(offset for offset in offsets if struct.unpack_from(">H", font, offset) == (12,))
    (groups,) = struct.unpack_from(">L", font, full + 12)
    spans = (struct.unpack_from(">LLL", font, full + 16 + 12 * index) for index in range(groups))
    return frozenset(chr(code) for first, last, _glyph in spans for code in range(first, last + 1))
