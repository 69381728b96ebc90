"""SUM_ASSURED_INCREASE 增加保额 (row 34)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core import api
from apps.core.dates import age_last_birthday
from apps.core.errors import Refusal
from apps.endorsements import pricing
from apps.endorsements.base import ALL_SIGN, EndorsementType, Moment
from apps.endorsements.inputs import AmountInput
from apps.endorsements.situation import Situation
from apps.endorsements.states import EffectiveRule, Mutex, Reversible, Review
from apps.policies.terms import Terms


class SumAssuredIncrease(EndorsementType):
    """A further layer on the main cover, with the age attained, its own premium and its own waiting period."""

    code = "SUM_ASSURED_INCREASE"
    label = _("Increase of sum assured")
    summary = _("Raise the sum assured of the main cover; underwriting answers first.")
    basis = ("EN-09", "EN-30", "L-02", "L-05", "N-08")
    permission = "coverage_change"
    signers = ALL_SIGN
    materials = ("applicant_id", "health_statement", "financial_proof")
    effective = EffectiveRule.PAID_NEXT_DAY
    mutex = Mutex.FINANCIAL
    review = Review.ABOVE_LIMIT
    reversible = Reversible.COUNTER_ITEM
    clocks = ("POS_ACCEPT", "POS_DEFICIENCY", "POS_DONE_MONEY")
    statuses = ("IN_FORCE",)
    blocking = ("legal", "aml", "dispute", "claim", "nondisclosure")
    not_in_flight = True
    no_arrears = True
    underwritten = True
    ordinal = True

    class Input(api.Input):
        sum_assured = AmountInput(help_text=_("Sum assured after the increase"))

    @dataclass(frozen=True)
    class Change:
        sum_assured: Decimal
        layer: int = 0
        extra_percent: Decimal = Decimal(0)
        extra_per_mille: Decimal = Decimal(0)
        more: Decimal = Decimal(0)

    def parse(self, data: Mapping[str, Any], asked: Situation) -> Change:
        wanted = data["sum_assured"]
        return self.Change(wanted, more=wanted - asked.terms.sum_assured)

    def shown(self, change: Change) -> Mapping[str, Any]:
        return {"sum_assured": change.sum_assured}

    def current(self, at: Situation) -> Mapping[str, Any]:
        return {"sum_assured": at.terms.sum_assured}

    def check(self, change: Change, at: Situation) -> Iterator[Refusal]:
        if change.more <= 0:
            yield Refusal("increase_not_higher", {"now": at.terms.sum_assured})
            return
        if at.terms.sum_assured + change.more != change.sum_assured:
            yield Refusal("increase_from_another", {"now": at.terms.sum_assured})
        if at.premium_status not in ("PAYING", "SINGLE"):
            yield Refusal("no_premium_to_come")
        sold = at.main_product.coverage(at.terms.main.part)
        assert sold is not None  # a policy stands on a coverage of its product
        if change.sum_assured > sold.max_sum_assured:
            yield Refusal("sum_assured_above_highest", {"highest": sold.max_sum_assured})
        if change.more % sold.sum_assured_unit:
            yield Refusal("sum_assured_not_in_units", {"unit": sold.sum_assured_unit})
        yield from self._limits(change, at)

    def _limits(self, change: Change, at: Situation) -> Iterator[Refusal]:
        item = at.item_terms(self.code)
        limits = item.limits if item else {}
        life = at.terms.lives[0]
        age = age_last_birthday(life.born_on, at.today)
        if (oldest := limits.get("max_age")) is not None and age > oldest:
            yield Refusal("increase_too_old", {"age": age, "oldest": int(oldest)})
        if (most := limits.get("max_increase")) is not None and change.more > most:
            yield Refusal("increase_too_much", {"most": most})

    def apply(self, terms: Terms, change: Change, moment: Moment) -> Terms:
        bare = pricing.layer(terms, change.more, change.layer, moment)
        drawn = replace(bare, extra_percent=change.extra_percent, extra_per_mille=change.extra_per_mille)
        cover = pricing.priced_layer(terms, drawn, moment.products)
        return pricing.with_waivers(replace(terms, coverages=(*terms.coverages, cover)), moment.products)

    def referral(self, change: Change, at: Situation) -> Iterable[Refusal]:
        yield Refusal("referral_sum_assured_raised", {"before": at.terms.sum_assured, "after": change.sum_assured})

    def underwritten_as(self, change: Change, *, extra_percent: Decimal, extra_per_mille: Decimal) -> Change:
        return replace(change, extra_percent=extra_percent, extra_per_mille=extra_per_mille)
