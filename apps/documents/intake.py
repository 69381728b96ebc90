"""Taking in a file 收件: what it is called, what it begins with and what it holds must agree; then it is remade (P61).

Only what was remade is kept: nothing a stranger wrote into a file survives but its pages or its pixels (P62).
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from threading import Lock

from apps.core.errors import refuse
from apps.core.files import MEGABYTE, check_size, extension_of, safe_name

from .remaking import REFUSED, SECONDS
from .states import MediaType

LARGEST = 10 * MEGABYTE
PROGRAM = Path(__file__).with_name("remaking.py")
JPEG_BEGINS, PNG_BEGINS, PDF_BEGINS = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-"
KINDS = {
    "pdf": ("pdf", PDF_BEGINS, MediaType.PDF),
    "jpg": ("jpeg", JPEG_BEGINS, MediaType.JPEG),
    "jpeg": ("jpeg", JPEG_BEGINS, MediaType.JPEG),
    "png": ("png", PNG_BEGINS, MediaType.PNG),
}
"""By the extension of the name: the parser, how such a file begins, and what is kept of it."""

_at_work = Lock()


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A file as it is kept; ``original_sha256`` is of the bytes that came in."""

    filename: str
    media_type: MediaType
    content: bytes
    original_sha256: str


def take_in(filename: str, content: bytes) -> TakenIn:
    """Look at a file and remake it.

    Refuses what is no JPEG, PNG or PDF by name, beginning and content alike, is empty or larger than 10 MB, has more
    than 40 million pixels or 100 pages, cannot be read to its end, and PDFs that are locked, run programs, embed files
    or unfold beyond measure.
    """
    extension = extension_of(filename, KINDS)
    check_size(BytesIO(content), LARGEST)
    parser, beginning, media_type = KINDS[extension]
    if not content.startswith(beginning):
        raise refuse("file_not_what_it_says", kind=extension)
    return TakenIn(safe_name(filename), media_type, _remade(parser, content), sha256(content).hexdigest())


def _remade(parser: str, content: bytes) -> bytes:
    """One at a time in each process: a picture of forty million pixels needs its room."""
    with _at_work:
        done = _run(parser, content)
    if done.returncode == REFUSED:
        code, params = json.loads(done.stderr)
        raise refuse(code, **params)
    if done.returncode or not done.stdout:
        raise refuse("document_broken")
    return done.stdout


def _run(parser: str, content: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            [sys.executable, "-I", str(PROGRAM), parser], input=content, capture_output=True, timeout=SECONDS, env={}
        )
    except subprocess.TimeoutExpired as error:
        raise refuse("document_broken") from error
