"""Bad input: refused with its code, and nothing has changed but the trace of a denial."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from apps.accounts.permissions import door
from apps.audit.models import Access, Event
from apps.billing import services as billing
from apps.billing.models import Posting
from apps.core.context import Context, job
from apps.core.errors import BusinessError
from apps.endorsements import selectors
from apps.endorsements import services as endorsements
from apps.endorsements.models import Endorsement, EndorsementItem, Quote
from apps.endorsements.states import EndorsementStatus as S
from apps.endorsements.states import Signer
from apps.policies import services as policies
from apps.policies.models import PolicyVersion
from tests import factories as make
from tests.conftest import TODAY

from . import cases

pytestmark = pytest.mark.django_db
KEPT = (PolicyVersion, Posting, Endorsement, EndorsementItem, Quote, Event)


@pytest.fixture
def office() -> cases.Office:
    return cases.Office()


def everything() -> list[list[tuple]]:
    return [list(model.objects.order_by("pk").values_list()) for model in KEPT]


@contextmanager
def refused(*codes: str, denials: int = 0):
    """The act is refused with these codes; nothing is changed, and a denial leaves its one row."""
    before, traces = everything(), Access.objects.count()
    with door(), pytest.raises(BusinessError) as error:
        yield
    assert {refusal.code for refusal in error.value.refusals} == set(codes)
    assert everything() == before
    assert Access.objects.count() == traces + denials


def two_people(born_on: date = date(1986, 5, 17)):
    """A policy whose holder insures another."""
    return cases.a_priced_policy(make.a_person(), make.a_person(born_on=born_on))


def collected(office: cases.Office, case: Endorsement, *signers: Signer) -> Endorsement:
    """Submitted, with all its papers, signed by these."""
    for signer in signers:
        endorsements.sign(office.made, case.pk, signer=signer)
    endorsements.name_account(office.made, case.pk, cases.account_of(case.policy.holder_id))
    endorsements.submit(office.made, case.pk)
    for paper in selectors.papers_missing(case.pk):
        endorsements.receive_paper(office.made, case.pk, paper)
    return case


# --- what is asked for ------------------------------------------------------------------------------------------------


def test_shares_that_do_not_add_up(office):
    policy, child = cases.a_priced_policy(), make.a_person()
    case = cases.begun(office, policy, cases.beneficiaries((child, "90")))
    with refused("beneficiary_shares_not_whole"):
        endorsements.submit(office.made, case.pk)


def test_beneficiaries_are_not_changed_without_the_insured(office):
    case = collected(
        office, cases.begun(office, two_people(), cases.beneficiaries((make.a_person(), "100"))), Signer.HOLDER
    )
    with refused("consent_missing"):
        endorsements.accept(office.made, case.pk)


def test_a_minor_is_signed_for_by_his_guardian(office):
    policy = two_people(born_on=TODAY - timedelta(days=10 * 365))
    case = collected(
        office,
        cases.begun(office, policy, cases.beneficiaries((make.a_person(), "100"))),
        Signer.HOLDER,
        Signer.INSURED,
    )
    with refused("minor_without_guardian"):
        endorsements.accept(office.made, case.pk)
    endorsements.sign(office.made, case.pk, signer=Signer.GUARDIAN)
    assert endorsements.accept(office.made, case.pk).status == S.ACCEPTED


def test_who_signs_shows_a_valid_identity_document(office):
    holder = make.a_person(identities=[("414", "E12345678", TODAY)])
    policy = cases.a_priced_policy(holder)
    case = collected(office, cases.begun(office, policy, cases.SURRENDER), Signer.HOLDER)
    with refused("id_expired"):
        endorsements.accept(office.made.on(TODAY + timedelta(days=1)), case.pk)


def test_papers_that_are_missing(office):
    case = cases.begun(office, cases.a_priced_policy(), cases.SURRENDER)
    endorsements.sign(office.made, case.pk, signer=Signer.HOLDER)
    endorsements.name_account(office.made, case.pk, cases.account_of(case.policy.holder_id))
    endorsements.submit(office.made, case.pk)
    with refused("papers_missing"):
        endorsements.accept(office.made, case.pk)
    with refused("reason_required"):
        endorsements.request_more(office.made, case.pk, ["medical_exam"], reason=" ")
    endorsements.request_more(office.made, case.pk, ["medical_exam"], reason="unclear answer")
    assert "medical_exam" in selectors.papers_missing(case.pk)


def test_a_debit_in_flight(office):
    policy = cases.a_priced_policy()
    billing.key_receipt(
        office.made,
        policy_number=policy.number,
        amount=Decimal("10.00"),
        channel="transfer",
        channel_ref="FLIGHT",
        value_on=TODAY,
    )
    case = cases.begun(office, policy, cases.SURRENDER)
    with refused("debit_in_flight"):
        endorsements.submit(office.made, case.pk)


def test_a_wrong_window(office):
    policy = cases.a_priced_policy(effective_on=date(2023, 6, 5))
    case = cases.begun(office, policy, cases.sum_assured("500000.00"))
    with refused("outside_window"):
        endorsements.submit(office.made, case.pk)


def test_a_product_that_forbids_it(office):
    case = cases.begun(office, make.a_policy(), cases.SURRENDER)
    with refused("product_not_allowed"):
        endorsements.submit(office.made, case.pk)


@pytest.mark.parametrize("kind", ["legal", "aml", "dispute", "claim", "pledge", "lost_document"])
def test_a_hold_and_lifting_another_does_not_lift_it(office, kind):
    policy = cases.a_priced_policy()
    other = "nondisclosure"
    for each in (kind, other):
        policies.place_hold(office.made, policy_id=policy.pk, kind=each, reason="ordered")
    policies.release_hold(office.made, policy_id=policy.pk, kind=other, reason="lifted")
    case = cases.begun(office, policy, cases.SURRENDER)
    with refused("held"):
        endorsements.submit(office.made, case.pk)


def test_a_second_case_of_the_same_class(office):
    policy = cases.a_priced_policy()
    cases.handed_in(office, cases.begun(office, policy, cases.sum_assured("100000.00")))
    case = cases.begun(office, policy, cases.SURRENDER)
    with refused("conflicting_case"):
        endorsements.submit(office.made, case.pk)


# --- two at once ------------------------------------------------------------------------------------------------------


@pytest.mark.promise("P13")
def test_the_second_of_two_clerks_sees_that_he_is_late(office):
    policy, child = cases.a_priced_policy(), make.a_person()
    case = cases.begun(office, policy, cases.SURRENDER)
    seen = case.revision
    endorsements.put_items(office.made, case.pk, [cases.frequency("monthly")], seen=seen)
    with refused("endorsement_stale"):
        endorsements.put_items(office.checked, case.pk, [cases.beneficiaries((child, "100"))], seen=seen)


def in_review(office: cases.Office) -> Endorsement:
    case = cases.handed_in(office, cases.begun(office, cases.a_priced_policy(), cases.SURRENDER))
    case = endorsements.examine(office.made, case.pk)
    assert case.status == S.SECOND_REVIEW
    return case


@pytest.mark.promise("P28")
def test_a_stale_quote_is_not_approved(office):
    case = in_review(office)
    with refused("quote_changed"):
        endorsements.approve(office.checked, case.pk, digest="0" * 64)
    policies.place_hold(office.made, policy_id=case.policy_id, kind="legal", reason="ordered")
    with refused("held"):
        endorsements.approve(office.checked, case.pk, digest=case.quote.digest)


# --- who approves -----------------------------------------------------------------------------------------------------

Route = Callable[[cases.Office], Context]
ROUTES: dict[str, Route] = {
    "the same session": lambda office: office.made,
    "another account of his with another role": lambda office: make.as_user(
        make.a_user("supervisor", person=office.clerk.person)
    ),
    "somebody who stands in for him": lambda office: replace(office.checked, on_behalf_of=office.clerk.actor),
    "himself standing in for the checker": lambda office: replace(office.made, on_behalf_of=office.checker.actor),
    "a key of his": lambda office: Context("key:proof", TODAY, person=office.clerk.person),
    "a job": lambda office: job("night", TODAY),
}


@pytest.mark.promise("P24")
@pytest.mark.promise("P47")
@pytest.mark.parametrize("route", sorted(ROUTES))
def test_the_maker_does_not_approve_by_any_route(office, route):
    case, ctx = in_review(office), ROUTES[route](office)
    with refused("same_person", denials=1):
        endorsements.approve(ctx, case.pk, digest=case.quote.digest)


@pytest.mark.promise("P24")
def test_who_changed_the_request_does_not_approve_it(office):
    policy = cases.a_priced_policy()
    case = cases.begun(office, policy, cases.frequency("monthly"))
    case = endorsements.put_items(office.checked, case.pk, [cases.SURRENDER], seen=case.revision)
    case = endorsements.examine(office.made, cases.handed_in(office, case).pk)
    with refused("same_person", denials=1):
        endorsements.approve(office.checked, case.pk, digest=case.quote.digest)


@pytest.mark.promise("P24")
def test_he_for_whom_the_request_was_made_does_not_approve_it(office):
    made = replace(office.made, on_behalf_of=office.checker.actor)
    case = endorsements.create(made, policy_id=cases.a_priced_policy().pk, items=[cases.SURRENDER])
    case = endorsements.examine(office.made, cases.handed_in(office, case).pk)
    with refused("same_person", denials=1):
        endorsements.approve(office.checked, case.pk, digest=case.quote.digest)


def test_what_is_above_his_authority_goes_to_another(office):
    case = in_review(office)
    clerk = make.as_user(make.a_user("endorsement_clerk"))
    with refused("not_permitted", denials=1):
        endorsements.approve(clerk, case.pk, digest=case.quote.digest)


def test_the_account_is_not_changed_once_the_checker_has_seen_it(office):
    case = in_review(office)
    endorsements.approve(office.checked, case.pk, digest=case.quote.digest)
    another = cases.account_of(case.policy.holder_id)
    with refused("illegal_transition"):
        endorsements.name_account(office.made, case.pk, another)


def test_an_approved_case_is_not_quoted_anew(office):
    case = in_review(office)
    endorsements.approve(office.checked, case.pk, digest=case.quote.digest)
    with refused("illegal_transition"):
        endorsements.quote(office.made, case.pk)
