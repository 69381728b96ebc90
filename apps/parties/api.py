"""Customers 客户 in the API: masked, unless a key may see more and says what for."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.serializers import ValidationError

from apps.core.api import (
    Answer,
    Call,
    Code,
    CodeInput,
    Day,
    DayInput,
    Detail,
    Field,
    Found,
    Id,
    Input,
    List,
    Many,
    OfRows,
    Shape,
    Text,
    TextInput,
    a_text,
    an_id,
    declare_scope,
    means,
    operation,
)
from apps.core.api.reading import page_schema
from apps.core.api.shapes import Schema
from apps.core.masking import MaskKind, mask

from . import reveals, searching, selectors, vault
from .models import Contact, Identity, Party
from .presentation import CONTACT_MASK
from .searching import Particulars
from .states import ContactHealth, ContactKind, IdentityType, PartyKind, RevealPurpose, Sex

PARTIES_READ = declare_scope("parties:read", _("Read customers, masked"))
PARTIES_READ_PII = declare_scope("parties:read.pii", _("Read customers in full, for a stated purpose"))
MOST_FOUND = 50
PARTICULARS = ({"identifier"}, {"phone"}, {"name", "born_on"})

means(reveal_quota_spent="unmask_quota_exceeded")


class Name(Field):
    """张* for a person, the whole name where it was asked for with a purpose; an organisation's name is public."""

    def __init__(self, about: str = "", party: str = "") -> None:
        super().__init__(about, example="张*")
        self.party = party

    @property
    def columns(self) -> Sequence[str]:
        return f"{self.party}name", f"{self.party}kind"

    def builder(self, plain: bool) -> Callable[..., Any] | None:
        def build(name: str, kind: str) -> str:
            return name if plain or kind == PartyKind.ORGANISATION else mask(MaskKind.NAME, name)

        return build

    def type_schema(self) -> Schema:
        return {"type": "string"}


class PartySummary(Shape):
    """A customer in brief."""

    model = Party
    id = Id("party")
    kind = Code(PartyKind)
    name = Name("Masked unless asked for with a purpose.")


class Birthday(Day):
    """Null, unless it was asked for with a purpose."""

    def builder(self, plain: bool) -> Callable[..., Any] | None:
        return None if plain else lambda born_on: None


class Number(Text):
    """The number of a document, 110***********0029."""

    @property
    def columns(self) -> Sequence[str]:
        return "public_id", "number"

    def builder(self, plain: bool) -> Callable[..., Any] | None:
        def build(public_id: str, sealed: str) -> str:
            number = vault.open_sealed(Identity, "number", UUID(public_id), sealed)
            return number if plain else mask(MaskKind.ID_NUMBER, number)

        return build


class Reach(Text):
    """A phone number or an address, 138****5678."""

    @property
    def columns(self) -> Sequence[str]:
        return "public_id", "kind", "value"

    def builder(self, plain: bool) -> Callable[..., Any] | None:
        def build(public_id: str, kind: str, sealed: str) -> str:
            value = vault.open_sealed(Contact, "value", UUID(public_id), sealed)
            return value if plain else mask(CONTACT_MASK[ContactKind(kind)], value)

        return build


class IdentityShape(Shape):
    """An identity document 证件."""

    model = Identity
    type = Code(IdentityType, "证件类型.")
    number = Number("Masked unless asked for with a purpose.", example="110***********0029")
    valid_to = Day(null=True)


class ContactShape(Shape):
    """A phone number or an address 联系方式."""

    model = Contact
    kind = Code(ContactKind)
    value = Reach("Masked unless asked for with a purpose.", example="138****5678")
    health = Code(ContactHealth, "Doubtful after messages that did not arrive: it is passed over until verified.")


class PartyRow(PartySummary):
    """A customer 客户 in a list."""

    branch = Text("Code of the office.", "branch__code")
    agent = Id("agent", "agent__public_id", "The agent who serves the customer.", null=True)


class PartyShape(PartyRow):
    """A customer 客户 with documents and contacts."""

    row_version = (
        "{table}.xmin::text"
        " || coalesce((SELECT string_agg(i.xmin::text, ',' ORDER BY i.id) FROM parties_identity i"
        " WHERE i.party_id = {table}.id), '')"
        " || coalesce((SELECT string_agg(c.xmin::text, ',' ORDER BY c.id) FROM parties_contact c"
        " WHERE c.party_id = {table}.id), '')"
    )

    sex = Code(Sex)
    born_on = Birthday("Null unless asked for with a purpose.", null=True)
    identities = Many(IdentityShape, Identity.objects.filter(party=OuterRef("pk")).order_by("pk"))
    contacts = Many(ContactShape, Contact.objects.filter(party=OuterRef("pk")).order_by("pk"))


class OfParties(OfRows):
    """What all operations on customers share."""

    permission, scope = selectors.READ, PARTIES_READ

    def rows(self, call: Call) -> QuerySet:
        return selectors.visible_to(call.user)


@operation("GET", "parties")
class Parties(OfParties, List):
    """The customers in the caller's area, newest first, masked."""

    summary = "List customers"
    shape = PartyRow
    filters = (
        an_id("agent", "Served by this agent.", "agent", "agent__public_id"),
        a_text("branch", "Code of the office, whole.", r"[A-Za-z0-9-]{1,12}", "branch__code"),
    )


@operation("GET", "parties/{party}")
class PartyDetail(OfParties, Detail):
    """One customer with documents and contacts, masked; with the scope ``parties:read.pii`` and a ``Purpose`` they
    stand in full. Name, each document and each contact are then recorded and count against the day's quota."""

    summary = "Read a customer"
    pii_scope, shape = PARTIES_READ_PII, PartyShape

    def disclose(self, call: Call, found: Found) -> None:
        reveals.disclose_card(call.ctx, call.user, party_id=found.pk, purpose=call.purpose)


class PartySearchInput(Input):
    """Exactly one of: ``identifier``; ``phone``; ``name`` with ``born_on``."""

    identifier = TextInput(40, required=False, help_text="The whole number of an identity document.")
    phone = TextInput(40, required=False, help_text="The whole number of a mobile phone.")
    name = TextInput(120, required=False, help_text="The whole name; with born_on.")
    born_on = DayInput(required=False, help_text="The birthday; with name.")
    purpose = CodeInput(RevealPurpose, help_text="What the customer is looked for.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if set(attrs) - {"purpose"} not in PARTICULARS:
            raise ValidationError(_("Send identifier, phone, or name with born_on."), "particulars_not_one")
        return attrs


@operation("POST", "parties/search")
class SearchParties(OfParties):
    """Find the customers in the caller's area whom a whole number, or a name with its birthday, names; masked.

    What is looked for stands in the body alone, never in an address or a log. Each search is recorded with its purpose.
    It changes nothing and needs no Idempotency-Key. ``has_more`` says that there are more than are shown.
    """

    summary = "Find a customer"
    shape, input = PartyRow, PartySearchInput
    example = {"identifier": "110101199003077758", "purpose": "identity_check"}

    def answer_schema(self) -> Schema:
        return page_schema(super().answer_schema(), counted=False)

    def perform(self, call: Call) -> Answer:
        said = dict(call.data)
        purpose = said.pop("purpose")
        found = searching.known_by(call.ctx, call.user, Particulars(**said), purpose=purpose)
        parties = PartyRow.read(Party.objects.filter(pk__in=found.ids[:MOST_FOUND]), order=("pk",))
        shown: dict[str, Any] = {"data": [each.row for each in parties], "next": None}
        return Answer(shown | {"has_more": len(found.ids) > MOST_FOUND})
