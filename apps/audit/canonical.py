"""The canonical form of a row: the bytes that are hashed. They must come out the same in every session, for ever.

It is PostgreSQL's binary form of the columns: each with its length, times as microseconds, whatever time zone and date
style a session has; texts in UTF-8, in which Django always speaks to the database. The lists of columns are written out
and never changed: a new column of the table is not part of what old rows said.
"""

from .states import Stream

_TRAIL = "r.id, r.recorded_at, r.txid, r.business_date, r.actor, r.person, r.on_behalf_of, r.request_id"

TABLES = {Stream.EVENT: "audit_event", Stream.ACCESS: "audit_access"}
_OWN = {
    Stream.EVENT: "r.public_id, r.name, r.subject_type, r.subject_id, r.policy_id, r.reason, r.payload",
    Stream.ACCESS: "r.kind, r.action, r.object_type, r.object_id, r.purpose, r.ip, r.detail",
}

ROW_BYTES = 24
"""One row in a block: its id in 8 bytes, then the first 16 of the SHA-256 of its canonical form."""


def row_digest(stream: Stream) -> str:
    """SQL: the 24 bytes of row ``r``."""
    return f"int8send(r.id) || substring(sha256(record_send(ROW({_TRAIL}, {_OWN[stream]}))) FOR 16)"


def rows_between(stream: Stream, start: str = "%s::xid8", end: str = "%s::xid8") -> str:
    """SQL: FROM and WHERE of the rows ``r`` of the transactions from ``start``, before ``end``, between two ids."""
    return f"FROM {TABLES[stream]} r WHERE r.txid >= {start} AND r.txid < {end} AND r.id > %s AND r.id <= %s"


def digests_between(stream: Stream, start: str = "%s::xid8", end: str = "%s::xid8") -> str:
    """SQL: the digests of these rows, joined in order of id."""
    return f"""coalesce((SELECT string_agg({row_digest(stream)}, ''::bytea ORDER BY r.id)
                         {rows_between(stream, start, end)}), '')"""
