"""The digest of a night's effects 日终摘要: one hash over its events in canonical order (P30, P33)."""

from datetime import date

from django.db import connection

from .subjects import event_id


def digest_of(day: date, request_id: str) -> str:
    """SHA-256 over what was decided: event names, policies, reasons and values, without the ids rows happened to get.

    Reads no further back than the day's opening, by primary key.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH opened AS (
                SELECT coalesce(max(id), 0) AS id FROM audit_event
                WHERE subject_type = 'operations.businessday' AND subject_id = %s AND name = 'business_day.opened'
            ),
            fact AS (
                SELECT ROW(name, policy_id, reason, CASE WHEN payload::text ~ 'ids?": ' THEN (
                    SELECT jsonb_object_agg(key, value) FROM jsonb_each(payload) WHERE key !~ '(^|_)ids?$'
                ) ELSE payload END)::text COLLATE "C" AS line
                FROM audit_event
                WHERE id > (SELECT id FROM opened) AND business_date = %s AND request_id = %s
            )
            SELECT encode(sha256(convert_to(coalesce(string_agg(line, E'\\n' ORDER BY line), ''), 'UTF8')), 'hex')
            FROM fact
            """,
            [event_id(day), day, request_id],
        )
        return cursor.fetchone()[0]
