"""PREMIUM_FREQUENCY_CHANGE 交费频率变更 (row 21)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.billing.rules import Schedule, next_due
from apps.core import api
from apps.core.api.inputs import CodeInput
from apps.core.dates import Frequency
from apps.core.errors import Refusal, refuse
from apps.endorsements import pricing
from apps.endorsements.base import EndorsementType, Moment
from apps.endorsements.situation import Situation
from apps.endorsements.states import EffectiveRule, Mutex
from apps.policies.states import PremiumFrequency
from apps.policies.terms import Terms
from apps.products.terms import ProductTerms

LEAST_PREMIUM = "min_premium_after"


class PremiumFrequencyChange(EndorsementType):
    """How often premium falls due: from the next date on which it is due both ways, so that no period is cut."""

    code = "PREMIUM_FREQUENCY_CHANGE"
    label = _("Change of payment frequency")
    summary = _("Pay premium every year, half-year, quarter or month.")
    basis = ("EN-06", "EN-24", "EN-30")
    permission = "payment_account_change"
    materials = ("applicant_id", "policy_contract")
    effective = EffectiveRule.NEXT_DUE
    mutex = Mutex.BILLING
    clocks = ("POS_ACCEPT", "POS_DEFICIENCY", "POS_DONE_NO_MONEY", "POS_DONE_MONEY")
    statuses = ("IN_FORCE",)
    not_in_flight = True
    no_arrears = True

    class Input(api.Input):
        frequency = CodeInput(PremiumFrequency, help_text=_("Payment frequency"))

    @dataclass(frozen=True)
    class Change:
        frequency: str

    def parse(self, data: Mapping[str, Any], asked: Situation) -> Change:
        return self.Change(str(data["frequency"]))

    def shown(self, change: Change) -> Mapping[str, Any]:
        return {"frequency": change.frequency}

    def current(self, at: Situation) -> Mapping[str, Any]:
        return {"frequency": at.terms.frequency}

    def check(self, change: Change, at: Situation) -> Iterator[Refusal]:
        if change.frequency == at.terms.frequency:
            yield Refusal("frequency_unchanged")
        if at.premium_status not in ("PAYING", "GRACE"):
            yield Refusal("no_premium_to_come")
        for cover in at.terms.coverages:
            if not offers(pricing.product_of(cover, at.products), change.frequency):
                yield Refusal("frequency_not_offered", {"product": cover.product})

    def effective_on(self, change: Change, at: Situation, *, accepted_on: date, settled_on: date) -> date:
        """The next due date, or a later one with which a period of the new frequency begins (T-02)."""
        day = super().effective_on(change, at, accepted_on=accepted_on, settled_on=settled_on)
        due = next_due(Schedule(at.terms.effective_on, Frequency(change.frequency), None), day)
        return due.due_on if due else day

    def apply(self, terms: Terms, change: Change, moment: Moment) -> Terms:
        after = pricing.in_frequency(terms, change.frequency, moment.products)
        item = moment.products(terms.main.product, terms.main.version).endorsement_items.get(self.code)
        least = item.limits.get(LEAST_PREMIUM, Decimal(0)) if item else Decimal(0)
        if after.premium < least:
            raise refuse("premium_below_least", premium=after.premium, least=least)
        return after


def offers(product: ProductTerms, frequency: str) -> bool:
    return frequency != Frequency.SINGLE and frequency in product.modal_factors
