"""What a text about a premium says: read when the message is first sent, then kept with it (P09).

Everything is a finished string in both languages, so that a text can be made again without the code of its day. No
personal data beyond the surname: the policy number is cut to its last four, as whoever holds it can still tell.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection

from apps.core.dates import suspension_date
from apps.policies.rules import reinstatement_deadline
from apps.products import selectors as products

from .rules import salutation

Row = Mapping[str, Any]
Strings = dict[str, str]


def params(row: Row) -> dict[str, Strings]:
    """The parameters of one text: ``zh`` for the original, ``en`` for the courtesy version."""
    return {"zh": _chinese(row), "en": _english(row)}


def of_messages(message_ids: Iterable[int]) -> dict[int, Row]:
    """What is known about each message's premium, policy and holder."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT m.id, c.name, c.sex, right(p.number, 4) AS tail, p.product_version_id, p.suspended_on,
                      i.amount, i.currency, i.due_on, i.grace_ends_on
               FROM notifications_message m
               JOIN policies_policy p ON p.id = m.policy_id
               JOIN parties_party c ON c.id = m.party_id
               JOIN billing_instalment i ON i.id = m.subject_id
               WHERE m.id = ANY(%s)""",
            [list(message_ids)],
        )
        names = [column.name for column in cursor.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}


def _chinese(row: Row) -> Strings:
    return {
        "salutation": salutation(row["name"], row["sex"]),
        "policy": f"尾号{row['tail']}",
        "product": products.terms_of(row["product_version_id"]).name_zh,
        "amount": money_zh(row["amount"], row["currency"]),
        "company": settings.COMPANY_NAME,
        "phone": settings.SERVICE_PHONE,
        **{name: day_zh(day) for name, day in _days(row).items()},
    }


def _english(row: Row) -> Strings:
    return {
        "salutation": "Dear policyholder",
        "policy": f"ending in {row['tail']}",
        "product": products.terms_of(row["product_version_id"]).name_en,
        "amount": f"{row['currency']} {row['amount']:,.2f}",
        "company": settings.COMPANY_NAME_EN,
        "phone": settings.SERVICE_PHONE,
        **{name: day_en(day) for name, day in _days(row).items()},
    }


def _days(row: Row) -> dict[str, date]:
    suspended_on = row["suspended_on"] or suspension_date(row["grace_ends_on"])
    years = products.terms_of(row["product_version_id"]).reinstatement_years
    return {
        "due_on": row["due_on"],
        "grace_ends_on": row["grace_ends_on"],
        "suspended_on": suspended_on,
        "reinstate_until": reinstatement_deadline(suspended_on, years),
    }


def money_zh(amount: Decimal, currency: str) -> str:
    """人民币1,234.00元; another currency by its code."""
    return f"人民币{amount:,.2f}元" if currency == "CNY" else f"{amount:,.2f} {currency}"


def day_zh(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def day_en(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
