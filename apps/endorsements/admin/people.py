"""People in the questions: those on the policy, those found by name or number, and one registered in place."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.admin import DayInput, StaffRequest
from apps.core.admin.pages import Text
from apps.core.api import ids
from apps.core.context import Context
from apps.parties import presentation, searching
from apps.parties import selectors as parties
from apps.parties import services as party_services
from apps.parties.models import Party
from apps.parties.states import ContactKind, IdentityType, RelationshipCode, Sex
from apps.policies.models import Policy
from apps.policies.terms import Terms

SHOWN = 20
REGISTER = "customer_edit.C"
CHOOSE = ("", _("Please choose"))


class PersonForm(forms.Form):
    """A person who is not a customer yet."""

    prefix = "person"
    name = forms.CharField(label=_("Name"), max_length=80)
    relationship = forms.ChoiceField(
        label=_("What the beneficiary is to the insured"), choices=[CHOOSE, *RelationshipCode.choices], required=False
    )
    born_on = forms.DateField(label=_("Born on"), widget=DayInput)
    sex = forms.ChoiceField(label=_("Sex"), choices=[CHOOSE, *Sex.choices])
    id_type = forms.ChoiceField(label=_("Kind of document"), choices=[CHOOSE, *IdentityType.choices], required=False)
    id_number = forms.CharField(label=_("Number of the document"), max_length=40, required=False)
    valid_to = forms.DateField(label=_("Valid to"), widget=DayInput, required=False)
    mobile = forms.CharField(label=_("Mobile phone"), max_length=30, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in self.fields.values():
            each.widget.is_required = False  # it stands inside a larger form, which is sent without it as well


class AccountForm(forms.Form):
    """A bank account of the policyholder that is not on the file yet."""

    prefix = "account"
    bank = forms.CharField(label=_("Bank"), max_length=80)
    number = forms.CharField(label=_("Account number"), max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in self.fields.values():
            each.widget.is_required = False


class People:
    """Who may be chosen: the people on the policy first, then those who were looked up for this form."""

    def __init__(self, user: User, policy: Policy, terms: Terms, named: Iterable[str]) -> None:
        self.user, self.policy, self.terms = user, policy, terms
        self.found: list[Party] = []
        self._extra = list(dict.fromkeys(filter(None, named)))

    @property
    def on_policy(self) -> list[int]:
        heirs = (each.party for each in self.terms.beneficiaries)
        return list(dict.fromkeys([self.terms.holder, *(life.party for life in self.terms.lives), *heirs]))

    def options(self) -> Sequence[tuple[str, Text]]:
        """Each with what he is on the policy and his birthday, masked."""
        here = self.on_policy
        public = [uuid for text in self._extra if (uuid := ids.read("party", text))]
        rows = {each.pk: each for each in Party.objects.filter(pk__in=here)}
        looked_up = Party.objects.filter(public_id__in=public).exclude(pk__in=here)
        seen = [*(rows[pk] for pk in here if pk in rows), *looked_up.order_by("pk")]
        return [(ids.write("party", each.public_id), self._called(each)) for each in seen]

    @property
    def looked_up(self) -> list[str]:
        """The public ids the form carries along."""
        return self._extra

    def add(self, party: Party) -> str:
        public = ids.write("party", party.public_id)
        if public not in self._extra:
            self._extra.append(public)
        return public

    def find(self, ctx: Context, text: str) -> bool:
        """Look for people in sight by name, birthday, or the end of a number; whether somebody was found."""
        found = searching.people(ctx, self.user, text).ids[:SHOWN]
        self.found = parties.in_order(found)
        for party in self.found:
            self.add(party)
        return bool(self.found)

    def register(self, ctx: Context, data: dict[str, Any]) -> str:
        """Take a new person into the customer file, related to the insured if it is said how."""
        identities = [(data["id_type"], data["id_number"], data["valid_to"])] if data["id_number"] else []
        contacts = [(ContactKind.MOBILE, data["mobile"])] if data["mobile"] else []
        party = party_services.register_person(
            ctx,
            name=data["name"],
            branch_id=self.policy.branch_id,
            born_on=data["born_on"],
            sex=Sex(data["sex"]),
            identities=identities,
            contacts=contacts,
        )
        if data["relationship"]:
            insured = self.terms.lives[0].party
            party_services.relate(ctx, party_id=party.pk, other_id=insured, code=RelationshipCode(data["relationship"]))
        return self.add(party)

    def _called(self, party: Party) -> str:
        parts = [presentation.masked_name(party)]
        if party.born_on:
            parts.append(f"{party.born_on:%Y-%m-%d}")
        return " · ".join([*parts, *self._roles(party.pk)])

    def _roles(self, party_id: int) -> list[str]:
        roles = [_now("policyholder")] if party_id == self.terms.holder else []
        roles += [_now("insured")] if any(life.party == party_id for life in self.terms.lives) else []
        heirs = {each.party for each in self.terms.beneficiaries}
        return [*roles, _now("beneficiary")] if party_id in heirs else roles


def named_in(request: StaffRequest, data: QueryDict | None) -> list[str]:
    """The people the form carries along; only those in sight count."""
    texts = data.getlist("people")[:100] if data is not None else []
    wanted = [uuid for text in texts if (uuid := ids.read("party", text))]
    seen = parties.visible_to(request.user).filter(public_id__in=wanted)
    return [ids.write("party", uuid) for uuid in seen.values_list("public_id", flat=True)]
