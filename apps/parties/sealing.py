"""From values to rows: the one place where numbers, phones, accounts and addresses are sealed and indexed."""

import uuid
from datetime import date
from typing import NamedTuple

from . import vault
from .models import BankAccount, Contact, Identity
from .states import ContactKind
from .values import NewBankAccount, NewContact, NewIdentity
from .vault import IndexPurpose

CONTACT_PURPOSE = {
    ContactKind.MOBILE: IndexPurpose.PHONE,
    ContactKind.EMAIL: IndexPurpose.EMAIL,
    ContactKind.ADDRESS: IndexPurpose.ADDRESS,
}


class SealedIdentity(NamedTuple):
    """A row of ``Identity``; the names are the model's."""

    party_id: int
    public_id: uuid.UUID
    type: str
    number: str
    number_index: str
    tail_index: str
    valid_to: date | None


class SealedContact(NamedTuple):
    """A row of ``Contact``."""

    party_id: int
    public_id: uuid.UUID
    kind: str
    value: str
    value_index: str
    tail_index: str | None


class SealedAccount(NamedTuple):
    """A row of ``BankAccount``, in the customer's own name (B-10)."""

    party_id: int
    public_id: uuid.UUID
    bank: str
    account_name: str
    number: str
    number_index: str


def identity_row(party_id: int, new: NewIdentity) -> SealedIdentity:
    public_id = uuid.uuid4()
    return SealedIdentity(
        party_id,
        public_id,
        new.type,
        vault.seal(Identity, "number", public_id, new.number),
        vault.index(new.number, IndexPurpose.ID_NUMBER),
        vault.tail_index(new.number, IndexPurpose.ID_NUMBER),
        new.valid_to,
    )


def contact_row(party_id: int, new: NewContact) -> SealedContact:
    public_id = uuid.uuid4()
    return SealedContact(
        party_id,
        public_id,
        new.kind,
        vault.seal(Contact, "value", public_id, new.value),
        vault.index(new.value, CONTACT_PURPOSE[ContactKind(new.kind)]),
        vault.tail_index(new.value, IndexPurpose.PHONE) if new.kind == ContactKind.MOBILE else None,
    )


def bank_account_row(party_id: int, account_name: str, new: NewBankAccount) -> SealedAccount:
    public_id = uuid.uuid4()
    return SealedAccount(
        party_id,
        public_id,
        new.bank,
        account_name,
        vault.seal(BankAccount, "number", public_id, new.number),
        vault.index(new.number, IndexPurpose.BANK_ACCOUNT),
    )
