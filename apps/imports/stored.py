"""Stored files 暂存文件: the lines of an upload, sealed in parts, read back with the corrections over them."""

import json
import uuid
import zlib
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Iterator
from hashlib import sha256
from itertools import islice

from apps.core.sheets import Line
from apps.core.staging import chunks
from apps.parties import vault

from .models import Correction, Upload, UploadPart
from .reading import HEADER_ROW, BookFile
from .states import Mode

LINES_A_PART = 1000
"""And rows a commit, when they come in row by row."""

Corrections = dict[int, dict[str, str]]
"""What was written in the place of cells, by row and column."""


def keep(upload: Upload, lines: Iterable[Line]) -> None:
    """Seal the lines below the header, a part at a time."""
    for chunk in chunks(lines, LINES_A_PART):
        _part(upload, chunk).save(force_insert=True)


def _part(upload: Upload, lines: list[Line]) -> UploadPart:
    public_id = uuid.uuid4()
    packed = [(line.number, line.cells, list(line.problems.items())) for line in lines]
    text = b64encode(zlib.compress(json.dumps(packed, ensure_ascii=False).encode())).decode()
    return UploadPart(
        public_id=public_id,
        upload=upload,
        first_row=lines[0].number,
        last_row=lines[-1].number,
        content=vault.seal(UploadPart, "content", public_id, text),
    )


def open_upload(upload: Upload) -> BookFile:
    """The upload as a file: what its cells say now. Corrected or taken in by rows, it is not the file that came."""
    corrections = corrections_of(upload)
    digest = upload.file_sha256
    if corrections or upload.mode == Mode.EACH:
        digest = sha256(f"{upload.public_id}/{digest}".encode()).hexdigest()
    return BookFile(upload.file_name, digest, lambda: _lines(upload, corrections))


def _lines(upload: Upload, corrections: Corrections) -> Iterator[Line]:
    yield Line(HEADER_ROW, upload.columns)
    yield from all_lines(upload, corrections)


def all_lines(upload: Upload, corrections: Corrections | None = None) -> Iterator[Line]:
    """The lines below the header, corrected if asked."""
    for part in upload.parts.order_by("first_row").iterator(chunk_size=4):
        yield from lines_of(part, upload, corrections or {})


def first_lines(upload: Upload, most: int) -> list[Line]:
    """The first lines below the header, as they came."""
    return list(islice(all_lines(upload), most))


def lines_of(part: UploadPart, upload: Upload, corrections: Corrections) -> Iterator[Line]:
    """The lines of one part, corrected."""
    return (_corrected(line, upload, corrections) for line in _open(part))


def lines_at(upload: Upload, numbers: Collection[int]) -> dict[int, Line]:
    """Some lines by their row, corrected: as few parts are opened as hold them."""
    found: dict[int, Line] = {}
    corrections = corrections_of(upload)
    bounds = upload.parts.order_by("first_row").values_list("pk", "first_row", "last_row")
    held = [pk for pk, first, last in bounds if any(first <= number <= last for number in numbers)]
    for part in UploadPart.objects.filter(pk__in=held):
        for line in _open(part):
            if line.number in numbers:
                found[line.number] = _corrected(line, upload, corrections)
    return found


def _open(part: UploadPart) -> Iterator[Line]:
    text = vault.open_sealed(UploadPart, "content", part.public_id, part.content)
    for number, cells, problems in json.loads(zlib.decompress(b64decode(text))):
        yield Line(number, cells, {position: (code, params) for position, (code, params) in problems})


def _corrected(line: Line, upload: Upload, corrections: Corrections) -> Line:
    if line.number not in corrections:
        return line
    cells, problems = list(line.cells), dict(line.problems)
    for column, value in corrections[line.number].items():
        position = upload.columns.index(column)
        cells[position] = value
        problems.pop(position, None)
    return Line(line.number, cells, problems)


def corrections_of(upload: Upload) -> Corrections:
    found: Corrections = {}
    for each in Correction.objects.filter(upload=upload):
        value = vault.open_sealed(Correction, "value", each.public_id, each.value)
        found.setdefault(each.row, {})[each.column] = value
    return found
