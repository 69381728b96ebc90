"""Questions about customers. What comes back is masked, except to those who send messages."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts import scoping
from apps.accounts.keys import ApiClient
from apps.accounts.models import User
from apps.core.errors import NotFound, Refusal

from . import presentation, rules
from .models import Agent, BankAccount, Consent, Contact, Identity, Party, Preference
from .presentation import Card
from .states import UNUSED, ConsentPurpose, ContactHealth, ContactKind, PartyKind, QuietHours
from .values import Wishes

PARTY = "parties.party"
READ, REVEAL = "customer_read.R", "customer_unmask.E"


def visible_to(user: User) -> QuerySet[Party]:
    """The customers this account may read, masked."""
    return reached_by(user, READ)


def reached_by(user: User, permission: str) -> QuerySet[Party]:
    """The customers on whom a permission lets this account act (P44)."""
    return Party.objects.filter(scoping.rows(user, permission, object_type=PARTY)).select_related("branch", "agent")


def within_reach(user: User | ApiClient, permission: str = READ) -> QuerySet[Party]:
    """The customers this account might open with a stated purpose (decision 25)."""
    return Party.objects.filter(scoping.within_reach(user, permission)).select_related("branch", "agent")


def agents_visible_to(user: User) -> QuerySet[Agent]:
    return Agent.objects.filter(scoping.rows(user, "agent_read.R", agent_user="user")).select_related("branch", "user")


def card(party_id: int) -> Card:
    """One customer, masked. Whether the viewer may see him at all is asked by the caller's own ``visible_to``."""
    found = Party.objects.filter(pk=party_id).select_related("branch", "agent")
    party = found.prefetch_related("identities", "contacts", "bank_accounts").first()
    if party is None:
        raise NotFound(Refusal("not_found"))
    return presentation.card_of(party)


def in_order(party_ids: Sequence[int]) -> list[Party]:
    """These customers, in the order in which they are named."""
    found = Party.objects.select_related("branch", "agent").in_bulk(party_ids)
    return [found[pk] for pk in party_ids if pk in found]


def masked_names(party_ids: Iterable[int]) -> dict[int, str]:
    """For lists: 张*."""
    parties = Party.objects.filter(pk__in=set(party_ids)).only("name", "kind")
    return {party.pk: presentation.masked_name(party) for party in parties}


def plain_names(party_ids: Iterable[int]) -> dict[int, str]:
    """The names of these customers, plain: for the envelope of a letter only."""
    return dict(Party.objects.filter(pk__in=set(party_ids)).values_list("pk", "name"))


def public_ids(party_ids: Iterable[int]) -> dict[int, UUID]:
    """How the outside world calls these customers."""
    return dict(Party.objects.filter(pk__in=set(party_ids)).values_list("pk", "public_id"))


def ids_by_public(public_ids: Iterable[UUID]) -> dict[UUID, int]:
    """The customers the outside world calls so. Not found if one of them is nobody's."""
    wanted = set(public_ids)
    found = dict(Party.objects.filter(public_id__in=wanted).values_list("public_id", "pk"))
    if wanted - found.keys():
        raise NotFound(Refusal("not_found"))
    return found


def accounts_visible_to(user: User) -> QuerySet[BankAccount]:
    """The bank accounts of customers this account may read."""
    return BankAccount.objects.filter(party__in=visible_to(user).values("pk"))


def account_id(public_id: UUID) -> int:
    """The bank account the outside world calls so; not found otherwise."""
    found = BankAccount.objects.filter(public_id=public_id).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(Refusal("not_found"))
    return found


def account_public_id(pk: int) -> UUID:
    """How the outside world calls a bank account."""
    return BankAccount.objects.values_list("public_id", flat=True).get(pk=pk)


def masked_contact(contact_id: int) -> str:
    """A contact, masked."""
    return presentation.contact_line(Contact.objects.get(pk=contact_id)).text


def form_of_address(party_id: int) -> str:
    """称呼: how a letter calls a customer, 张先生."""
    party = Party.objects.only("name", "sex").get(pk=party_id)
    return rules.form_of_address(party.name, party.sex)


def key_data(party_id: int) -> dict[str, str]:
    """Birth date and sex of a customer as they stand, for taking a correction back."""
    party = Party.objects.only("born_on", "sex").get(pk=party_id)
    return {"born_on": party.born_on.isoformat() if party.born_on else "", "sex": party.sex}


@dataclass(frozen=True, slots=True)
class Known:
    """What rules of other apps ask of a person; ``id_valid_to`` None is without end or unknown."""

    born_on: date | None
    is_organisation: bool
    id_valid_to: date | None


def known(party_ids: Iterable[int]) -> dict[int, Known]:
    """Birth date, kind, and until when the newest identity document of each is valid."""
    ids = set(party_ids)
    newest = Identity.objects.filter(party__in=ids).order_by("party", "-pk").distinct("party")
    valid_to = dict(newest.values_list("party", "valid_to"))
    rows = Party.objects.filter(pk__in=ids).values_list("pk", "born_on", "kind")
    return {pk: Known(born_on, kind == PartyKind.ORGANISATION, valid_to.get(pk)) for pk, born_on, kind in rows}


def doubtful_contacts(party_ids: Iterable[int]) -> set[int]:
    """Which of these customers have a contact in doubt."""
    doubtful = Contact.objects.filter(party__in=set(party_ids), health=ContactHealth.DOUBTFUL)
    return set(doubtful.values_list("party", flat=True))


def contact_for(party_ids: Iterable[int], kind: ContactKind) -> dict[int, str]:
    """Where to reach each of these customers: the newest contact of that kind that is in use and not in doubt.

    Plain, for sending only: the text is neither stored nor logged.
    """
    newest = (
        Contact.objects.filter(party_id__in=set(party_ids), kind=kind)
        .exclude(health__in=UNUSED)
        .order_by("party_id", "-pk")
        .distinct("party_id")
    )
    return {contact.party_id: presentation.plain_contact(contact) for contact in newest}


@dataclass(frozen=True, slots=True)
class PayeeAccount:
    """收款账户: whose it is, since when we know it, and how it is shown."""

    id: int
    party_id: int
    added_at: datetime
    label: str
    public_id: UUID


def payee_account(account_id: int) -> PayeeAccount | None:
    """One bank account, masked; None if there is none."""
    return next(_payee_accounts(pk=account_id), None)


def payee_accounts(party_id: int) -> list[PayeeAccount]:
    """The bank accounts of a customer, masked, the newest first."""
    return list(_payee_accounts(party=party_id))


def account_labels(account_ids: Iterable[int]) -> dict[int, str]:
    """These bank accounts by id, masked."""
    return {account.id: account.label for account in _payee_accounts(pk__in=set(account_ids))}


def _payee_accounts(**which: Any) -> Iterator[PayeeAccount]:
    for account in BankAccount.objects.filter(**which).order_by("-pk"):
        line = presentation.bank_account_line(account)
        label = f"{line.label} {line.text}"
        yield PayeeAccount(account.pk, account.party_id, account.added_at, label, account.public_id)


def consents(party_ids: Iterable[int], purpose: ConsentPurpose) -> set[int]:
    """Which of these customers agree to that purpose now: the newest row counts (B-04)."""
    return {consent.party_id for consent in _newest_consents(party_ids, purpose) if consent.given}


def withdrawn(party_ids: Iterable[int], purpose: ConsentPurpose) -> set[int]:
    """Which of these customers have said no to that purpose; who was never asked has not (B-04)."""
    return {consent.party_id for consent in _newest_consents(party_ids, purpose) if not consent.given}


def _newest_consents(party_ids: Iterable[int], purpose: ConsentPurpose) -> QuerySet[Consent]:
    asked = Consent.objects.filter(party_id__in=set(party_ids), purpose=purpose)
    return asked.order_by("party_id", "-pk").distinct("party_id")


def wishes(party_ids: Iterable[int]) -> dict[int, Wishes]:
    """How each of these customers wants to be reached; who never said is left out."""
    return {row.party_id: _wishes(row) for row in Preference.objects.filter(party_id__in=set(party_ids))}


def _wishes(row: Preference) -> Wishes:
    service, statutory, marketing = (
        ContactKind(kind) if kind else None for kind in (row.service_by, row.statutory_by, row.marketing_by)
    )
    return Wishes(service, statutory, marketing, QuietHours(row.quiet))
