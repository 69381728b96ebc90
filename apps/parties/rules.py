"""Rules of customers and their data: pure. A refused value is personal data and is never repeated."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from apps.core.errors import Refusal

from .identifiers import ResidentId, parse_bank_card, parse_email, parse_mobile, parse_resident_id, parse_uscc
from .states import ContactKind, IdentityType, PartyKind, Sex
from .values import NewBankAccount, NewContact, NewIdentity, NewParty

LONGEST_NAME = 120
LONGEST_ADDRESS = 200
LONGEST_INITIALS = 40
RESIDENT_TYPES = frozenset({IdentityType.RESIDENT_ID, IdentityType.TEMPORARY_ID, IdentityType.RESIDENCE_PERMIT})
ORGANISATION_TYPES = frozenset(code for code in IdentityType.values if len(code) == 2)


def initials(name: str) -> str:
    """拼音首字母, lower case: 张伟 → zw, Anna Li → al; the key by which clerks find a name."""
    from pypinyin import Style, lazy_pinyin  # its dictionary takes 57 MB, which no process pays that names nobody

    words = (word for chunk in lazy_pinyin(name, style=Style.FIRST_LETTER) for word in re.split(r"[\W_]+", chunk))
    return "".join(word[0] for word in words if word).lower()[:LONGEST_INITIALS]


def read_party(new: NewParty, *, on: date) -> tuple[NewParty, tuple[Refusal, ...]]:
    """The customer with every value in its one spelling, and all that is wrong with it on day ``on``.

    Birth date and sex that are missing are taken from the resident ID; where both are given they must agree.
    """
    identities = [read_identity(identity, kind=new.kind, on=on) for identity in new.identities]
    contacts = [read_contact(contact) for contact in new.contacts]
    accounts = [read_bank_account(account) for account in new.bank_accounts]
    refusals = [value for value in (*identities, *contacts, *accounts) if isinstance(value, Refusal)]
    cleaned = replace(
        new,
        name=" ".join(new.name.split()),
        identities=tuple(value for value in identities if isinstance(value, NewIdentity)),
        contacts=tuple(value for value in contacts if isinstance(value, NewContact)),
        bank_accounts=tuple(value for value in accounts if isinstance(value, NewBankAccount)),
    )
    for resident in _resident_ids(cleaned, on):
        cleaned = replace(
            cleaned,
            born_on=cleaned.born_on or resident.born_on,
            sex=resident.sex if cleaned.sex == Sex.UNKNOWN else cleaned.sex,
        )
    return cleaned, (*refusals, *_check_party(cleaned, on))


def read_identity(new: NewIdentity, *, kind: PartyKind, on: date) -> NewIdentity | Refusal:
    """The document with its number in one spelling; resident IDs and credit codes by their check digit."""
    if new.type not in IdentityType.values or (new.type in ORGANISATION_TYPES) != (kind == PartyKind.ORGANISATION):
        return Refusal("identity_type_unknown", {"type": new.type})
    if new.valid_to and new.valid_to < on:
        return Refusal("identity_expired", {"valid_to": new.valid_to})
    number = _number(new, on)
    return number if isinstance(number, Refusal) else new._replace(number=number)


def read_contact(new: NewContact) -> NewContact | Refusal:
    """The contact in its one spelling."""
    if new.kind not in ContactKind.values:
        return Refusal("contact_kind_unknown", {"kind": new.kind})
    value = READERS[ContactKind(new.kind)](new.value)
    return value if isinstance(value, Refusal) else new._replace(value=value)


def read_bank_account(new: NewBankAccount) -> NewBankAccount | Refusal:
    """The account with its number in one spelling; a failing check digit is left to the bank."""
    if not new.bank.strip():
        return Refusal("bank_missing")
    card = parse_bank_card(new.number)
    return card if isinstance(card, Refusal) else NewBankAccount(new.bank.strip(), card.number)


def _check_party(new: NewParty, on: date) -> Iterator[Refusal]:
    if not new.name or len(new.name) > LONGEST_NAME:
        yield Refusal("party_name_malformed")
    if new.born_on and new.born_on > on:
        yield Refusal("born_in_future")
    for resident in _resident_ids(new, on):
        if resident.born_on != new.born_on:
            yield Refusal("identity_birth_date_differs")
        if resident.sex != new.sex:
            yield Refusal("identity_sex_differs")


def _resident_ids(new: NewParty, on: date) -> Iterator[ResidentId]:
    for identity in new.identities:
        if identity.type in RESIDENT_TYPES:
            resident = parse_resident_id(identity.number, on=on)
            if isinstance(resident, ResidentId):
                yield resident


def _number(new: NewIdentity, on: date) -> str | Refusal:
    if new.type in RESIDENT_TYPES:
        resident = parse_resident_id(new.number, on=on)
        return resident.number if isinstance(resident, ResidentId) else resident
    if new.type == IdentityType.BUSINESS_LICENCE:
        return parse_uscc(new.number)
    number = re.sub(r"[\s-]", "", new.number).upper()
    return number if re.fullmatch(r"\w{4,30}", number) else Refusal("identity_number_malformed")


def _read_address(text: str) -> str | Refusal:
    address = " ".join(text.split())
    return address if 0 < len(address) <= LONGEST_ADDRESS else Refusal("address_malformed")


READERS = {
    ContactKind.MOBILE: parse_mobile,
    ContactKind.EMAIL: parse_email,
    ContactKind.ADDRESS: _read_address,
}
