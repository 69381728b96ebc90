"""From values to rows: the one place where numbers, phones, accounts and addresses are sealed and indexed."""

import uuid

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


def identity_row(party_id: int, new: NewIdentity) -> Identity:
    public_id = uuid.uuid4()
    return Identity(
        public_id=public_id,
        party_id=party_id,
        type=new.type,
        number=vault.seal(Identity, "number", public_id, new.number),
        number_index=vault.index(new.number, IndexPurpose.ID_NUMBER),
        tail_index=vault.tail_index(new.number, IndexPurpose.ID_NUMBER),
        valid_to=new.valid_to,
    )


def contact_row(party_id: int, new: NewContact) -> Contact:
    public_id = uuid.uuid4()
    kind = ContactKind(new.kind)
    return Contact(
        public_id=public_id,
        party_id=party_id,
        kind=kind,
        value=vault.seal(Contact, "value", public_id, new.value),
        value_index=vault.index(new.value, CONTACT_PURPOSE[kind]),
        tail_index=vault.tail_index(new.value, IndexPurpose.PHONE) if kind == ContactKind.MOBILE else None,
    )


def bank_account_row(party_id: int, account_name: str, new: NewBankAccount) -> BankAccount:
    """The account is in the customer's own name (B-10)."""
    public_id = uuid.uuid4()
    return BankAccount(
        public_id=public_id,
        party_id=party_id,
        bank=new.bank,
        account_name=account_name,
        number=vault.seal(BankAccount, "number", public_id, new.number),
        number_index=vault.index(new.number, IndexPurpose.BANK_ACCOUNT),
    )
