"""Verbs of customers: register, add; those about reaching them are in ``reaching``, looking at what is masked in
``reveals``."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Model

from apps.audit import services as audit
from apps.audit.services import Fact
from apps.core.context import Context
from apps.core.errors import Conflict, Refusal, Refused, refuse

from . import events, rules, sealing
from .models import Agent, BankAccount, Consent, Contact, Identity, Party, Relationship
from .reaching import lock
from .states import ConsentPurpose, PartyKind, RelationshipCode, Sex
from .values import NewBankAccount, NewContact, NewIdentity, NewParty

CHUNK = 2000


@transaction.atomic
def register(ctx: Context, newcomers: Sequence[NewParty]) -> list[Party]:
    """Register customers with their documents, contacts, accounts and consents; all of them or none.

    Refuses with all that is wrong with the first one that is wrong, and a document another customer is registered with.
    """
    cleaned = [_read(new, ctx.business_date) for new in newcomers]
    parties = Party.objects.bulk_create([_party_row(new) for new in cleaned], batch_size=CHUNK)
    pairs = list(zip(parties, cleaned, strict=True))
    _insert(Identity, (sealing.identity_row(party.pk, one) for party, new in pairs for one in new.identities))
    _insert(Contact, (sealing.contact_row(party.pk, one) for party, new in pairs for one in new.contacts))
    _insert(
        BankAccount,
        (sealing.bank_account_row(party.pk, new.name, one) for party, new in pairs for one in new.bank_accounts),
    )
    Consent.objects.bulk_create(
        (Consent(party=party, purpose=one, given=True) for party, new in pairs for one in new.consents),
        batch_size=CHUNK,
    )
    audit.record_many(ctx, events.REGISTERED, [Fact(party.pk, payload={"kind": party.kind}) for party in parties])
    for purpose in ConsentPurpose.values:
        facts = [Fact(party.pk, payload={"purpose": purpose}) for party, new in pairs if purpose in new.consents]
        audit.record_many(ctx, events.CONSENT_GIVEN, facts)
    return parties


def register_person(
    ctx: Context,
    *,
    name: str,
    branch_id: int,
    born_on: date | None = None,
    sex: Sex = Sex.UNKNOWN,
    occupation_class: int | None = None,
    agent_id: int | None = None,
    identities: Iterable[tuple[str, str, date | None]] = (),
    contacts: Iterable[tuple[str, str]] = (),
    consents: Iterable[ConsentPurpose] = (),
) -> Party:
    """Register one person. Birth date and sex may be left to the resident ID."""
    new = NewParty(
        name=name,
        branch_id=branch_id,
        born_on=born_on,
        sex=sex,
        occupation_class=occupation_class,
        agent_id=agent_id,
        identities=tuple(NewIdentity(*identity) for identity in identities),
        contacts=tuple(NewContact(*contact) for contact in contacts),
        consents=tuple(consents),
    )
    return register(ctx, [new])[0]


def register_organisation(
    ctx: Context,
    *,
    name: str,
    branch_id: int,
    identities: Iterable[tuple[str, str, date | None]] = (),
    contacts: Iterable[tuple[str, str]] = (),
    agent_id: int | None = None,
) -> Party:
    """Register one organisation, as a rule with its business licence (03) and unified social credit code."""
    new = NewParty(
        name=name,
        branch_id=branch_id,
        kind=PartyKind.ORGANISATION,
        agent_id=agent_id,
        identities=tuple(NewIdentity(*identity) for identity in identities),
        contacts=tuple(NewContact(*contact) for contact in contacts),
    )
    return register(ctx, [new])[0]


@transaction.atomic
def add_identity(ctx: Context, *, party_id: int, type: str, number: str, valid_to: date | None = None) -> Identity:
    """Add a document. Refuses one that another customer is registered with."""
    party = lock(party_id)
    new = NewIdentity(type, number, valid_to)
    read = rules.read_identity(new, kind=PartyKind(party.kind), on=ctx.business_date)
    [identity] = _insert(Identity, [sealing.identity_row(party.pk, _accept(read))])
    audit.record(ctx, events.IDENTITY_ADDED, party.pk, type=type)
    return identity


@transaction.atomic
def add_contact(ctx: Context, *, party_id: int, kind: str, value: str) -> Contact:
    """Add a phone, an e-mail address or a postal address. Refuses one that this customer already has."""
    party = lock(party_id)
    read = rules.read_contact(NewContact(kind, value))
    [contact] = _insert(Contact, [sealing.contact_row(party.pk, _accept(read))])
    audit.record(ctx, events.CONTACT_ADDED, party.pk, kind=kind)
    return contact


@transaction.atomic
def add_bank_account(ctx: Context, *, party_id: int, bank: str, number: str) -> BankAccount:
    """Add a bank account in the customer's own name (B-10)."""
    party = lock(party_id)
    read = rules.read_bank_account(NewBankAccount(bank, number))
    [account] = _insert(BankAccount, [sealing.bank_account_row(party.pk, party.name, _accept(read))])
    audit.record(ctx, events.ACCOUNT_ADDED, party.pk)
    return account


@transaction.atomic
def correct_key_data(ctx: Context, *, party_id: int, born_on: date, sex: Sex) -> None:
    """更正出生日期/性别: what every policy of an insured is rated by; the change of those is the endorsements' (L-17).

    Refuses a birth date in the future. The event names neither: both are personal data.
    """
    party = lock(party_id)
    if born_on > ctx.business_date:
        raise refuse("born_in_future")
    party.born_on, party.sex = born_on, Sex(sex)
    party.save(update_fields=["born_on", "sex"])
    audit.record(ctx, events.KEY_DATA_CORRECTED, party.pk)


@transaction.atomic
def relate(ctx: Context, *, party_id: int, other_id: int, code: RelationshipCode) -> Relationship:
    """Record what one customer is to another: the first is the ``code`` of the second."""
    if party_id == other_id:
        raise refuse("related_to_self")
    party = lock(party_id)
    relationship, created = Relationship.objects.get_or_create(party=party, other_id=other_id, code=code)
    if not created:
        raise Conflict(Refusal("relationship_known"))
    audit.record(ctx, events.RELATED, party.pk, other=other_id, code=code)
    return relationship


@transaction.atomic
def register_agent(
    ctx: Context, *, code: str, name: str, branch_id: int, licence_no: str = "", user_id: int | None = None
) -> Agent:
    """Register an agent, with the account he signs in with if he has one."""
    if Agent.objects.filter(code=code).exists():
        raise Conflict(Refusal("agent_code_taken", {"code": code}))
    agent = Agent.objects.create(code=code, name=name, branch_id=branch_id, licence_no=licence_no, user_id=user_id)
    audit.record(ctx, events.AGENT_REGISTERED, agent.pk, code=code)
    return agent


def _read(new: NewParty, on: date) -> NewParty:
    cleaned, refusals = rules.read_party(new, on=on)
    if refusals:
        raise Refused(*refusals)
    return cleaned


def _party_row(new: NewParty) -> Party:
    return Party(
        kind=new.kind,
        name=new.name,
        initials=rules.initials(new.name),
        born_on=new.born_on,
        sex=new.sex,
        occupation_class=new.occupation_class,
        branch_id=new.branch_id,
        agent_id=new.agent_id,
    )


TAKEN = {"identity_once": "identity_known", "contact_once": "contact_known"}


def _insert(model: type[Model], rows: Iterable[NamedTuple]) -> list[Any]:
    """Insert sealed rows; what the database knows already becomes the refusal that says so, without the value."""
    try:
        with transaction.atomic():
            return model._default_manager.bulk_create([model(**row._asdict()) for row in rows], batch_size=CHUNK)
    except IntegrityError as error:
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if constraint in TAKEN:
            raise Conflict(Refusal(TAKEN[constraint])) from None
        raise


def _accept(read: Any) -> Any:
    if isinstance(read, Refusal):
        raise Refused(read)
    return read
