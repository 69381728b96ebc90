"""BENEFICIARY_CHANGE 身故受益人变更 (row 14)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.core import api
from apps.core.api.inputs import CodeInput, IdInput
from apps.core.errors import Refusal
from apps.endorsements.base import WHOSE_LIFE_SIGNS, EndorsementType, Moment
from apps.endorsements.inputs import NumberInput, ShareInput
from apps.endorsements.situation import Situation
from apps.endorsements.states import EffectiveRule, Mutex, Review
from apps.parties import selectors as parties
from apps.parties.states import RelationshipCode
from apps.policies.rules import check_beneficiaries
from apps.policies.terms import Beneficiary, Terms

NEAR = frozenset({"00", "01", "02", "03", "05"})
"""The insured and near relatives: whom alone an employer may name (E-05, 保险法 §39)."""

MOST = 20
"""More beneficiaries than anybody names are a mistake, or worse."""


class BeneficiaryInput(api.Input):
    """One beneficiary: who, in which order, and the share of that order in per cent."""

    party = IdInput("party", help_text=_("The beneficiary"))
    benefit_order = NumberInput(1, 9, help_text=_("Order of benefit"))
    share = ShareInput(help_text=_("Share in per cent"))
    relationship = CodeInput(RelationshipCode, help_text=_("What the beneficiary is to the insured"))


class BeneficiaryChange(EndorsementType):
    """Who receives the death benefit. Binding on us from the moment the request arrives (E-07)."""

    code = "BENEFICIARY_CHANGE"
    label = _("Change of beneficiaries")
    summary = _(
        "Name who receives the death benefit, in which order and with which shares; none means the heirs by law."
    )
    basis = ("EN-13", "CR-11", "E-05", "E-06", "E-07", "E-08", "E-09")
    permission = "beneficiary_change"
    signers = WHOSE_LIFE_SIGNS
    materials = ("applicant_id", "ids_incl_beneficiary", "relation_proof", "insured_consent_signed")
    effective = EffectiveRule.AT_ONCE
    mutex = Mutex.BENEFICIARY
    review = Review.ALWAYS
    statuses = ("IN_FORCE", "PENDING_EFFECT", "SUSPENDED")

    class Input(api.Input):
        beneficiaries: Any = serializers.ListSerializer(
            child=BeneficiaryInput(), max_length=MOST, help_text=_("All beneficiaries from then on")
        )

    @dataclass(frozen=True)
    class Change:
        beneficiaries: tuple[Beneficiary, ...]

    def parse(self, data: Mapping[str, Any], asked: Situation) -> Change:
        ids = parties.ids_by_public(each["party"] for each in data["beneficiaries"])
        return self.Change(
            tuple(
                Beneficiary(
                    party=ids[each["party"]],
                    share=each["share"] / 100,
                    benefit_order=each["benefit_order"],
                    relationship=each["relationship"],
                )
                for each in data["beneficiaries"]
            )
        )

    def shown(self, change: Change) -> Mapping[str, Any]:
        names = parties.public_ids(each.party for each in change.beneficiaries)
        return {
            "beneficiaries": [
                {
                    "party": names[each.party],
                    "benefit_order": each.benefit_order,
                    "share": (each.share * 100).normalize(),
                    "relationship": each.relationship,
                }
                for each in change.beneficiaries
            ]
        }

    def current(self, at: Situation) -> Mapping[str, Any]:
        return self.shown(self.Change(at.terms.beneficiaries))

    def check(self, change: Change, at: Situation) -> Iterator[Refusal]:
        yield from check_beneficiaries(change.beneficiaries)
        if at.event_reported:
            yield Refusal("beneficiary_after_event")
        if at.people[at.terms.holder].is_organisation:
            for each in change.beneficiaries:
                if each.relationship not in NEAR:
                    yield Refusal("beneficiary_of_employer", {"order": each.benefit_order})

    def papers(self, change: Change, at: Situation) -> tuple[str, ...]:
        return self.materials if change.beneficiaries else ("applicant_id", "insured_consent_signed")

    def apply(self, terms: Terms, change: Change, moment: Moment) -> Terms:
        return replace(terms, beneficiaries=change.beneficiaries)
