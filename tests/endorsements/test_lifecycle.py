"""What becomes of a case between its receipt and its end: clocks, money that bounces, days that come one by one."""

from datetime import date
from decimal import Decimal

import pytest

from apps.audit.models import Event
from apps.billing import services as billing
from apps.billing.models import Adjustment, Payout, Receipt
from apps.billing.selectors import suspense_balance
from apps.deadlines.models import Deadline
from apps.endorsements import selectors
from apps.endorsements import services as endorsements
from apps.endorsements.states import EndorsementStatus as S
from apps.operations.models import Agenda
from apps.parties.models import Party
from apps.policies import selectors as policies
from apps.policies import services as policy_services
from tests import factories as make
from tests import premiums
from tests.conftest import TODAY

from . import cases
from . import histories as past

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> cases.Office:
    return cases.Office()


def clocks(case) -> dict[str, str]:
    """The clocks of a case and how each stands."""
    rows = Deadline.objects.filter(subject_type=selectors.CASE, subject_id=case.pk)
    return dict(rows.order_by("pk").values_list("clock", "status"))


def night(on: date) -> None:
    premiums.night(make.the_system(), on, "endorse", "endorse_expiry")


# --- ET-13: what starts, what stops -----------------------------------------------------------------------------------


def test_clocks_are_anchored_in_receipt_approval_and_payment(office):
    case = cases.begun(office, cases.a_priced_policy(), cases.SURRENDER)
    assert clocks(case) == {}
    case = cases.handed_in(office, case)
    assert clocks(case) == {"POS_DEFICIENCY": "met", "SURRENDER_PAY": "running", "POS_ACCEPT": "met"}
    case = cases.decided(office, case)
    assert clocks(case)["POS_DONE_NO_MONEY"] == "met"
    assert clocks(case)["SURRENDER_PAY"] == "running"


def test_a_case_with_premium_is_timed_from_its_payment(office):
    policy = cases.a_priced_policy()
    case = cases.decided(
        office, cases.handed_in(office, cases.begun(office, policy, cases.correction(policy.holder, date(1980, 1, 1))))
    )
    assert case.status == S.AWAIT_PAYMENT
    assert clocks(case)["POS_DONE_NO_MONEY"] == "cancelled"
    assert "POS_DONE_MONEY" not in clocks(case)
    case = cases.paid(case)
    assert (case.status, clocks(case)["POS_DONE_MONEY"]) == (S.CLOSED, "met")


def test_the_clock_of_a_surrender_that_is_worth_nothing_stops_too(office):
    policy = cases.a_priced_policy(effective_on=date(2026, 11, 10), paid_to=date(2027, 11, 10))
    case = cases.carried_out(office, policy, cases.SURRENDER)
    if not Payout.objects.filter(policy=policy).exists():
        assert case.status == S.CLOSED
        assert clocks(case)["SURRENDER_PAY"] == "met"


def test_a_surrender_whose_papers_never_came_is_not_timed_any_more(office):
    case = cases.begun(office, cases.a_priced_policy(), cases.SURRENDER)
    case = endorsements.submit(office.made, case.pk)
    assert case.status == S.PENDING_DOCS
    case = endorsements.expire_due(make.the_system().on(case.expires_on), case.pk)
    assert (case.status, clocks(case)["SURRENDER_PAY"]) == (S.EXPIRED, "cancelled")


# --- days that come one by one ----------------------------------------------------------------------------------------


def test_items_of_one_case_take_effect_each_on_its_own_day(office):
    """The one of tomorrow is not forgotten for the one of the next due date."""
    policy = cases.a_priced_policy()
    case = cases.carried_out(office, policy, cases.sum_assured("300000.00"), cases.frequency("monthly"))
    assert case.status == S.AWAIT_EFFECT
    [entry] = Agenda.objects.filter(kind="endorse", subject_id=case.pk)
    assert entry.due_on == TODAY
    night(TODAY)
    assert cases.now(policy).sum_assured == Decimal("300000.00")
    [entry] = Agenda.objects.filter(kind="endorse", subject_id=case.pk)
    assert entry.due_on == date(2026, 12, 4)
    night(date(2026, 12, 4))
    assert cases.again(case).status == S.CLOSED, cases.again(case).blocked
    assert cases.now(policy).frequency == "monthly"
    assert not Agenda.objects.filter(kind="endorse", subject_id=case.pk).exists()


def test_et_19_what_is_barred_on_its_day_waits_and_is_listed(office):
    policy = cases.a_priced_policy()
    case = cases.carried_out(office, policy, cases.sum_assured("300000.00"))
    before = past.postings(), cases.now(policy)
    policy_services.place_hold(office.made, policy_id=policy.pk, kind="dispute", reason="complaint")
    night(TODAY)
    case = cases.again(case)
    assert (case.status, [each["code"] for each in case.blocked]) == (S.AWAIT_EFFECT, ["held"])
    assert (past.postings(), cases.now(policy)) == before
    policy_services.release_hold(office.made, policy_id=policy.pk, kind="dispute", reason="settled")
    night(date(2026, 11, 23))
    assert (cases.again(case).status, cases.again(case).blocked) == (S.CLOSED, [])


# --- money ------------------------------------------------------------------------------------------------------------


def test_a_payment_that_bounces_stops_the_change(office):
    policy = cases.a_priced_policy()
    case = cases.carried_out(office, policy, cases.sum_assured("300000.00"))
    billing.reverse_receipt(office.checked, Receipt.objects.get(policy=policy).pk, "bounced")
    night(TODAY)
    assert [each["code"] for each in cases.again(case).blocked] == ["extra_premium_unpaid"]
    assert cases.now(policy).sum_assured == Decimal("200000.00")


@pytest.mark.promise("P25")
def test_a_refund_and_a_value_of_one_decision_are_owed_on_one_day(office):
    """A premium paid ahead is given back beside the value of the part."""
    book = past.a_book(office, paid_ahead=True)
    case = book.carried_out(("SUM_ASSURED_DECREASE", {"sum_assured": Decimal(100000)}))
    assert case.status == S.PAYOUT, case.blocked
    owed = {each.kind: each.amount for each in Payout.objects.filter(policy=book.policy)}
    assert owed == {
        "premium": Decimal(case.quote.content["refund"]),
        "partial": Decimal(case.quote.content["paid_out"]),
    }
    assert min(owed.values()) > 0


def test_no_policy_of_a_case_changes_before_the_premium_of_all_is_there(office):
    holder = make.a_person()
    first, second = (cases.a_priced_policy(holder) for _ in range(2))
    make.a_receipt(first, "100000.00")
    case = cases.decided(
        office, cases.handed_in(office, cases.begun(office, first, cases.correction(holder, date(1980, 1, 1))))
    )
    assert case.status == S.AWAIT_PAYMENT
    assert cases.now(first).lives[0].born_on == cases.now(second).lives[0].born_on == date(1986, 5, 17)
    assert set(Adjustment.objects.values_list("policy", "status")) == {(first.pk, "PAID"), (second.pk, "OPEN")}
    assert cases.paid(case).status == S.CLOSED
    assert cases.now(first).lives[0].born_on == cases.now(second).lives[0].born_on == date(1980, 1, 1)


def test_what_was_paid_for_a_case_that_is_withdrawn_is_in_suspense_again(office):
    policy = cases.a_priced_policy()
    case = cases.carried_out(office, policy, cases.sum_assured("300000.00"))
    endorsements.withdraw(office.made, case.pk, reason="asked to")
    asked = Adjustment.objects.get(policy=policy)
    assert asked.status == "RETURNED"
    assert suspense_balance(policy.pk) == asked.amount


def test_a_free_change_does_not_wait_for_the_money_of_another_and_outlives_its_withdrawal(office):
    policy, child = cases.a_priced_policy(), make.a_person()
    case = cases.handed_in(
        office, cases.begun(office, policy, cases.beneficiaries((child, "100")), cases.sum_assured("300000.00"))
    )
    case = cases.decided(office, case)
    assert case.status == S.AWAIT_PAYMENT
    assert [each.party for each in cases.now(policy).beneficiaries] == [child.pk]
    endorsements.withdraw(office.made, case.pk, reason="too dear")
    assert [each.party for each in cases.now(policy).beneficiaries] == [child.pk]
    assert cases.carried_out(office, policy, cases.reversal(case)).status == S.CLOSED
    assert cases.now(policy).beneficiaries == ()


# --- undoing ----------------------------------------------------------------------------------------------------------


def test_of_two_corrections_the_first_undone_leaves_the_second(office):
    policy = cases.a_priced_policy()
    holder = policy.holder
    first = cases.carried_out(office, policy, cases.correction(holder, date(1980, 1, 1)))
    second = cases.carried_out(office, policy, cases.correction(holder, date(1982, 2, 2)))
    cases.carried_out(office, policy, cases.reversal(first))
    assert Party.objects.get(pk=holder.pk).born_on == cases.now(policy).lives[0].born_on == date(1982, 2, 2)
    next_day = past.on_day(office, date(2026, 11, 23))
    cases.carried_out(next_day, policy, cases.reversal(second))
    assert Party.objects.get(pk=holder.pk).born_on == cases.now(policy).lives[0].born_on == date(1986, 5, 17)


def test_a_correction_is_undone_on_every_policy_it_reached(office):
    holder = make.a_person()
    first, second = (cases.a_priced_policy(holder) for _ in range(2))
    case = cases.carried_out(office, first, cases.correction(holder, date(1980, 1, 1)))
    cases.carried_out(office, first, cases.reversal(case))
    assert cases.again(case).status == S.REVERSED
    for policy in (first, second):
        assert cases.now(policy).lives[0].born_on == date(1986, 5, 17)
        assert policies.terms_on(policy.pk, date(2025, 1, 1)).lives[0].born_on == date(1986, 5, 17)
    assert Party.objects.get(pk=holder.pk).born_on == date(1986, 5, 17)


# --- frequency --------------------------------------------------------------------------------------------------------


def test_a_longer_period_begins_on_an_anniversary_and_no_month_is_lost(office):
    policy = cases.a_priced_policy(frequency="monthly", paid_to=date(2026, 12, 5), effective_on=date(2023, 9, 5))
    case = cases.carried_out(office, policy, cases.frequency("annual"))
    assert [item.effective_on for item in selectors.items_of(case.pk)] == [date(2027, 9, 5)]


# --- ET-17: rebasing --------------------------------------------------------------------------------------------------


@pytest.mark.promise("P28")
def test_et_17_a_change_beside_it_does_not_disturb_a_case_and_one_under_it_does(office):
    policy, child = cases.a_priced_policy(), make.a_person()
    slow = cases.handed_in(office, cases.begun(office, policy, cases.SURRENDER))
    slow = endorsements.examine(office.made, slow.pk)
    cases.carried_out(office, policy, cases.beneficiaries((child, "100")))
    assert endorsements.approve(office.checked, slow.pk, digest=slow.quote.digest).status == S.PAYOUT
    assert Event.objects.filter(name="endorsement.rebased", subject_id=slow.pk).exists()
