"""CONTACT_CHANGE 联系方式变更 (row 1)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core import api
from apps.core.api.inputs import CodeInput, IdInput, TextInput
from apps.core.context import Context
from apps.core.errors import Refusal
from apps.endorsements.base import Acted, EndorsementType
from apps.endorsements.situation import Situation
from apps.endorsements.states import EffectiveRule, Signer
from apps.parties import reaching
from apps.parties import selectors as parties
from apps.parties.states import ContactKind
from apps.policies import selectors as policies


class ContactChange(EndorsementType):
    """Where a person is reached: his phone, e-mail or address; known at once on every policy of his."""

    code = "CONTACT_CHANGE"
    label = _("Change of contact data")
    summary = _("A new phone number, e-mail address or postal address; it counts for every policy of the person.")
    basis = ("EN-01", "E-03", "AR-06", "E-04")
    permission = "contact_change"
    signers = (frozenset({Signer.HOLDER}), frozenset({Signer.INSURED}))
    materials = ("applicant_id",)
    effective = EffectiveRule.AT_ONCE
    statuses = ("IN_FORCE", "PENDING_EFFECT", "SUSPENDED", "TERMINATED")
    blocking = ()

    class Input(api.Input):
        party = IdInput("party", help_text=_("Whose contact it is"))
        kind = CodeInput(ContactKind, help_text=_("Kind of contact"))
        value = TextInput(200, help_text=_("The new number or address"))

    @dataclass(frozen=True)
    class Change:
        party: int
        kind: str
        contact: int

    def prepare(self, ctx: Context, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """The value itself is kept sealed at the person; the change only names it."""
        party_id = parties.ids_by_public([data["party"]])[data["party"]]
        kind = ContactKind(data["kind"])
        contact = reaching.propose_contact(ctx, party_id=party_id, kind=kind, value=data["value"])
        return {"party": party_id, "kind": kind, "contact": contact.pk}

    def parse(self, data: Mapping[str, Any], asked: Situation) -> Change:
        return self.Change(data["party"], str(data["kind"]), data["contact"])

    def shown(self, change: Change) -> Mapping[str, Any]:
        return {
            "party": parties.public_ids([change.party])[change.party],
            "kind": change.kind,
            "value": parties.masked_contact(change.contact),
        }

    def current(self, at: Situation) -> Mapping[str, Any]:
        return {"party": parties.public_ids([at.terms.holder])[at.terms.holder]}

    def check(self, change: Change, at: Situation) -> Iterator[Refusal]:
        if change.party not in {at.terms.holder, *(life.party for life in at.terms.lives)}:
            yield Refusal("contact_of_a_stranger")

    def spread(self, change: Change, policy_id: int) -> Iterable[tuple[int, Change]]:
        return [(each, change) for each in policies.alive_of(change.party) if each != policy_id]

    def carry_out(self, ctx: Context, acted: Acted) -> Mapping[str, Any]:
        replaced = reaching.adopt_contact(ctx, party_id=acted.change.party, contact_id=acted.change.contact)
        return {"replaced": replaced}

    def replaces(self, later: Change, earlier: Change) -> bool:
        return (later.party, later.kind) == (earlier.party, earlier.kind)

    def take_back(self, ctx: Context, acted: Acted) -> None:
        change, replaced = acted.change, acted.kept.get("replaced")
        reaching.drop_contact(ctx, party_id=change.party, contact_id=change.contact, restore=replaced)
