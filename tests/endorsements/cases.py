"""What tests of endorsements need: a priced policy, the people who work on a case, and a case brought to its end."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from apps.core.dates import add_years
from apps.endorsements import selectors
from apps.endorsements import services as endorsements
from apps.endorsements.models import Endorsement
from apps.endorsements.pricing import price
from apps.endorsements.services.effect import adjustments
from apps.endorsements.states import EndorsementStatus, Signer
from apps.parties import services as parties
from apps.parties.models import Party
from apps.policies import selectors as policies
from apps.policies import services as policy_services
from apps.policies.models import Policy
from apps.policies.terms import Coverage, Life, Terms
from apps.underwriting import selectors as referrals
from apps.underwriting import services as underwriting
from tests import factories as make

STARTED = date(2023, 12, 5)
"""Its third year ends a fortnight after the test's business date: inside every window of its product."""


class Office:
    """The people of an office: a clerk who makes cases, a supervisor who checks them, and an underwriter."""

    def __init__(self) -> None:
        self.clerk = make.a_user("endorsement_clerk")
        self.checker = make.a_user("supervisor")
        self.underwriter = make.a_user("underwriting_assistant", "supervisor")
        self.made, self.checked, self.decides = map(make.as_user, (self.clerk, self.checker, self.underwriter))


def priced_terms(
    holder: Party,
    insured: Party | None = None,
    *,
    effective_on: date = STARTED,
    sum_assured: str = "200000.00",
    frequency: str = "annual",
) -> Terms:
    """A whole-life contract with the premium its tables ask for."""
    insured = insured or holder
    cover = Coverage(
        code="C1",
        product="WHOLE01",
        version=make.a_product_version("WHOLE01").number,
        policy_term="O",
        payment_term="20Y",
        sum_assured=Decimal(sum_assured),
        premium=Decimal("0.00"),
        effective_on=effective_on,
        ends_on=None,
        premium_ends_on=add_years(effective_on, 20),
    )
    lives = (Life(insured.pk, insured.born_on, insured.sex, 1),)
    terms = Terms(holder.pk, lives, (cover,), frequency, "CNY", effective_on)
    return replace(terms, coverages=(replace(cover, premium=price(terms, cover, selectors.product).amount),))


def a_priced_policy(
    holder: Party | None = None, insured: Party | None = None, *, paid_to: date | None = None, **how: Any
) -> Policy:
    """A whole-life policy that pays what its tables ask; unless said otherwise it is paid to its third anniversary."""
    terms = priced_terms(holder or make.a_person(), insured, **how)
    return policy_services.issue(
        make.the_system(),
        number=f"E{next(make._numbers):010d}",
        terms=terms,
        branch_id=make.a_branch().pk,
        paid_to=paid_to or add_years(terms.effective_on, 3),
    )


def account_of(party_id: int) -> int:
    """A bank account of the customer."""
    account = parties.add_bank_account(
        make.the_system(), party_id=party_id, bank="工商银行", number="6222020200112230009"
    )
    return account.pk


def begun(office: Office, policy: Policy, *items: tuple[str, Any]) -> Endorsement:
    """A draft with these items."""
    return endorsements.create(office.made, policy_id=policy.pk, items=items)


def handed_in(office: Office, case: Endorsement, *signers: Signer) -> Endorsement:
    """Signed, submitted, every paper seen, accepted."""
    for signer in signers or (Signer.HOLDER, Signer.INSURED, Signer.COMPANY):
        endorsements.sign(office.made, case.pk, signer=signer)
    endorsements.name_account(office.made, case.pk, account_of(case.policy.holder_id))
    endorsements.submit(office.made, case.pk)
    for paper in selectors.papers_missing(case.pk):
        endorsements.receive_paper(office.made, case.pk, paper)
    return endorsements.accept(office.made, case.pk)


def decided(office: Office, case: Endorsement) -> Endorsement:
    """Examined, underwritten where it must be, approved by a second person where it must be."""
    case = endorsements.examine(office.made, case.pk)
    if case.status == EndorsementStatus.UW_REFERRED:
        referral = referrals.of_case(selectors.CASE, case.pk)
        underwriting.take(office.decides, referral.pk)
        underwriting.accept(office.decides, referral.pk, reason="standard")
        case = endorsements.send_on(office.made, case.pk)
    if case.status == EndorsementStatus.SECOND_REVIEW:
        case = endorsements.approve(office.checked, case.pk, digest=case.quote.digest)
    return case


def paid(case: Endorsement) -> Endorsement:
    """Everything that was asked of the customer is paid."""
    for asked in adjustments(case.pk):
        if asked.status == "OPEN":
            make.a_receipt(asked.policy, str(asked.amount))
    return again(case)


def again(case: Endorsement) -> Endorsement:
    """The case as it stands in the database."""
    return Endorsement.objects.select_related("quote", "policy").get(pk=case.pk)


def carried_out(office: Office, policy: Policy, *items: tuple[str, Any]) -> Endorsement:
    """A case from its beginning to its effect, as far as today allows."""
    return paid(decided(office, handed_in(office, begun(office, policy, *items))))


def now(policy: Policy) -> Terms:
    """What the contract says from its last change on."""
    return policies.latest_terms(policy.pk)


def beneficiaries(*shares: tuple[Party, str]) -> tuple[str, Any]:
    """A change to these beneficiaries, all of the first order."""
    named = [
        {"party": party.public_id, "benefit_order": 1, "share": Decimal(share), "relationship": "03"}
        for party, share in shares
    ]
    return "BENEFICIARY_CHANGE", {"beneficiaries": named}


def sum_assured(amount: str) -> tuple[str, Any]:
    """A change of the sum assured, up or down."""
    return "SUM_ASSURED_" + ("INCREASE" if Decimal(amount) > Decimal(200000) else "DECREASE"), {
        "sum_assured": Decimal(amount)
    }


def frequency(code: str) -> tuple[str, Any]:
    return "PREMIUM_FREQUENCY_CHANGE", {"frequency": code}


def correction(party: Party, born_on: date, sex: str = "2") -> tuple[str, Any]:
    return "KEY_DATA_CORRECTION", {"party": party.public_id, "born_on": born_on, "sex": sex}


SURRENDER = ("SURRENDER", {"loss_understood": True})


def reversal(case: Endorsement, position: int = 0) -> tuple[str, Any]:
    """The undoing of one item of a case."""
    return "ENDORSEMENT_REVERSAL", {"item": selectors.items_of(case.pk)[position].public_id}
