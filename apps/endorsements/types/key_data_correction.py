"""KEY_DATA_CORRECTION 客户重要资料变更 (row 4)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core import api
from apps.core.api.inputs import CodeInput, DayInput, IdInput
from apps.core.context import Context
from apps.core.dates import age_last_birthday
from apps.core.errors import Refusal, refuse
from apps.endorsements import pricing
from apps.endorsements.base import ALL_SIGN, Acted, EndorsementType, Moment
from apps.endorsements.situation import Situation
from apps.endorsements.states import EffectiveRule, Mode, Mutex, Reversible, Review
from apps.parties import selectors as parties
from apps.parties import services as party_services
from apps.parties.states import Sex
from apps.policies import selectors as policies
from apps.policies.terms import Life, Terms
from apps.products.values import Period


class KeyDataCorrection(EndorsementType):
    """Birth date or sex of an insured, wrong since the start: every policy of his is rated anew from there (L-17)."""

    code = "KEY_DATA_CORRECTION"
    label = _("Correction of birth date or sex")
    summary = _("Correct the birth date or sex of the insured and rate the contract anew from its beginning.")
    basis = ("EN-02", "L-17", "L-08", "L-09", "E-04")
    permission = "identity_correction"
    signers = ALL_SIGN
    materials = ("applicant_id", "birth_proof", "id_correction_proof")
    effective = EffectiveRule.CONTRACT_START
    mutex = Mutex.FINANCIAL
    mode = Mode.CORRECTION
    review = Review.ALWAYS
    reversible = Reversible.COUNTER_ITEM
    clocks = ("POS_ACCEPT", "POS_DEFICIENCY", "POS_DONE_NO_MONEY", "POS_DONE_MONEY", "RESCIND_KNOWN")
    statuses = ("IN_FORCE", "PENDING_EFFECT")
    not_in_flight = True

    class Input(api.Input):
        party = IdInput("party", help_text=_("The insured"))
        born_on = DayInput(help_text=_("Born on"))
        sex = CodeInput(Sex, help_text=_("Sex"))

    @dataclass(frozen=True)
    class Change:
        party: int
        born_on: date
        sex: str

    def parse(self, data: Mapping[str, Any], asked: Situation) -> Change:
        return self.Change(parties.ids_by_public([data["party"]])[data["party"]], data["born_on"], str(data["sex"]))

    def shown(self, change: Change) -> Mapping[str, Any]:
        return {
            "party": parties.public_ids([change.party])[change.party],
            "born_on": change.born_on,
            "sex": change.sex,
        }

    def current(self, at: Situation) -> Mapping[str, Any]:
        life = at.terms.lives[0]
        return self.shown(self.Change(life.party, life.born_on, life.sex))

    def check(self, change: Change, at: Situation) -> Iterator[Refusal]:
        life = next((each for each in at.terms.lives if each.party == change.party), None)
        if life is None:
            yield Refusal("correction_not_insured")
            return
        if (life.born_on, life.sex) == (change.born_on, change.sex):
            yield Refusal("correction_changes_nothing")
        if change.born_on > at.terms.effective_on:
            yield Refusal("born_after_start", {"start": at.terms.effective_on})
        elif refusal := _outside_ages(at, change):
            yield refusal

    def apply(self, terms: Terms, change: Change, moment: Moment) -> Terms:
        if change.party not in {life.party for life in terms.lives}:
            raise refuse("correction_not_insured")
        lives = tuple(_corrected(life, change) for life in terms.lives)
        return pricing.repriced(terms, replace(terms, lives=lives), moment)

    def spread(self, change: Change, policy_id: int) -> Iterable[tuple[int, Change]]:
        return [(each, change) for each in policies.insuring(change.party) if each != policy_id]

    def carry_out(self, ctx: Context, acted: Acted) -> Mapping[str, Any]:
        change, known = acted.change, parties.key_data(acted.change.party)
        party_services.correct_key_data(ctx, party_id=change.party, born_on=change.born_on, sex=Sex(change.sex))
        return known

    def replaces(self, later: Change, earlier: Change) -> bool:
        return later.party == earlier.party

    def take_back(self, ctx: Context, acted: Acted) -> None:
        known = acted.kept
        party_services.correct_key_data(
            ctx, party_id=acted.change.party, born_on=date.fromisoformat(known["born_on"]), sex=Sex(known["sex"])
        )


def _corrected(life: Life, change: KeyDataCorrection.Change) -> Life:
    return replace(life, born_on=change.born_on, sex=change.sex) if life.party == change.party else life


def _outside_ages(at: Situation, change: KeyDataCorrection.Change) -> Refusal | None:
    """True age outside the product's limits: the contract may only be rescinded, in time (L-08, L-09, L-17)."""
    main = at.terms.main
    sold = at.main_product.coverage(main.part)
    plan = sold and sold.plan(Period.parse(main.policy_term), Period.parse(main.payment_term))
    age = age_last_birthday(change.born_on, main.start_on)
    if plan and not plan.min_age <= age <= plan.max_age:
        return Refusal("true_age_outside_limits", {"age": age, "lowest": plan.min_age, "highest": plan.max_age})
    return None
