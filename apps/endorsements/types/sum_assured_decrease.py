"""SUM_ASSURED_DECREASE 减少保额 (row 35)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.billing.states import PayoutKind
from apps.core import api
from apps.core.errors import Refusal, refuse
from apps.core.money import ZERO, Trace
from apps.endorsements import pricing, surrender_values
from apps.endorsements.base import EndorsementType, Moment, Payment
from apps.endorsements.inputs import AmountInput
from apps.endorsements.situation import Situation
from apps.endorsements.states import EffectiveRule, Mutex, Reversible, Review
from apps.policies.terms import Terms


class SumAssuredDecrease(EndorsementType):
    """Less sum assured on the main cover, the newest layers first; the cash value of the part is paid out (§4.2)."""

    code = "SUM_ASSURED_DECREASE"
    label = _("Decrease of sum assured")
    summary = _("Lower the sum assured of the main cover and its premium; the cash value of the part is paid out.")
    basis = ("EN-10", "EN-24", "E-13", "E-17")
    permission = "coverage_change"
    materials = ("applicant_id", "policy_contract", "holder_bank_account")
    effective = EffectiveRule.ACCEPTANCE
    mutex = Mutex.FINANCIAL
    review = Review.ABOVE_LIMIT
    reversible = Reversible.COUNTER_ITEM
    clocks = ("POS_ACCEPT", "POS_DEFICIENCY", "POS_DONE_NO_MONEY", "SURRENDER_PAY")
    statuses = ("IN_FORCE",)
    blocking = ("legal", "aml", "dispute", "claim", "pledge", "lost_document")
    not_in_flight = True
    no_arrears = True

    class Input(api.Input):
        sum_assured = AmountInput(help_text=_("Sum assured after the decrease"))

    @dataclass(frozen=True)
    class Change:
        sum_assured: Decimal

    def parse(self, data: Mapping[str, Any], asked: Situation) -> Change:
        return self.Change(data["sum_assured"])

    def shown(self, change: Change) -> Mapping[str, Any]:
        return {"sum_assured": change.sum_assured}

    def current(self, at: Situation) -> Mapping[str, Any]:
        return {"sum_assured": at.terms.sum_assured}

    def check(self, change: Change, at: Situation) -> Iterator[Refusal]:
        if change.sum_assured >= at.terms.sum_assured:
            yield Refusal("decrease_not_lower", {"now": at.terms.sum_assured})
            return
        sold = at.main_product.coverage(at.terms.main.part)
        assert sold is not None  # a policy stands on a coverage of its product
        if change.sum_assured % sold.sum_assured_unit:
            yield Refusal("sum_assured_not_in_units", {"unit": sold.sum_assured_unit})
        item = at.item_terms(self.code)
        least = item.limits.get("min_sum_assured_after", sold.min_sum_assured) if item else sold.min_sum_assured
        if change.sum_assured < least:
            yield Refusal("sum_assured_below_lowest", {"lowest": least})

    def apply(self, terms: Terms, change: Change, moment: Moment) -> Terms:
        if change.sum_assured >= terms.sum_assured:
            raise refuse("decrease_not_lower", now=terms.sum_assured)
        return pricing.reduced(terms, change.sum_assured, moment)

    def payments(self, change: Change, at: Situation, on: date) -> Iterable[Payment]:
        """退费 = the cash value before less the cash value of what stays (§4.2)."""
        after = self.apply(at.terms, change, Moment(on, at.products))
        before, stays = (surrender_values.cash_value(terms, at, on) for terms in (at.terms, after))
        if (paid := before - stays) > ZERO:
            inputs: dict[str, Decimal | int | str | date] = {
                "cash_value_before": before,
                "cash_value_after": stays,
                "valued_on": on,
            }
            trace = Trace("partial surrender §4.2", paid, inputs, at.main_product.table_version)
            yield Payment(PayoutKind.PARTIAL_SURRENDER, "", paid, trace)
