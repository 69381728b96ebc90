"""What is known of a customer when he is registered: values, before any of it is stored."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from .states import ConsentPurpose, ConsentSource, ContactKind, PartyKind, QuietHours, Sex


class NewIdentity(NamedTuple):
    """证件: exchange code of the type, number, last day of validity."""

    type: str
    number: str
    valid_to: date | None = None


class NewContact(NamedTuple):
    """联系方式: kind (mobile, email, address) and value."""

    kind: str
    value: str


class NewBankAccount(NamedTuple):
    """银行账户 in the customer's own name."""

    bank: str
    number: str


@dataclass(frozen=True)
class NewParty:
    """客户: a person or an organisation to be registered."""

    name: str
    branch_id: int
    kind: PartyKind = PartyKind.PERSON
    born_on: date | None = None
    sex: Sex = Sex.UNKNOWN
    occupation_class: int | None = None
    agent_id: int | None = None
    identities: tuple[NewIdentity, ...] = ()
    contacts: tuple[NewContact, ...] = ()
    bank_accounts: tuple[NewBankAccount, ...] = ()
    consents: tuple[ConsentPurpose, ...] = ()


@dataclass(frozen=True, slots=True)
class Wishes:
    """联系偏好: by which kind of contact a customer wants which messages, and his quiet hours. None is no wish."""

    service_by: ContactKind | None = None
    statutory_by: ContactKind | None = None
    marketing_by: ContactKind | None = None
    quiet: QuietHours = QuietHours.NONE


@dataclass(frozen=True, slots=True)
class Said:
    """How a consent was given or withdrawn: the way, the version of the text it is about, and why it is recorded."""

    obtained: ConsentSource = ConsentSource.APPLICATION
    text_version: str = ""
    reason: str = ""


BY_APPLICATION = Said()
