"""PAYMENT_ACCOUNT_CHANGE 交费账号变更 (row 20)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core import api
from apps.core.api.inputs import IdInput
from apps.core.errors import Refusal
from apps.endorsements.base import EndorsementType, Moment
from apps.endorsements.situation import Situation
from apps.endorsements.states import EffectiveRule, Mutex
from apps.parties import selectors as parties
from apps.policies.terms import Terms


class PaymentAccountChange(EndorsementType):
    """The bank account premiums are debited from: the holder's own (B-10)."""

    code = "PAYMENT_ACCOUNT_CHANGE"
    label = _("Change of the account premiums are debited from")
    summary = _("Premiums are debited from another bank account of the policyholder, from the next run on.")
    basis = ("EN-05", "B-10", "N-15", "N-23")
    permission = "payment_account_change"
    materials = ("applicant_id", "bank_card_same_name", "debit_authorisation")
    effective = EffectiveRule.SCHEDULED
    mutex = Mutex.BILLING
    statuses = ("IN_FORCE", "PENDING_EFFECT", "SUSPENDED")
    not_in_flight = True

    class Input(api.Input):
        account = IdInput("bank_account", help_text=_("The policyholder's bank account"))

    @dataclass(frozen=True)
    class Change:
        account: int

    def parse(self, data: Mapping[str, Any], asked: Situation) -> Change:
        return self.Change(parties.account_id(data["account"]))

    def shown(self, change: Change) -> Mapping[str, Any]:
        return {"account": parties.account_public_id(change.account)}

    def current(self, at: Situation) -> Mapping[str, Any]:
        account = at.terms.payment_account
        return {} if account is None else self.shown(self.Change(account))

    def check(self, change: Change, at: Situation) -> Iterator[Refusal]:
        if at.accounts.get(change.account) != at.terms.holder:
            yield Refusal("account_not_holders")
        elif change.account == at.terms.payment_account:
            yield Refusal("account_unchanged")

    def apply(self, terms: Terms, change: Change, moment: Moment) -> Terms:
        return replace(terms, payment_account=change.account)
