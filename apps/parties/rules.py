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


COMPOUND_SURNAME = re.compile(
    "欧阳|太史|端木|上官|司马|东方|独孤|南宫|万俟|闻人|夏侯|诸葛|尉迟|公羊|赫连|澹台|皇甫|宗政|濮阳|公冶|太叔|申屠|"
    "公孙|慕容|仲孙|钟离|长孙|宇文|司徒|鲜于|司空|闾丘|令狐|百里|呼延|东郭|南门|西门"
)


def form_of_address(name: str, sex: str) -> str:
    """称呼: 张先生 / 欧阳女士; 客户 where name or sex do not tell (GB/T 2261.1: 1 male, 2 female)."""
    title = {Sex.MALE: "先生", Sex.FEMALE: "女士"}.get(Sex(sex)) if sex in Sex.values else None
    name = name.strip()
    if not title or not 2 <= len(name) <= 4 or not all("\u4e00" <= char <= "\u9fff" for char in name):
        return "客户"
    compound = COMPOUND_SURNAME.match(name[:-1])
    return f"{compound[0] if compound else name[0]}{title}"


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
