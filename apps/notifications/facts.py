"""What a text says: read when the message is first sent, then kept with it (P09).

Everything is a finished string in both languages, so that a text can be made again without the code of its day. No
personal data beyond the surname: for customers the policy number is cut to its last four, as whoever holds it can still
tell; staff get the whole number and the masked name.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import translation

from apps.core.dates import suspension_date
from apps.core.money import ZERO
from apps.documents.states import DocumentKind
from apps.endorsements.base import TYPES
from apps.parties.models import Party
from apps.parties.presentation import masked_name
from apps.policies.rules import reinstatement_deadline
from apps.products import selectors as products

from .rules import salutation
from .states import MessageCode

Row = Mapping[str, Any]
Strings = dict[str, str]


@dataclass(frozen=True)
class Source:
    """Where the text of one kind of message gets what it says: rows by message id, and their words."""

    read: Callable[[Iterable[int]], dict[int, Row]]
    say: Callable[[Row], dict[str, Strings]]


def params(row: Row) -> dict[str, Strings]:
    """The parameters of one text: ``zh`` for the original, ``en`` for the courtesy version."""
    return {"zh": _chinese(row), "en": _english(row)}


def of_messages(message_ids: Iterable[int]) -> dict[int, Row]:
    """What is known about each message's premium, policy and holder, and of the account it is for."""
    return _rows(
        """SELECT m.id, c.name, c.sex, c.kind, u.name AS reader, p.number, right(p.number, 4) AS tail,
                  p.product_version_id, p.suspended_on, i.amount, i.currency, i.due_on, i.grace_ends_on
           FROM notifications_message m
           JOIN policies_policy p ON p.id = m.policy_id
           JOIN parties_party c ON c.id = coalesce(m.party_id, p.holder_id)
           JOIN billing_instalment i ON i.id = m.subject_id
           LEFT JOIN accounts_user u ON u.id = m.user_id
           WHERE m.id = ANY(%s)""",
        message_ids,
    )


def of_letters(message_ids: Iterable[int]) -> dict[int, Row]:
    """For messages to staff about a letter: which one (``subject_id``), of which policy, to whom."""
    return _rows(
        """SELECT m.id, c.name, c.kind, u.name AS reader, p.number, l.code, l.send_on
           FROM notifications_message m
           JOIN notifications_message l ON l.id = m.subject_id
           JOIN policies_policy p ON p.id = l.policy_id
           JOIN parties_party c ON c.id = l.party_id
           JOIN accounts_user u ON u.id = m.user_id
           WHERE m.id = ANY(%s)""",
        message_ids,
    )


def of_nights(message_ids: Iterable[int]) -> dict[int, Row]:
    """For messages about a closed day: how many records are set aside, letters wait, and messages failed."""
    return _rows(
        """SELECT m.id, m.send_on,
                  (SELECT count(*) FROM operations_quarantine q WHERE q.resolved_at IS NULL) AS aside,
                  (SELECT count(*) FROM notifications_message l
                   WHERE l.channel = 'post' AND l.status IN ('planned', 'sending')) AS letters
           FROM notifications_message m WHERE m.id = ANY(%s)""",
        message_ids,
    )


def of_cases(message_ids: Iterable[int]) -> dict[int, Row]:
    """For messages about an endorsement case: what it asks for, what is missing, what it costs, and its slip."""
    return _rows(
        """SELECT m.id, c.name, c.sex, c.kind, u.name AS reader, p.number, right(p.number, 4) AS tail,
                  p.product_version_id, p.currency, e.number AS case_number, e.received_on, e.expires_on,
                  e.slip_number AS slip, e.effective_on,
                  (SELECT array_agg(DISTINCT i.code) FROM endorsements_endorsementitem i
                   WHERE i.endorsement_id = e.id) AS codes,
                  (SELECT min(i.effective_on) FROM endorsements_endorsementitem i
                   WHERE i.endorsement_id = e.id AND i.applied_on IS NOT NULL) AS applied_from,
                  (SELECT max(i.slip_number) FROM endorsements_endorsementitem i
                   WHERE i.endorsement_id = e.id) AS last_slip,
                  (SELECT array_agg(k.kind ORDER BY k.id) FROM endorsements_material k
                   WHERE k.endorsement_id = e.id AND k.status = 'missing') AS papers,
                  (SELECT sum(a.amount) FROM billing_adjustment a
                   WHERE a.subject_type = 'endorsements.endorsement' AND a.subject_id = e.id
                     AND a.status IN ('OPEN', 'PAID')) AS amount
           FROM notifications_message m
           JOIN endorsements_endorsement e ON e.id = m.subject_id
           JOIN policies_policy p ON p.id = e.policy_id
           JOIN parties_party c ON c.id = coalesce(m.party_id, p.holder_id)
           LEFT JOIN accounts_user u ON u.id = m.user_id
           WHERE m.id = ANY(%s)""",
        message_ids,
    )


def _rows(query: str, message_ids: Iterable[int]) -> dict[int, Row]:
    with connection.cursor() as cursor:
        cursor.execute(query, [list(message_ids)])
        names = [column.name for column in cursor.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}


def letter_params(row: Row) -> dict[str, Strings]:
    """The words of a message to staff about a letter."""
    return {
        "zh": {**_house(row), "letter": _called(row, "zh-hans"), "send_on": day_zh(row["send_on"])},
        "en": {**_house(row), "letter": _called(row, "en"), "send_on": day_en(row["send_on"])},
    }


def night_params(row: Row) -> dict[str, Strings]:
    """The words of the report of a closed day."""
    counts = {"aside": f"{row['aside']:,}", "letters": f"{row['letters']:,}"}
    return {"zh": {"day": day_zh(row["send_on"]), **counts}, "en": {"day": day_en(row["send_on"]), **counts}}


def case_params(row: Row) -> dict[str, Strings]:
    """The words of a message to a customer about his endorsement case."""
    zh, en = _case(row, "zh-hans", day_zh), _case(row, "en", day_en)
    terms = products.terms_of(row["product_version_id"])
    said = {"case": row["case_number"], "slip": row["last_slip"] or row["slip"], "phone": settings.SERVICE_PHONE}
    amount = row["amount"] or ZERO
    return {
        "zh": {
            **said,
            **zh,
            "salutation": salutation(row["name"], row["sex"]),
            "policy": f"尾号{row['tail']}",
            "product": terms.name_zh,
            "amount": money_zh(amount, row["currency"]),
            "company": settings.COMPANY_NAME,
        },
        "en": {
            **said,
            **en,
            "salutation": "Dear policyholder",
            "policy": f"ending in {row['tail']}",
            "product": terms.name_en,
            "amount": f"{row['currency']} {amount:,.2f}",
            "company": settings.COMPANY_NAME_EN,
        },
    }


def _case(row: Row, language: str, day: Callable[[date], str]) -> Strings:
    days = {
        "received_on": row["received_on"],
        "until": row["expires_on"],
        "effective_on": row["applied_from"] or row["effective_on"],
    }
    with translation.override(language):
        papers = [str(DocumentKind(kind).label) for kind in row["papers"] or ()]
        items = ", ".join(str(TYPES[code].label) for code in row["codes"])
    mark = "、" if language.startswith("zh") else ", "
    return {
        **{name: day(value) if value else "" for name, value in days.items()},
        "items": items.replace(", ", mark),
        "papers": "\n".join(f"{number}. {paper}" for number, paper in enumerate(papers, 1)),
        "papers_short": mark.join(papers),
    }


def _house(row: Row) -> Strings:
    """What messages to staff say: to whom, of which policy and which customer."""
    customer = masked_name(Party(name=row["name"], kind=row["kind"]))
    return {"reader": row["reader"] or "", "number": row["number"], "customer": customer}


def _called(row: Row, language: str) -> str:
    with translation.override(language):
        return str(MessageCode(row["code"]).label)


def _chinese(row: Row) -> Strings:
    return {
        **_house(row),
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
        **_house(row),
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


PREMIUM = Source(of_messages, params)
LETTER = Source(of_letters, letter_params)
NIGHT = Source(of_nights, night_params)
ENDORSEMENT = Source(of_cases, case_params)
