"""Anchors 锚点: the heads of the chains, signed and written down outside the database (P38).

A chain cut off at its end still looks whole from inside. The anchor file says how long it has been. A restore to an
earlier moment cuts the chain off as well: it is told from a theft by a mark in the file, signed as the anchors are.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from django.conf import settings
from django.db import transaction

from apps.core import clock, pulses
from apps.core.context import Context
from apps.core.errors import refuse

from . import events
from . import services as audit
from .models import Block
from .states import Stream


@dataclass(frozen=True)
class Anchor:
    """One head as it stood: block ``number`` of a chain had this hash.

    ``restored`` marks a restore: what was anchored before and lies behind this head was given up, knowingly.
    """

    stream: str
    number: int
    hash: str
    at: str
    signature: str = ""
    restored: bool = False

    def signed(self) -> "Anchor":
        return replace(self, signature=self._sign())

    def is_genuine(self) -> bool:
        return hmac.compare_digest(self.signature, self._sign())

    def _sign(self) -> str:
        text = f"{self.stream} {self.number} {self.hash} {self.at}" + " restored" * self.restored
        return hmac.new(settings.ANCHOR_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def anchor() -> list[Anchor]:
    """Append the present heads to ``ANCHOR_FILE``; nothing if no file is set."""
    if not settings.ANCHOR_FILE:
        return []
    anchors = [head for head in _heads() if head.number]
    _append(anchors)
    return anchors


@transaction.atomic
def declare_restore(ctx: Context, reason: str) -> None:
    """Say that the database was restored to an earlier moment: an event, and a signed mark in the anchor file.

    Refuses ``no_anchor_file`` where nothing is anchored: there is nobody to tell.
    """
    if not settings.ANCHOR_FILE:
        raise refuse("no_anchor_file")
    heads = [replace(head, restored=True).signed() for head in _heads()]
    kept = {head.stream: head.number for head in heads}
    audit.record(ctx, events.RESTORED, kept[Stream.EVENT], reason=reason, kept=kept)
    transaction.on_commit(lambda: _append(heads))


def _heads() -> list[Anchor]:
    """The last block of each chain; number 0 for one that has none yet."""
    at = clock.now().isoformat(timespec="milliseconds")
    lasts = {stream: Block.objects.filter(stream=stream).order_by("number").defer("rows").last() for stream in Stream}
    return [
        Anchor(stream, last.number if last else 0, bytes(last.hash).hex() if last else "", at).signed()
        for stream, last in lasts.items()
    ]


def read(path: Path) -> Iterator[Anchor | None]:
    """The anchors of a file, in order; None for a line that is none."""
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield Anchor(**json.loads(line))
        except (ValueError, TypeError):
            yield None


def _append(anchors: list[Anchor]) -> None:
    text = "".join(json.dumps(asdict(one)) + "\n" for one in anchors)
    file = os.open(settings.ANCHOR_FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, text.encode())
        os.fsync(file)
    finally:
        os.close(file)
    pulses.give(pulses.ANCHOR)
