"""Staging 暂存: rows on their way into the database, and what only the whole file can tell of them."""

from collections.abc import Iterable, Iterator
from datetime import date

from apps.billing import bulk as billing
from apps.core.staging import Staging, fetch
from apps.parties import bulk as parties
from apps.policies import bulk as policies

from .rows import FIRST_BENEFICIARY, HOLDER, INSURED, Rider, Row
from .rules import Standing

PLACES = 8
"""A person is known by ``line * PLACES + place`` until it is registered."""

KEYS = Staging("incoming_row", {"line": "bigint PRIMARY KEY", "row_key": "text", "policy_number": "text"})

Placed = tuple[Row, Standing]


def begin() -> None:
    """Make all staging tables, for the rest of the transaction."""
    KEYS.create()
    parties.begin()
    policies.begin()
    billing.begin()


def stage(chunk: list[Placed], cutover: date) -> None:
    """Stage rows that are sound in themselves."""
    rows = [row for row, _standing in chunk]
    parties.stage({_ref(row, place): party for row in rows for place, party in row.parties})
    parties.stage_relationships(
        (_ref(row, INSURED), _ref(row, HOLDER), row.insured_relationship)
        for row in rows
        if row.insured and row.insured_relationship
    )
    policies.POLICIES.copy(_policy(row, standing, cutover) for row, standing in chunk)
    policies.RIDERS.copy(_rider(row, rider) for row in rows for rider in row.riders)
    policies.BENEFICIARIES.copy(
        (row.number, _ref(row, place), each.share, each.order, each.relationship)
        for row in rows
        for place, each in enumerate(row.beneficiaries, FIRST_BENEFICIARY)
    )
    billing.INSTALMENTS.copy(
        (row.number, due.number, due.due_on, row.product.grace.ends(due.due_on))
        for row, standing in chunk
        for due in standing.owed
    )


def _policy(row: Row, standing: Standing, cutover: date) -> tuple[object, ...]:
    product = row.product
    return (
        *(row.number, row.policy_number, product.code, product.number, product.coverage, product.id),
        *(row.branch, row.agent, standing.status, standing.premium_status, row.effective_on, row.ends_on),
        *(row.currency, row.frequency, row.instalment, row.premium, row.sum_assured),
        *(str(row.policy_term), str(row.payment_term), row.premium_ends_on, standing.paid_to, cutover),
        *(standing.suspended_on, row.terminated_on, row.termination_code),
        *(_ref(row, HOLDER), _ref(row, INSURED if row.insured else HOLDER)),
    )


def _rider(row: Row, rider: Rider) -> tuple[object, ...]:
    product = rider.product
    return (
        *(row.number, rider.place, product.coverage, product.code, product.number),
        *(str(rider.policy_term), str(rider.payment_term), rider.sum_assured, rider.premium),
        *(rider.ends_on, rider.premium_ends_on),
    )


def _ref(row: Row, place: int) -> int:
    return row.number * PLACES + place


def repeated(column: str) -> list[tuple[int, int]]:
    """``(row, first row)`` of every row whose key or policy number stood in the file before."""
    return fetch(
        f"""SELECT line, first
            FROM (SELECT line, {column}, min(line) OVER (PARTITION BY {column}) AS first FROM incoming_row) AS row
            WHERE line > first AND {column} <> '' ORDER BY line"""
    )


def strangers() -> Iterator[tuple[int, int]]:
    """``(row, place)`` of every person whose document is somebody else's."""
    return (divmod(ref, PLACES) for ref in parties.strangers())


def stage_keys(rows: Iterable[tuple[int, str, str]]) -> None:
    """Stage row number, key and policy number of every row, sound or not, so that what is repeated is found."""
    KEYS.copy(rows)
