"""Instalments as the acts of billing read and write them: plain rows, many at a time."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Q

from apps.policies import services as policies

from .models import Instalment


class Row(NamedTuple):
    """One instalment as it was when it was locked; the names are the model's."""

    pk: int
    policy_id: int
    number: int
    status: str
    due_on: date
    until: date
    grace_ends_on: date
    amount: Decimal
    currency: str


def locked(condition: Q) -> list[Row]:
    """Lock the policies of these instalments and then, read afresh, the instalments; in order of policy and id."""
    policies.lock_all(Instalment.objects.filter(condition).values_list("policy", flat=True))
    return of_locked(condition)


def of_locked(condition: Q) -> list[Row]:
    """The same where the policies are locked already."""
    rows = Instalment.objects.select_for_update(no_key=True).filter(condition).order_by("policy_id", "pk")
    return [Row(*values) for values in rows.values_list(*Row._fields)]


def insert(rows: Iterable[Row]) -> list[Row]:
    """Write instalments of different policies with one INSERT, and return them with their ids."""
    new = {row.policy_id: row for row in rows}
    if not new:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO billing_instalment (policy_id, number, status, due_on, until, grace_ends_on, amount,
                                               currency)
               SELECT * FROM unnest(%s::bigint[], %s::smallint[], %s::text[], %s::date[], %s::date[], %s::date[],
                                    %s::numeric[], %s::text[])
               RETURNING id, policy_id""",
            [list(column) for column in zip(*(row[1:] for row in new.values()), strict=True)],
        )
        return [new[policy_id]._replace(pk=pk) for pk, policy_id in cursor.fetchall()]
