"""SURRENDER 退保 (row 64)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.billing.states import PayoutKind
from apps.core import api
from apps.core.api.inputs import FlagInput
from apps.core.context import Context
from apps.core.errors import Refusal
from apps.endorsements import surrender_values
from apps.endorsements.base import Acted, EndorsementType, Payment
from apps.endorsements.situation import Situation
from apps.endorsements.states import EffectiveRule, Mutex, Reversible, Review
from apps.policies import services as policies
from apps.policies.states import TerminationCode


class Surrender(EndorsementType):
    """The holder ends the contract, alone and without a reason (E-13, E-14); nothing is put in his way (E-15)."""

    code = "SURRENDER"
    label = _("Surrender")
    summary = _("End the contract; the cash value is paid to the policyholder within 30 days.")
    basis = ("EN-22", "EN-30", "EN-36", "E-13", "E-14", "E-15", "policy:P12")
    permission = "surrender_paid_up"
    materials = ("applicant_id", "policy_contract", "holder_bank_account", "surrender_loss_acknowledgement")
    effective = EffectiveRule.ACCEPTANCE
    mutex = Mutex.FINANCIAL
    review = Review.ALWAYS
    reversible = Reversible.COUNTER_ITEM
    clocks = ("POS_ACCEPT", "POS_DEFICIENCY", "POS_DONE_NO_MONEY", "SURRENDER_PAY")
    statuses = ("IN_FORCE", "SUSPENDED")
    blocking = ("legal", "aml", "dispute", "claim", "pledge", "lost_document")
    not_in_flight = True

    class Input(api.Input):
        loss_understood = FlagInput(help_text=_("The policyholder has seen the loss, line by line, and wants to end"))

    @dataclass(frozen=True)
    class Change:
        loss_understood: bool

    def parse(self, data: Mapping[str, Any], asked: Situation) -> Change:
        return self.Change(data["loss_understood"])

    def shown(self, change: Change) -> Mapping[str, Any]:
        return {"loss_understood": change.loss_understood}

    def check(self, change: Change, at: Situation) -> Iterator[Refusal]:
        if not change.loss_understood:
            yield Refusal("surrender_loss_not_shown")

    def payments(self, change: Change, at: Situation, on: date) -> Iterable[Payment]:
        """退保金 (§4.4): the cash value of each coverage; money in suspense is asked back apart, as it always is."""
        for code, priced in surrender_values.positive(at.terms, at, on):
            yield Payment(PayoutKind.SURRENDER, code, priced.amount, priced.trace)

    def carry_out(self, ctx: Context, acted: Acted) -> Mapping[str, Any]:
        policies.terminate(ctx, {acted.policy_id: acted.effective_on}, code=TerminationCode.SURRENDER)
        return {}

    def take_back(self, ctx: Context, acted: Acted) -> None:
        policies.undo_termination(ctx, [acted.policy_id], reason="endorsement_undone")
