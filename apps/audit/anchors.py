"""Anchors 锚点: the heads of the chains, signed and written down outside the database (P38).

A chain cut off at its end still looks whole from inside. The anchor file says how long it has been.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

from apps.core import clock, pulses

from .models import Block
from .states import Stream


@dataclass(frozen=True)
class Anchor:
    """One head as it stood: block ``number`` of a chain had this hash."""

    stream: str
    number: int
    hash: str
    at: str
    signature: str = ""

    def signed(self) -> "Anchor":
        return Anchor(self.stream, self.number, self.hash, self.at, self._sign())

    def is_genuine(self) -> bool:
        return hmac.compare_digest(self.signature, self._sign())

    def _sign(self) -> str:
        text = f"{self.stream} {self.number} {self.hash} {self.at}"
        return hmac.new(settings.ANCHOR_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def anchor() -> list[Anchor]:
    """Append the present heads to ``ANCHOR_FILE``; nothing if no file is set."""
    if not settings.ANCHOR_FILE:
        return []
    at = clock.now().isoformat(timespec="seconds")
    heads = [Block.objects.filter(stream=stream).order_by("number").defer("rows").last() for stream in Stream]
    anchors = [
        Anchor(head.stream, head.number, bytes(head.hash).hex(), at).signed() for head in heads if head is not None
    ]
    _append(Path(settings.ANCHOR_FILE), "".join(json.dumps(asdict(one)) + "\n" for one in anchors))
    pulses.give(pulses.ANCHOR)
    return anchors


def read(path: Path) -> Iterator[Anchor | None]:
    """The anchors of a file, in order; None for a line that is none."""
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield Anchor(**json.loads(line))
        except (ValueError, TypeError):
            yield None


def _append(path: Path, text: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, text.encode())
        os.fsync(file)
    finally:
        os.close(file)
