"""The books 总账: double entry, written once, each transaction balanced by the database (P21).

| act | debit | credit |
|---|---|---|
| bill | RECEIVABLE | PREMIUM |
| receipt | BANK | SUSPENSE |
| allocation | SUSPENSE | RECEIVABLE |
| write-back at lapse or cancellation | PREMIUM | RECEIVABLE |
| opening balance at import | RECEIVABLE | OPENING |
| payout asked for | SUSPENSE | PAYABLE |
| payout handed to the bank | PAYABLE | BANK |
| extra premium paid | SUSPENSE | PREMIUM |
| surrender value owed for a change | SURRENDER | PAYABLE |
| premium owed back for a change | PREMIUM | PAYABLE |

A reversal is the same pair the other way round.
"""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from apps.core.context import Context
from apps.core.money import exact

from .states import Account, PostingKind


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg: a debit is positive, a credit negative."""

    transaction_id: uuid.UUID
    account: Account
    amount: Decimal
    currency: str
    policy_id: int | None = None
    instalment_id: int | None = None
    receipt_id: int | None = None


Legs = tuple[Leg, Leg]


def pair(
    debit: Account,
    credit: Account,
    amount: Decimal,
    currency: str,
    *,
    policy_id: int | None = None,
    instalment_id: int | None = None,
    receipt_id: int | None = None,
) -> Legs:
    """The two legs of one transaction about one policy."""
    transaction_id, about = uuid.uuid4(), (currency, policy_id, instalment_id, receipt_id)
    return Leg(transaction_id, debit, exact(amount), *about), Leg(transaction_id, credit, -exact(amount), *about)


def post(ctx: Context, kind: PostingKind, transactions: Iterable[Legs]) -> None:
    """Write whole transactions with one INSERT; the database refuses what does not balance."""
    legs = [leg for transaction in transactions for leg in transaction]
    if not legs:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO billing_posting (kind, business_date, transaction_id, account, amount, currency,
                                            policy_id, instalment_id, receipt_id)
               SELECT %s, %s, * FROM unnest(%s::uuid[], %s::text[], %s::numeric[], %s::text[],
                                            %s::bigint[], %s::bigint[], %s::bigint[])""",
            [
                kind,
                ctx.business_date,
                [leg.transaction_id for leg in legs],
                [leg.account for leg in legs],
                [leg.amount for leg in legs],
                [leg.currency for leg in legs],
                [leg.policy_id for leg in legs],
                [leg.instalment_id for leg in legs],
                [leg.receipt_id for leg in legs],
            ],
        )


def post_whole(
    ctx: Context, kind: PostingKind, debit: Account, credit: Account, instalment_ids: Collection[int]
) -> None:
    """Post the whole amounts of many instalments, a transaction each; the amounts never leave the database."""
    if not instalment_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH whole AS MATERIALIZED (
                   SELECT gen_random_uuid() AS transaction_id, id, policy_id, amount, currency
                   FROM billing_instalment WHERE id = ANY(%s)
               )
               INSERT INTO billing_posting (kind, business_date, transaction_id, account, amount, currency,
                                            policy_id, instalment_id)
               SELECT %s, %s, transaction_id, leg.account, leg.sign * amount, currency, policy_id, id
               FROM whole CROSS JOIN (VALUES (%s, 1), (%s, -1)) AS leg (account, sign)""",
            [list(instalment_ids), kind, ctx.business_date, debit, credit],
        )
