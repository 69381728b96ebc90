"""Looking for customers 查找客户: by name, birthday, initials or the end of a number; by a whole number for a purpose.

What is found is at most ``MOST_PEOPLE`` customers within the person's own scope, so that a common name costs no more
than a rare one and nothing beyond the scope is counted (screen S4.4).
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from apps.accounts import opening
from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.states import AccessKind
from apps.core.context import Context

from . import selectors, shapes, vault
from .grams import NamedWith, NameGrams
from .models import Contact, Identity, Party
from .selectors import PARTY, READ
from .shapes import Shape, Sought
from .states import RevealPurpose
from .vault import IndexPurpose

MOST_PEOPLE = 1000


@dataclass(frozen=True)
class People:
    """The customers a text means, those of that very name first.

    ``cut``: there are more; ``asks``: nobody was looked for without a purpose.
    """

    ids: tuple[int, ...] = ()
    cut: bool = False
    asks: bool = False


@dataclass(frozen=True)
class Particulars:
    """What names one customer: the number of a document, a mobile phone, or the whole name with the birthday."""

    identifier: str = ""
    phone: str = ""
    name: str = ""
    born_on: date | None = None

    @property
    def means(self) -> Q:
        if self.identifier:
            return Q(pk__in=_identities(number_index=vault.index(self.identifier, IndexPurpose.ID_NUMBER)))
        if self.phone:
            return Q(pk__in=_contacts(value_index=vault.index(self.phone, IndexPurpose.PHONE)))
        return Q(name=self.name, born_on=self.born_on)


def people(ctx: Context, user: User, text: str, *, purpose: str = "") -> People:
    """The customers in sight whom a text means.

    A whole number or address is looked for only for a purpose, and then also among those whom an assistant may open;
    that search, and one by the end of a number, leaves one Access row without what was looked for (P36).
    """
    sought = shapes.read(text)
    if sought.shape == Shape.NOTHING:
        return People()
    if not sought.in_full:
        if sought.shape == Shape.TAIL:
            _note(ctx)
        return _found(selectors.visible_to(user).filter(named(sought)), sought.text)
    if purpose not in RevealPurpose.values:
        return People(asks=True)
    return _opened(ctx, user, named_in_full(ctx, user, text, purpose=purpose), purpose)


def named_in_full(ctx: Context, user: User, text: str, *, purpose: str) -> tuple[int, ...]:
    """Whom a whole number or address names within the person's reach; nobody if it is not one. Leaves an Access row."""
    sought = shapes.read(text)
    if not sought.in_full:
        return ()
    _note(ctx, purpose)
    return _found(selectors.within_reach(user).filter(named(sought))).ids


def known_by(ctx: Context, user: User, particulars: Particulars, *, purpose: str) -> People:
    """The customers in sight whom these particulars name, for a program. Leaves an Access row (P36); opens nobody."""
    _note(ctx, purpose)
    return _found(selectors.visible_to(user).filter(particulars.means), particulars.name)


def named(sought: Sought) -> Q:
    """Whom it means, as a filter on customers."""
    match sought.shape:
        case Shape.EMAIL:
            return Q(pk__in=_contacts(value_index=vault.index(sought.text, IndexPurpose.EMAIL)))
        case Shape.TAIL:
            phone, identity = (
                vault.tail_index(sought.text, kind) for kind in (IndexPurpose.PHONE, IndexPurpose.ID_NUMBER)
            )
            return Q(pk__in=_identities(tail_index=identity).union(_contacts(tail_index=phone)))
        case Shape.NUMBER:
            phone, identity = (vault.index(sought.text, kind) for kind in (IndexPurpose.PHONE, IndexPurpose.ID_NUMBER))
            return Q(pk__in=_identities(number_index=identity).union(_contacts(value_index=phone)))
        case Shape.NAME_AND_BIRTHDAY:
            return Q(born_on=sought.born_on) & _name(sought.text)
        case Shape.INITIALS:
            return Q(initials__startswith=sought.text.lower()) | _name(sought.text)
        case _:
            return _name(sought.text)


def _name(text: str) -> Q:
    """The name has these characters, side by side."""
    pieces = Q(NamedWith(NameGrams("name"), shapes.grams(text)))
    return pieces & Q(name__icontains=text) if len(text) > 2 else pieces


def _identities(**indexed: str) -> QuerySet:
    return Identity.objects.filter(**indexed).values("party")


def _contacts(**indexed: str) -> QuerySet:
    return Contact.objects.filter(**indexed).values("party")


def _found(parties: QuerySet[Party], name: str = "") -> People:
    """Those of that very name first. Ordered here, for the database to stop when it has enough."""
    rows = parties.order_by().values_list("pk", "name")[: MOST_PEOPLE + 1]
    found = sorted(rows, key=lambda row: (row[1] != name, row[0]))
    return People(tuple(pk for pk, _name in found[:MOST_PEOPLE]), cut=len(found) > MOST_PEOPLE)


def _opened(ctx: Context, user: User, found: tuple[int, ...], purpose: str) -> People:
    """Of those out of sight only one named alone: it is the case at hand, and opened for the purpose (decision 25)."""
    seen = tuple(selectors.visible_to(user).filter(pk__in=found).values_list("pk", flat=True))
    if seen or len(found) != 1:
        return People(seen)
    opening.open_for(ctx, READ, Party.objects.get(pk=found[0]), purpose)
    return People(found)


def _note(ctx: Context, purpose: str = "") -> None:
    audit.note_access(ctx, AccessKind.SEARCHED, READ, object_type=PARTY, purpose=purpose)
