"""Fields 字段: what a row of a book can say, and how each is read. A mapping fills them from a file's columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from apps.core.dates import Frequency
from apps.core.money import Currency
from apps.parties.identifiers import parse_email, parse_mobile
from apps.parties.rules import LONGEST_ADDRESS, LONGEST_NAME, ORGANISATION_TYPES
from apps.parties.states import IdentityType, RelationshipCode, Sex
from apps.policies.states import PolicyStatus, TerminationCode

from .cells import DateStyle, accepted, amount, card, date_parser, one_of, period, share, whole_number, word

Parser = Callable[[str], Any]

IDENTITY_TYPES = tuple(code for code in IdentityType.values if code not in ORGANISATION_TYPES)
IMPORTABLE = tuple(status for status in PolicyStatus.values if status != PolicyStatus.VOID)
MOST_BENEFICIARIES = 3
MOST_RIDERS = 3
INSURED, HOLDER = "insured", "holder"
BENEFICIARIES = tuple(f"beneficiary{number}" for number in range(1, MOST_BENEFICIARIES + 1))
PERSONS = (HOLDER, INSURED, *BENEFICIARIES)
"""The prefixes of persons' fields, in the order of their places in a row."""
RIDERS = tuple(f"rider{place}" for place in range(1, MOST_RIDERS + 1))

DATES = (
    *("effective_on", "ends_on", "premium_ends_on", "paid_to", "suspended_on", "terminated_on"),
    *(f"{prefix}_{part}" for prefix in PERSONS for part in ("born_on", "id_valid_to")),
)
ISO_DATES: Mapping[str, DateStyle] = dict.fromkeys(DATES, DateStyle.ISO)


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its parser, and whether a row without it is refused."""

    parse: Parser
    required: bool = False


def fields(styles: Mapping[str, DateStyle] = ISO_DATES) -> Mapping[str, Field]:
    """All fields by name, each date read in its one style."""
    known = _policy_fields() | _person_fields(HOLDER) | _person_fields(INSURED)
    known["holder_name"] = Field(word(LONGEST_NAME), required=True)
    known["insured_relationship"] = Field(one_of(RelationshipCode.values))
    known["reminders"] = Field(one_of(("yes", "no")))
    for prefix in RIDERS:
        known |= _rider_fields(prefix)
    for prefix in BENEFICIARIES:
        known |= _person_fields(prefix)
        known[f"{prefix}_relationship"] = Field(one_of(RelationshipCode.values))
        known[f"{prefix}_share"] = Field(share)
        known[f"{prefix}_order"] = Field(whole_number(1, 5))
    return known | {name: replace(known[name], parse=date_parser(style)) for name, style in styles.items()}


def _policy_fields() -> dict[str, Field]:
    needed, day = partial(Field, required=True), date_parser(DateStyle.ISO)
    return {
        "policy_number": needed(word(32)),
        "product": needed(word(40)),
        "branch": needed(word(12)),
        "agent": Field(word(20)),
        "currency": needed(one_of(tuple(Currency))),
        "frequency": needed(one_of(tuple(Frequency))),
        "premium": needed(amount),
        "sum_assured": needed(amount),
        "effective_on": needed(day),
        "policy_term": needed(period),
        "payment_term": needed(period),
        "ends_on": Field(day),
        "premium_ends_on": Field(day),
        "paid_to": Field(day),
        "status": Field(one_of(IMPORTABLE)),
        "suspended_on": Field(day),
        "terminated_on": Field(day),
        "termination_code": Field(one_of(TerminationCode.values)),
    }


def _rider_fields(prefix: str) -> dict[str, Field]:
    parsers: dict[str, Parser] = {
        "product": word(40),
        "sum_assured": amount,
        "premium": amount,
        "policy_term": period,
        "payment_term": period,
    }
    return {f"{prefix}_{part}": Field(parse) for part, parse in parsers.items()}


def _person_fields(prefix: str) -> dict[str, Field]:
    parsers: dict[str, Parser] = {
        "name": word(LONGEST_NAME),
        "sex": one_of(Sex.values),
        "born_on": date_parser(DateStyle.ISO),
        "occupation_class": whole_number(1, 6),
        "id_type": one_of(IDENTITY_TYPES),
        "id_number": word(40),
        "id_valid_to": date_parser(DateStyle.ISO),
        "mobile": lambda text: accepted(parse_mobile(text)),
        "email": lambda text: accepted(parse_email(text)),
        "address": word(LONGEST_ADDRESS),
        "bank": word(80),
        "bank_account": card,
    }
    return {f"{prefix}_{part}": Field(parse) for part, parse in parsers.items()}


PARTS = (
    *("name", "sex", "born_on", "occupation_class", "id_type", "id_number", "id_valid_to"),
    *("mobile", "email", "address", "bank", "bank_account"),
)
