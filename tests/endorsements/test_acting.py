"""What is open to whom: said by the function that guards, and true (api.md §1.3)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from apps.accounts import permissions
from apps.audit.models import Access, Event
from apps.core.context import Context
from apps.core.errors import BusinessError, NotPermitted
from apps.endorsements import acting, selectors
from apps.endorsements import services as endorsements
from apps.endorsements.acts import Act
from apps.endorsements.base import TYPES
from apps.endorsements.models import Endorsement
from apps.endorsements.states import EndorsementStatus as S
from apps.endorsements.states import Signer
from tests import factories as make

from . import cases

pytestmark = pytest.mark.django_db

ON_INPUT = {"paper_not_on_list", "account_not_holders", "quote_changed", "endorsement_stale"}
"""What an act that is open may still be refused with: all of it depends on what is sent along."""

SERVICES: dict[Act, Callable[[Context, Endorsement], Any]] = {
    Act.EDIT: lambda ctx, case: endorsements.put_items(
        ctx, case.pk, [("PREMIUM_FREQUENCY_CHANGE", {"frequency": "monthly"})], seen=case.revision
    ),
    Act.QUOTE: lambda ctx, case: endorsements.quote(ctx, case.pk),
    Act.SIGN: lambda ctx, case: endorsements.sign(ctx, case.pk, signer=Signer.HOLDER),
    Act.ACCOUNT: lambda ctx, case: endorsements.name_account(ctx, case.pk, 0),
    Act.SUBMIT: lambda ctx, case: endorsements.submit(ctx, case.pk),
    Act.SUPPLEMENT: lambda ctx, case: endorsements.receive_paper(ctx, case.pk, "applicant_id"),
    Act.WAIVE: lambda ctx, case: endorsements.waive_paper(ctx, case.pk, "applicant_id", reason="known"),
    Act.REQUEST_PAPERS: lambda ctx, case: endorsements.request_more(ctx, case.pk, ["x"], reason="unclear"),
    Act.ACCEPT: lambda ctx, case: endorsements.accept(ctx, case.pk),
    Act.EXAMINE: lambda ctx, case: endorsements.examine(ctx, case.pk),
    Act.SEND_ON: lambda ctx, case: endorsements.send_on(ctx, case.pk),
    Act.APPROVE: lambda ctx, case: endorsements.approve(ctx, case.pk, digest=case.quote.digest if case.quote else ""),
    Act.SEND_BACK: lambda ctx, case: endorsements.send_back(ctx, case.pk, reason="look again"),
    Act.REJECT: lambda ctx, case: endorsements.reject(ctx, case.pk, reason="no"),
    Act.WITHDRAW: lambda ctx, case: endorsements.withdraw(ctx, case.pk, reason="asked to"),
}


def second_review(office: cases.Office, policy: Any) -> Endorsement:
    child = make.a_person("小明")
    case = cases.handed_in(office, cases.begun(office, policy, cases.beneficiaries((child, "100"))))
    return endorsements.examine(office.made, case.pk)


def with_underwriting(office: cases.Office, policy: Any) -> Endorsement:
    case = cases.handed_in(office, cases.begun(office, policy, cases.sum_assured("500000.00")))
    return endorsements.examine(office.made, case.pk)


def submitted(office: cases.Office, policy: Any) -> Endorsement:
    return endorsements.submit(office.made, cases.begun(office, policy, cases.frequency("monthly")).pk)


def sent_back(office: cases.Office, policy: Any) -> Endorsement:
    return endorsements.send_back(office.checked, second_review(office, policy).pk, reason="look again")


def barred(office: cases.Office, policy: Any) -> Endorsement:
    """A draft that a rule bars: half a share is nobody's."""
    return cases.begun(office, policy, cases.beneficiaries((make.a_person("小明"), "50")))


STANDS: dict[S, Callable[[cases.Office, Any], Endorsement]] = {
    S.DRAFT: lambda office, policy: cases.begun(office, policy, cases.frequency("monthly")),
    S.PENDING_DOCS: submitted,
    S.ACCEPTED: lambda office, policy: cases.handed_in(office, cases.begun(office, policy, cases.frequency("monthly"))),
    S.UW_REFERRED: with_underwriting,
    S.SECOND_REVIEW: second_review,
    S.IN_REVIEW: sent_back,
    S.AWAIT_PAYMENT: lambda office, policy: cases.decided(
        office, cases.handed_in(office, cases.begun(office, policy, cases.sum_assured("500000.00")))
    ),
    S.AWAIT_EFFECT: lambda office, policy: cases.carried_out(office, policy, cases.sum_assured("500000.00")),
    S.PAYOUT: lambda office, policy: cases.carried_out(office, policy, cases.SURRENDER),
    S.CLOSED: lambda office, policy: endorsements.approve(
        office.checked, (case := second_review(office, policy)).pk, digest=case.quote.digest
    ),
    S.REJECTED: lambda office, policy: endorsements.reject(
        office.checked, second_review(office, policy).pk, reason="not his signature"
    ),
    S.WITHDRAWN: lambda office, policy: endorsements.withdraw(
        office.made, second_review(office, policy).pk, reason="changed his mind"
    ),
}


def actors(office: cases.Office) -> dict[str, Any]:
    """Who makes it, who checks it, who does neither, and the maker again under another account and role."""
    elsewhere = make.a_branch("31", parent=make.a_branch("86"))
    return {
        "maker": office.clerk,
        "checker": office.checker,
        "maker as checker": make.a_user("supervisor", person=office.clerk.person),
        "policy clerk": make.a_user("policy_clerk"),
        "auditor": make.a_user("compliance_officer"),
        "clerk elsewhere": make.a_user("endorsement_clerk", branch=elsewhere),
    }


class Undone(Exception):
    """Takes back what was tried."""


def tried(ctx: Context, user: Any, case: Endorsement, act: Act) -> str:
    """The code with which an act is refused; blank where it succeeds. Nothing of it stays."""
    try:
        with transaction.atomic():
            acting.require(ctx, user, case, act)
            SERVICES[act](ctx, case)
            raise Undone
    except Undone:
        return ""
    except BusinessError as error:
        return error.code


@pytest.mark.parametrize("status", [*STANDS, None])
def test_what_is_said_to_be_open_is_and_what_is_not_is_refused_with_the_very_code(status):
    office = cases.Office()
    policy = cases.a_priced_policy()
    case = cases.again(STANDS[status](office, policy) if status else barred(office, policy))
    assert case.status == (status or S.DRAFT)
    for name, user in actors(office).items():
        ctx = make.as_user(user)
        for act, refusal in acting.actions(ctx, user, case):
            code = tried(ctx, user, cases.again(case), act)
            if refusal is None:
                assert code in ON_INPUT | {""}, (name, act, code)
            else:
                assert code == refusal.code, (name, act, code, refusal.code)


def test_a_maker_does_not_approve_by_another_account_and_a_denial_leaves_one_access_row():
    office = cases.Office()
    case = second_review(office, cases.a_priced_policy())
    again = make.a_user("supervisor", person=office.clerk.person)
    events, accesses = Event.objects.count(), Access.objects.count()
    with permissions.door(), pytest.raises(NotPermitted) as refused:
        endorsements.approve(make.as_user(again), case.pk, digest=case.quote.digest)
    assert refused.value.code == "same_person"
    assert (Event.objects.count(), Access.objects.count()) == (events, accesses + 1)
    assert cases.again(case).status == S.SECOND_REVIEW


def test_a_decided_case_is_not_quoted_anew_and_its_account_stays():
    office = cases.Office()
    case = cases.again(STANDS[S.AWAIT_PAYMENT](office, cases.a_priced_policy()))
    for act in (Act.QUOTE, Act.ACCOUNT):
        assert tried(office.made, office.clerk, case, act) == "illegal_transition"


def test_who_may_ask_for_an_item_is_told_by_the_action_of_the_item():
    policy = cases.a_priced_policy()
    at = selectors.situation(policy.pk, make.the_system().business_date)
    renewal = make.a_user("renewal_clerk")
    barred_by = {kind.code: [each.code for each in acting.why_not_ask(renewal, at, kind)] for kind in TYPES}
    assert barred_by["PREMIUM_FREQUENCY_CHANGE"] == []
    assert barred_by["BENEFICIARY_CHANGE"] == ["not_permitted"]
    assert barred_by["SURRENDER"] == ["not_permitted"], "a save attempt is not the request"


def test_the_acts_are_decided_within_a_budget(django_assert_max_num_queries):
    office = cases.Office()
    case = cases.again(STANDS[S.SECOND_REVIEW](office, cases.a_priced_policy()))
    with django_assert_max_num_queries(70):
        acting.actions(office.checked, office.checker, case)
