"""What pages may show of a customer 脱敏展示: templates and serializers get these texts, never the rows (P53)."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from apps.core.masking import MaskKind, mask

from . import vault
from .models import BankAccount, Contact, Identity, Party
from .states import ContactKind, IdentityType, PartyKind

CONTACT_MASK = {
    ContactKind.MOBILE: MaskKind.PHONE,
    ContactKind.EMAIL: MaskKind.EMAIL,
    ContactKind.ADDRESS: MaskKind.ADDRESS,
}


@dataclass(frozen=True)
class Line:
    """One masked value, what it is, and the row it comes from (for ``reveals.reveal``)."""

    object_id: int
    label: str
    text: str
    note: str = ""


@dataclass(frozen=True)
class Card:
    """客户名片: a customer as everybody who may see him at all may see him."""

    party_id: int
    public_id: str
    kind: PartyKind
    name: str
    sex: str
    born_on: date | None
    branch: str
    agent: str
    identities: tuple[Line, ...] = ()
    contacts: tuple[Line, ...] = ()
    bank_accounts: tuple[Line, ...] = ()


def masked_name(party: Party) -> str:
    """张* for a person; the name of an organisation is public."""
    return party.name if party.kind == PartyKind.ORGANISATION else mask(MaskKind.NAME, party.name)


def identity_line(identity: Identity) -> Line:
    label = str(IdentityType(identity.type).label)
    note = _("valid to {day}").format(day=identity.valid_to) if identity.valid_to else ""
    return Line(identity.pk, label, mask(MaskKind.ID_NUMBER, plain_number(identity)), note)


def contact_line(contact: Contact) -> Line:
    text = mask(CONTACT_MASK[ContactKind(contact.kind)], plain_contact(contact))
    return Line(contact.pk, contact.get_kind_display(), text, contact.get_health_display())


def bank_account_line(account: BankAccount) -> Line:
    return Line(account.pk, account.bank, mask(MaskKind.BANK_CARD, plain_account(account)))


def plain_number(identity: Identity) -> str:
    return vault.open_sealed(Identity, "number", identity.public_id, identity.number)


def plain_contact(contact: Contact) -> str:
    return vault.open_sealed(Contact, "value", contact.public_id, contact.value)


def plain_account(account: BankAccount) -> str:
    return vault.open_sealed(BankAccount, "number", account.public_id, account.number)


def card_of(party: Party) -> Card:
    """The whole card; reads the rows that belong to the customer."""
    return Card(
        party_id=party.pk,
        public_id=str(party.public_id),
        kind=PartyKind(party.kind),
        name=masked_name(party),
        sex=party.get_sex_display(),
        born_on=party.born_on,
        branch=str(party.branch),
        agent=str(party.agent or ""),
        identities=tuple(map(identity_line, party.identities.all())),
        contacts=tuple(map(contact_line, party.contacts.all())),
        bank_accounts=tuple(map(bank_account_line, party.bank_accounts.all())),
    )
