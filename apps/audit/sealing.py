"""Sealing 封存: what was committed is hashed into blocks, each chained to the one before (P37, P40).

A block covers all rows of the transactions from where the last block ended up to the oldest one still running, so that
no row can appear in a stretch once sealed. The whole block is made by one statement in the database.
"""

import hashlib

from django.db import connection, transaction

from apps.core.locks import only_one_transaction

from .canonical import ROW_BYTES, TABLES, digests_between
from .models import Block, Epoch
from .states import Stream

FIRST_ID, LAST_ID = -(2**63), 2**63 - 1
END_OF_TRANSACTIONS = 2**64 - 1
GENESIS = bytes(32)


@transaction.atomic
def seal(stream: Stream) -> Block | None:
    """Seal what was committed since the last block; nothing if there is nothing, or another process is sealing."""
    if not only_one_transaction("seal"):
        return None
    epoch = _current_epoch()
    return _write(stream, epoch, before=_oldest_running()) if epoch else None


def first_id(epoch: Epoch, stream: Stream) -> int:
    """The rows of an epoch have ids above this one."""
    return epoch.first_event_id if stream == Stream.EVENT else epoch.first_access_id


def _current_epoch() -> Epoch | None:
    """The epoch of this cluster. Transaction ids start again after a restore into another one: a new epoch."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier::text FROM pg_control_system()")
        identifier = cursor.fetchone()[0]
    last = Epoch.objects.order_by("number").last()
    if last is None:
        return Epoch.objects.create(
            number=1, system_identifier=identifier, first_event_id=FIRST_ID, first_access_id=FIRST_ID
        )
    return last if last.system_identifier == identifier else _open_epoch(last, identifier)


def _open_epoch(last: Epoch, identifier: str) -> Epoch | None:
    """Seal all that was restored as the end of the last epoch. Waits for a moment when nobody writes."""
    if _others_are_writing():
        return None
    for stream in Stream:
        _write(stream, last, before=END_OF_TRANSACTIONS, even_if_empty=True)
    return Epoch.objects.create(
        number=last.number + 1,
        system_identifier=identifier,
        first_event_id=_highest_id(Stream.EVENT),
        first_access_id=_highest_id(Stream.ACCESS),
    )


def _oldest_running() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
        return int(cursor.fetchone()[0])


def _others_are_writing() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT EXISTS (SELECT FROM pg_snapshot_xip(pg_current_snapshot()) AS running
                              WHERE running IS DISTINCT FROM pg_current_xact_id_if_assigned())"""
        )
        return cursor.fetchone()[0]


def _highest_id(stream: Stream) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {TABLES[stream]}")
        return cursor.fetchone()[0]


def _write(stream: Stream, epoch: Epoch, *, before: int, even_if_empty: bool = False) -> Block | None:
    last = Block.objects.filter(stream=stream).order_by("number").defer("rows").last()
    start = last.to_txid if last and last.epoch == epoch.number else 0
    previous = bytes(last.hash) if last else GENESIS
    number = last.number + 1 if last else 1
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH content AS MATERIALIZED (SELECT {digests_between(stream)} AS digests),
            counted AS (SELECT digests, length(digests) / {ROW_BYTES} AS n FROM content)
            INSERT INTO audit_block (stream, number, epoch, from_txid, to_txid, row_count, rows, previous, hash)
            SELECT %s, %s, %s, %s::xid8, %s::xid8, n, digests, %s,
                   sha256(%s || convert_to(concat_ws(' ', %s::text, %s::text, %s::text, %s::text, %s::text, n), 'UTF8')
                          || digests)
            FROM counted WHERE n > 0 OR %s
            RETURNING id
            """,
            [
                *(str(start), str(before), first_id(epoch, stream), LAST_ID),
                *(stream, number, epoch.number, str(start), str(before), previous),
                *(previous, stream, number, epoch.number, start, before),
                even_if_empty,
            ],
        )
        written = cursor.fetchone()
    return Block.objects.defer("rows").get(pk=written[0]) if written else None


def block_hash(block: Block) -> bytes:
    """The hash a block must have, from what stands in it."""
    head = f"{block.stream} {block.number} {block.epoch} {block.from_txid} {block.to_txid} {block.row_count}"
    return hashlib.sha256(bytes(block.previous) + head.encode() + bytes(block.rows)).digest()
