"""Looking at what is masked 明文查看: with a purpose, a quota and a trace (P36, P54). Never leaves the value behind."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Model, QuerySet

from apps.accounts import granting, permissions
from apps.accounts.keys import ApiClient
from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.models import Access
from apps.audit.states import AccessKind
from apps.core import clock
from apps.core.context import Context
from apps.core.errors import NotFound, Refusal, refuse

from . import presentation, selectors
from .models import BankAccount, Contact, Identity, Party
from .selectors import PARTY, REVEAL
from .states import RevealField, RevealPurpose

READERS: dict[RevealField, tuple[type[Model], Callable[[Any], str]]] = {
    RevealField.NAME: (Party, lambda party: party.name),
    RevealField.IDENTITY: (Identity, presentation.plain_number),
    RevealField.CONTACT: (Contact, presentation.plain_contact),
    RevealField.BANK_ACCOUNT: (BankAccount, presentation.plain_account),
}
# What each narrowing of the right leaves. An agent sees only what he typed in himself, which the portal will show him.
GRANTED = {"": frozenset(RevealField), "bank_account": frozenset({RevealField.BANK_ACCOUNT}), "own_entry": frozenset()}


def reveal(ctx: Context, user: User, *, field: RevealField, object_id: int, purpose: str) -> str:
    """The plain value of one row, for one look.

    Refuses without the right or a purpose, for customers out of reach, and beyond the day's quota of the person. The
    purpose given here is the purpose decision 25 asks for, so a customer need not be opened before.
    """
    if not _may_see(user, field):
        raise permissions.denied(ctx, REVEAL, object_type=PARTY)
    if purpose not in RevealPurpose.values:
        raise refuse("reason_required")
    model, read = READERS[field]
    row: Any = model._default_manager.filter(pk=object_id).first()
    party_id = row and (row.pk if model is Party else row.party_id)
    if party_id is None or not selectors.within_reach(user, REVEAL).filter(pk=party_id).exists():
        raise NotFound(Refusal("not_found"))
    _note(ctx, user, party_id, field, object_id, purpose)
    return read(row)


def disclose(ctx: Context, client: ApiClient | User, *, party_ids: Iterable[int], purpose: str) -> None:
    """接口明文: the names of these customers go out in full, to a program or a session, for a purpose of ours.

    Each customer is one look, against the quota of the key, or of the person. Refuses without the right.
    """
    if not _may_see(client, RevealField.NAME):
        raise permissions.denied(ctx, REVEAL, object_type=PARTY)
    for party_id in sorted(party_ids):
        _note(ctx, client, party_id, RevealField.NAME, party_id, purpose)


def disclose_card(ctx: Context, client: ApiClient | User, *, party_id: int, purpose: str) -> None:
    """接口明文名片: a customer's name, documents and contacts go out in full, for a purpose of ours.

    Each of them is one look, as it is for people. Refuses without the right, and where it does not reach.
    """
    if not selectors.within_reach(client, REVEAL).filter(pk=party_id).exists():
        raise permissions.denied(ctx, REVEAL, object_type=PARTY, object_id=party_id)
    disclose(ctx, client, party_ids=[party_id], purpose=purpose)
    for field, model in ((RevealField.IDENTITY, Identity), (RevealField.CONTACT, Contact)):
        for pk in model._default_manager.filter(party=party_id).order_by("pk").values_list("pk", flat=True):
            _note(ctx, client, party_id, field, pk, purpose)


def revealed_today(person_accounts: QuerySet[User]) -> int:
    """How many values these accounts have looked at since the office's midnight."""
    return _revealed_since_midnight([user.actor for user in person_accounts])


def _revealed_since_midnight(actors: Iterable[str]) -> int:
    midnight = clock.office_now().replace(hour=0, minute=0, second=0, microsecond=0)
    return Access.objects.filter(kind=AccessKind.REVEALED, actor__in=list(actors), recorded_at__gte=midnight).count()


@transaction.atomic
def _note(
    ctx: Context, user: User | ApiClient, party_id: int, field: RevealField, object_id: int, purpose: str
) -> None:
    """Count and write under one lock, so that two looks at once cannot both be the last one allowed."""
    granting.lock_person(user.person)
    if isinstance(user, ApiClient):
        seen, most = _revealed_since_midnight([user.actor]), settings.KEY_REVEALS_PER_DAY
    else:
        seen, most = revealed_today(User.objects.filter(person=user.person)), settings.REVEALS_PER_DAY
    if seen >= most:
        spent = Refusal("reveal_quota_spent", {"limit": most})
        raise permissions.denied(ctx, REVEAL, spent, object_type=PARTY, object_id=party_id)
    audit.note_access(
        ctx,
        AccessKind.REVEALED,
        REVEAL,
        object_type=PARTY,
        object_id=party_id,
        purpose=purpose,
        field=field,
        row=object_id,
    )


def _may_see(user: User | ApiClient, field: RevealField) -> bool:
    return any(field in GRANTED[grant.only] for grant in permissions.grants(user, REVEAL))
