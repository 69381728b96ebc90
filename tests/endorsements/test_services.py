"""A case from its beginning to its end, against the database."""

from datetime import date
from decimal import Decimal

import pytest

from apps.billing.models import Payout
from apps.core.context import job
from apps.endorsements import selectors
from apps.endorsements import services as endorsements
from apps.endorsements.states import EndorsementStatus as S
from apps.operations import services as operations
from apps.parties import selectors as parties
from apps.parties.models import BankAccount
from apps.parties.states import ContactKind
from apps.policies import selectors as policies
from apps.policies.models import Policy, PolicyRole
from tests import factories as make
from tests.conftest import TODAY

from . import cases

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> cases.Office:
    return cases.Office()


def night(on: date = TODAY) -> None:
    operations.close_day(job("night", on))


@pytest.fixture
def open_day(db) -> None:
    operations.open_first_day(job("tests", TODAY), TODAY)


def test_a_change_of_beneficiaries_needs_a_second_person_and_binds_from_its_receipt(office):
    policy, child = cases.a_priced_policy(), make.a_person("小明")
    case = cases.handed_in(office, cases.begun(office, policy, cases.beneficiaries((child, "100"))))
    case = endorsements.examine(office.made, case.pk)
    assert case.status == S.SECOND_REVIEW
    case = endorsements.approve(office.checked, case.pk, digest=case.quote.digest)
    assert (case.status, case.effective_on) == (S.CLOSED, TODAY)
    assert [each.party for each in cases.now(policy).beneficiaries] == [child.pk]
    assert PolicyRole.objects.filter(policy=policy, role="beneficiary", party=child).exists()
    assert case.slip_number.startswith("B26")


def test_an_increase_is_underwritten_paid_and_takes_effect_the_day_after(office, open_day):
    policy = cases.a_priced_policy()
    before = cases.now(policy).premium
    case = cases.carried_out(office, policy, cases.sum_assured("500000.00"))
    assert case.status == S.AWAIT_EFFECT
    assert cases.now(policy).sum_assured == Decimal("200000.00")
    night()
    assert cases.again(case).status == S.CLOSED
    terms = cases.now(policy)
    assert terms.sum_assured == Decimal("500000.00")
    assert [each.code for each in terms.coverages] == ["C1", "C1+2"]
    assert terms.premium > before
    policy.refresh_from_db()
    assert (policy.sum_assured, policy.premium) == (terms.sum_assured, terms.premium)


def test_a_surrender_ends_the_policy_and_owes_its_cash_value(office):
    policy = cases.a_priced_policy()
    case = cases.carried_out(office, policy, cases.SURRENDER)
    assert case.status == S.PAYOUT
    policy = Policy.objects.get(pk=policy.pk)
    assert (policy.status, policy.termination_code) == ("TERMINATED", "03")
    [payout] = Payout.objects.filter(policy=policy)
    assert payout.amount == Decimal(case.quote.content["paid_out"]) > 0


def test_a_correction_of_the_birth_date_is_charged_from_the_start(office):
    policy = cases.a_priced_policy()
    holder = policy.holder
    case = cases.carried_out(office, policy, cases.correction(holder, date(1980, 1, 1)))
    assert case.status == S.CLOSED
    terms = cases.now(policy)
    assert terms.lives[0].born_on == date(1980, 1, 1)
    assert terms == policies.terms_on(policy.pk, terms.effective_on)
    assert Decimal(case.quote.content["collect"]) == 3 * (
        terms.premium - Decimal(case.quote.content["policies"][0]["premium_before"])
    )
    holder.refresh_from_db()
    assert holder.born_on == date(1980, 1, 1)


def test_a_decrease_pays_the_value_of_the_part(office):
    policy = cases.a_priced_policy()
    case = cases.carried_out(office, policy, cases.sum_assured("100000.00"))
    assert case.status == S.PAYOUT
    assert cases.now(policy).sum_assured == Decimal("100000.00")
    assert Payout.objects.get(policy=policy).amount == Decimal(case.quote.content["paid_out"]) > 0


def test_a_change_of_frequency_waits_for_the_next_due_date(office, open_day):
    policy = cases.a_priced_policy()
    case = cases.carried_out(office, policy, cases.frequency("monthly"))
    assert case.status == S.AWAIT_EFFECT
    for day in range(22, 31):
        night(date(2026, 11, day))
    for day in range(1, 6):
        night(date(2026, 12, day))
    assert cases.again(case).status == S.CLOSED, cases.again(case).blocked
    assert cases.now(policy).frequency == "monthly"
    due = [
        (each.due_on, each.amount, each.status)
        for each in policy.instalments.order_by("due_on").exclude(status="CANCELLED")
    ]
    assert due[0][:2] == (date(2026, 12, 5), cases.now(policy).premium)


def test_any_item_is_undone_though_it_is_not_the_last(office, open_day):
    policy, child = cases.a_priced_policy(), make.a_person("小明")
    first = cases.carried_out(office, policy, cases.beneficiaries((child, "100")))
    cases.carried_out(office, policy, cases.sum_assured("500000.00"))
    night()
    undone = cases.carried_out(office, policy, cases.reversal(first))
    assert undone.status == S.CLOSED
    assert cases.again(first).status == S.REVERSED
    terms = cases.now(policy)
    assert (terms.beneficiaries, terms.sum_assured) == ((), Decimal("500000.00"))


def test_a_surrender_is_undone_before_it_is_paid(office):
    policy = cases.a_priced_policy()
    case = cases.carried_out(office, policy, cases.SURRENDER)
    cases.carried_out(office, policy, cases.reversal(case))
    assert Policy.objects.get(pk=policy.pk).status == "IN_FORCE"
    assert Payout.objects.get(policy=policy).status == "WITHDRAWN"
    assert cases.again(case).status == S.REVERSED


def test_the_account_premiums_are_debited_from_changes_the_day_after(office, open_day):
    policy = cases.a_priced_policy()
    account = BankAccount.objects.get(pk=cases.account_of(policy.holder_id))
    case = cases.carried_out(office, policy, ("PAYMENT_ACCOUNT_CHANGE", {"account": account.public_id}))
    assert case.status == S.AWAIT_EFFECT
    night()
    assert cases.now(policy).payment_account == account.pk


def contact(party, value: str):
    return "CONTACT_CHANGE", {"party": party.public_id, "kind": "mobile", "value": value}


def test_a_new_phone_counts_at_once_on_every_policy_of_the_person_and_can_be_undone(office):
    holder = make.a_person(contacts=[("mobile", "13800138000")])
    policy, other = cases.a_priced_policy(holder), cases.a_priced_policy(holder)
    case = cases.carried_out(office, policy, contact(holder, "13900139000"))
    assert case.status == S.CLOSED
    assert parties.contact_for([holder.pk], ContactKind.MOBILE) == {holder.pk: "+8613900139000"}
    assert [item.policy_id for item in selectors.items_of(case.pk)] == [policy.pk, other.pk]
    cases.carried_out(office, other, cases.reversal(case, 1))
    assert parties.contact_for([holder.pk], ContactKind.MOBILE) == {holder.pk: "+8613800138000"}
    assert cases.again(case).status == S.REVERSED


def test_a_proposed_phone_is_kept_sealed_and_used_by_nobody(office):
    holder = make.a_person(contacts=[("mobile", "13800138000")])
    case = cases.begun(office, cases.a_priced_policy(holder), contact(holder, "13900139000"))
    assert "139" not in str(selectors.items_of(case.pk)[0].change)
    assert parties.contact_for([holder.pk], ContactKind.MOBILE) == {holder.pk: "+8613800138000"}


def test_a_correction_reaches_every_policy_of_the_insured_and_is_undone_on_all(office):
    holder = make.a_person()
    policy, other = cases.a_priced_policy(holder), cases.a_priced_policy(holder, sum_assured="100000.00")
    before, born = (cases.now(policy), cases.now(other)), holder.born_on
    case = cases.carried_out(office, policy, cases.correction(holder, date(1980, 1, 1)))
    assert case.status == S.CLOSED
    assert cases.now(other).lives[0].born_on == date(1980, 1, 1)
    cases.carried_out(office, policy, cases.reversal(case))
    assert (cases.now(policy), cases.now(other)) == before
    holder.refresh_from_db()
    assert holder.born_on == born
