"""Verifying 核验: every row and block is compared with what was sealed; the first difference is named (P37, P38)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

from django.db import connection
from django.utils.translation import gettext_lazy as _

from .anchors import Anchor, read
from .canonical import ROW_BYTES, digests_between
from .models import Block, Epoch
from .sealing import GENESIS, LAST_ID, block_hash, first_id
from .states import Stream


class Problem(StrEnum):
    """What is wrong with a chain 问题."""

    ROW_CHANGED = "row_changed"
    ROW_DELETED = "row_deleted"
    ROW_INSERTED = "row_inserted"
    ROWS_REORDERED = "rows_reordered"
    BLOCK_CHANGED = "block_changed"
    CHAIN_BROKEN = "chain_broken"
    TAIL_CUT = "tail_cut"
    HISTORY_REWRITTEN = "history_rewritten"
    ANCHOR_FORGED = "anchor_forged"


SENTENCES = {
    Problem.ROW_CHANGED: _("{stream} block {block}: row {row} was changed after it was sealed."),
    Problem.ROW_DELETED: _("{stream} block {block}: row {row} was deleted."),
    Problem.ROW_INSERTED: _("{stream} block {block}: row {row} was inserted after the block was sealed."),
    Problem.ROWS_REORDERED: _("{stream} block {block}: its rows, from row {row} on, stand in another order."),
    Problem.BLOCK_CHANGED: _("{stream} block {block}: the block itself was changed."),
    Problem.CHAIN_BROKEN: _("{stream} block {block}: it does not follow the block before it."),
    Problem.TAIL_CUT: _("{stream} block {block}: it was anchored at {at} and is missing: the end was cut off."),
    Problem.HISTORY_REWRITTEN: _("{stream} block {block}: it is not the block that was anchored at {at}."),
    Problem.ANCHOR_FORGED: _("Anchor file, line {block}: the signature is not ours."),
}


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was sealed."""

    stream: str
    block: int
    problem: Problem
    row: int | None = None
    at: str = ""

    def __str__(self) -> str:
        return str(SENTENCES[self.problem]).format(stream=self.stream, block=self.block, row=self.row, at=self.at)


def verify(stream: Stream) -> list[Finding]:
    """Every difference between a stream and its seals, first block first."""
    epochs = list(Epoch.objects.order_by("number"))
    found = [*_chain(stream, epochs), *_rows(stream, epochs)]
    return sorted(found, key=lambda finding: (finding.block, finding.row is None, finding.row or 0))


def verify_anchors(*paths: Path) -> list[Finding]:
    """Whether the chains still hold every block that was anchored on any host, restores apart (P38)."""
    anchors = [anchor for path in paths for anchor in enumerate(read(path), start=1)]
    forged = [
        Finding("", line, Problem.ANCHOR_FORGED)
        for line, anchor in anchors
        if anchor is None or not anchor.is_genuine()
    ]
    genuine = [anchor for _, anchor in anchors if anchor is not None and anchor.is_genuine()]
    return [*forged, *(finding for anchor in _to_be_found(genuine) if (finding := _missing(anchor)))]


def restores(*paths: Path) -> list[Anchor]:
    """The restores that were declared: the last block each of them kept."""
    anchors = [anchor for path in paths for anchor in read(path)]
    return [anchor for anchor in anchors if anchor is not None and anchor.restored and anchor.is_genuine()]


def _to_be_found(anchors: list[Anchor]) -> list[Anchor]:
    """All but those a later restore gave up."""
    kept: list[Anchor] = []
    for anchor in sorted(anchors, key=lambda anchor: anchor.at):
        if anchor.restored:
            kept = [one for one in kept if one.stream != anchor.stream or one.number <= anchor.number]
        if anchor.number:
            kept.append(anchor)
    return kept


def _missing(anchor: Anchor) -> Finding | None:
    block = Block.objects.filter(stream=anchor.stream, number=anchor.number).defer("rows").first()
    if block is None:
        return Finding(anchor.stream, anchor.number, Problem.TAIL_CUT, at=anchor.at)
    if bytes(block.hash).hex() != anchor.hash:
        return Finding(anchor.stream, anchor.number, Problem.HISTORY_REWRITTEN, at=anchor.at)
    return None


def _chain(stream: Stream, epochs: list[Epoch]) -> Iterator[Finding]:
    """Each block hashes to what it says, and begins where the one before ended."""
    blocks = Block.objects.filter(stream=stream).order_by("number").iterator(chunk_size=20)
    known = {epoch.number for epoch in epochs}
    before = None
    for block in blocks:
        if block_hash(block) != bytes(block.hash) or block.epoch not in known:
            yield Finding(stream, block.number, Problem.BLOCK_CHANGED)
        if not _follows(before, block):
            yield Finding(stream, block.number, Problem.CHAIN_BROKEN)
        block.rows = b""
        before = block


def _follows(before: Block | None, block: Block) -> bool:
    if before is None:
        return block.number == 1 and bytes(block.previous) == GENESIS and block.from_txid == 0
    start = before.to_txid if block.epoch == before.epoch else 0
    return (
        block.number == before.number + 1
        and block.epoch - before.epoch in (0, 1)
        and bytes(block.previous) == bytes(before.hash)
        and block.from_txid == start
    )


def _rows(stream: Stream, epochs: list[Epoch]) -> Iterator[Finding]:
    """The rows of each block as they are now, against the digests in it."""
    firsts = [first_id(epoch, stream) for epoch in epochs]
    for epoch, (first, last) in zip(epochs, pairwise([*firsts, LAST_ID]), strict=True):
        for number in _differing_blocks(stream, epoch.number, first, last):
            block = Block.objects.get(stream=stream, number=number)
            yield from _compare(block, _present(block, first, last))


def _differing_blocks(stream: Stream, epoch: int, first: int, last: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT b.number FROM audit_block b
                WHERE {digests_between(stream, "b.from_txid", "b.to_txid")} <> b.rows
                  AND b.stream = %s AND b.epoch = %s
                ORDER BY b.number""",
            [first, last, stream, epoch],
        )
        return [row[0] for row in cursor.fetchall()]


def _present(block: Block, first: int, last: int) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {digests_between(Stream(block.stream))}", [str(block.from_txid), str(block.to_txid), first, last]
        )
        return bytes(cursor.fetchone()[0])


def _compare(block: Block, present: bytes) -> Iterator[Finding]:
    sealed, now = _by_id(bytes(block.rows)), _by_id(present)
    differences: list[tuple[int | None, Problem]] = [
        *((row, Problem.ROW_DELETED) for row in sealed.keys() - now.keys()),
        *((row, Problem.ROW_INSERTED) for row in now.keys() - sealed.keys()),
        *((row, Problem.ROW_CHANGED) for row in sealed.keys() & now.keys() if sealed[row] != now[row]),
    ]
    if not differences:
        moved = next((row for row, other in zip(sealed, now, strict=True) if row != other), None)
        differences = [(moved, Problem.ROWS_REORDERED)]
    for row, problem in differences:
        yield Finding(block.stream, block.number, problem, row)


def _by_id(rows: bytes) -> dict[int, bytes]:
    cut = (rows[at : at + ROW_BYTES] for at in range(0, len(rows), ROW_BYTES))
    return {int.from_bytes(one[:8], "big", signed=True): one[8:] for one in cut}
