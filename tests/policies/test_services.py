"""The acts upon policies: one transaction, legal moves only, one event each."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils.translation import override

from apps.audit.models import Event
from apps.audit.timeline import of_policy
from apps.core.errors import Conflict, NotFound, Refused
from apps.operations.models import Agenda
from apps.policies import services as policies
from apps.policies.models import Policy, PolicyCoverage, PolicyRole, PolicyVersion
from apps.policies.selectors import display_label, terms_on
from apps.policies.states import HoldKind, TerminationCode
from apps.policies.terms import Beneficiary
from tests.conftest import TODAY
from tests.factories import a_branch, a_person, a_policy, some_terms

pytestmark = pytest.mark.django_db
TOMORROW = TODAY + timedelta(days=1)


def names_of(policy: Policy) -> list[str]:
    """The policy's own events, oldest first."""
    events = Event.objects.filter(subject_type="policies.policy", subject_id=policy.pk)
    return list(events.order_by("pk").values_list("name", flat=True))


def reread(policy: Policy) -> Policy:
    return Policy.objects.get(pk=policy.pk)


def in_grace(ctx) -> Policy:
    policy = a_policy()
    policies.enter_grace(ctx, [policy.pk])
    return policy


def suspended(ctx) -> Policy:
    policy = in_grace(ctx)
    policies.suspend(ctx, {policy.pk: TODAY})
    return policy


def test_an_issued_policy_says_what_its_terms_say(ctx):
    heirs = (a_person(), a_person())
    shares = tuple(Beneficiary(heir.pk, Decimal("0.5")) for heir in heirs)
    terms = some_terms(years=30, beneficiaries=shares)
    policy = policies.issue(ctx, number="P1", terms=terms, branch_id=a_branch().pk)
    assert (policy.premium, policy.sum_assured, policy.holder_id) == (
        terms.premium,
        terms.main.sum_assured,
        terms.holder,
    )
    assert (policy.status, policy.premium_status, policy.paid_to) == ("IN_FORCE", "PAYING", date(2025, 3, 15))
    assert terms_on(policy.pk, TODAY) == terms
    assert sorted(PolicyRole.objects.values_list("role", flat=True)) == [
        "beneficiary",
        "beneficiary",
        "holder",
        "insured",
    ]
    assert list(PolicyCoverage.objects.values_list("code", "from_date", "to_date")) == [
        ("C1", terms.effective_on, date(2054, 3, 15))
    ]
    assert names_of(policy) == ["policy.issued"]
    assert Agenda.objects.filter(kind="expire", policy_id=policy.pk, due_on=date(2054, 3, 15)).exists()


def test_a_policy_whose_day_has_not_come_waits_for_it(ctx):
    policy = a_policy(effective_on=TOMORROW)
    assert policy.status == "PENDING_EFFECT"
    assert Agenda.objects.filter(kind="effect", policy_id=policy.pk, due_on=TOMORROW).exists()


def test_a_single_premium_policy_is_paid_from_the_start(ctx):
    policy = a_policy(frequency="single", premium_years=0)
    assert (policy.premium_status, policy.paid_to) == ("SINGLE", None)


def test_terms_that_are_no_contract_are_refused_with_every_fault(ctx):
    terms = replace(some_terms(), lives=(), currency="DEM")
    with pytest.raises(Refused) as refused:
        policies.issue(ctx, number="P1", terms=terms, branch_id=a_branch().pk)
    assert [refusal.code for refusal in refused.value.refusals] == ["terms_without_life", "terms_currency_unknown"]
    assert not Policy.objects.exists()


def test_a_policy_number_is_used_once(ctx):
    a_policy(number="P1")
    with pytest.raises(Conflict) as refused:
        a_policy(number="P1")
    assert refused.value.code == "policy_number_taken"
    assert Policy.objects.count() == PolicyVersion.objects.count() == 1


@pytest.mark.promise("P18")
def test_a_revision_adds_a_version_and_leaves_the_past_as_it_was(ctx):
    policy = a_policy()
    before = terms_on(policy.pk, TODAY)
    after = replace(before, coverages=(replace(before.main, premium=Decimal("1500.00")),))
    policies.revise(ctx, policies.lock(policy.pk), after, date(2026, 6, 1))
    assert terms_on(policy.pk, date(2026, 5, 31)) == before
    assert terms_on(policy.pk, date(2026, 6, 1)) == after
    assert (reread(policy).premium, reread(policy).revision) == (Decimal("1500.00"), 2)
    assert list(PolicyCoverage.objects.order_by("from_date").values_list("premium", "from_date", "to_date")) == [
        (Decimal("1200.00"), date(2024, 3, 15), date(2026, 6, 1)),
        (Decimal("1500.00"), date(2026, 6, 1), None),
    ]


@pytest.mark.promise("P18")
@pytest.mark.django_db(transaction=True)
def test_what_was_known_at_a_moment_can_still_be_read(ctx):
    policy = a_policy()
    before = terms_on(policy.pk, TODAY)
    after = replace(before, holder=a_person().pk)
    with transaction.atomic():
        policies.revise(ctx, policies.lock(policy.pk), after, before.effective_on)
    first, second = PolicyVersion.objects.filter(policy=policy).order_by("number")
    assert terms_on(policy.pk, TODAY, known_at=first.recorded_at) == before
    assert terms_on(policy.pk, TODAY, known_at=second.recorded_at) == after


def test_a_replay_replaces_the_later_timeline(ctx):
    policy = a_policy()
    first = terms_on(policy.pk, TODAY)
    heir, other = (Beneficiary(a_person().pk, Decimal(1)) for _ in range(2))
    later, earlier = replace(first, beneficiaries=(heir,)), replace(first, beneficiaries=(other,))
    locked = policies.lock(policy.pk)
    policies.revise(ctx, locked, later, date(2026, 6, 1))
    policies.revise(ctx, locked, earlier, date(2026, 2, 1))
    policies.revise(ctx, locked, later, date(2026, 6, 1))
    assert terms_on(policy.pk, date(2026, 1, 31)) == first
    assert terms_on(policy.pk, date(2026, 5, 31)) == earlier
    assert terms_on(policy.pk, TODAY) == later
    heirs = PolicyRole.objects.filter(policy=policy, role="beneficiary").order_by("from_date")
    assert list(heirs.values_list("party", "from_date", "to_date")) == [
        (other.party, date(2026, 2, 1), date(2026, 6, 1)),
        (heir.party, date(2026, 6, 1), None),
    ]


def test_a_role_that_a_revision_does_not_touch_keeps_its_first_day(ctx):
    policy = a_policy()
    terms = terms_on(policy.pk, TODAY)
    heir = Beneficiary(a_person().pk, Decimal(1))
    policies.revise(ctx, policies.lock(policy.pk), replace(terms, beneficiaries=(heir,)), date(2026, 6, 1))
    assert set(PolicyRole.objects.values_list("role", "from_date")) == {
        ("holder", terms.effective_on),
        ("insured", terms.effective_on),
        ("beneficiary", date(2026, 6, 1)),
    }


def test_nothing_is_known_of_a_policy_before_it_began(ctx):
    with pytest.raises(NotFound):
        terms_on(a_policy().pk, date(2024, 3, 14))


def test_only_policies_whose_day_has_come_and_whose_premium_is_there_take_effect(ctx):
    due, unpaid, later = (
        a_policy(effective_on=TOMORROW),
        a_policy(effective_on=TOMORROW, premium_status="FIRST_DUE"),
        a_policy(effective_on=TOMORROW + timedelta(days=1)),
    )
    ids = [due.pk, unpaid.pk, later.pk]
    assert policies.take_effect(ctx, ids) == []
    assert policies.take_effect(ctx.on(TOMORROW), ids) == [due.pk]
    assert names_of(due) == ["policy.issued", "policy.took_effect"]
    assert reread(unpaid).status == "PENDING_EFFECT"


def test_grace_begins_and_ends(ctx):
    policy = in_grace(ctx)
    assert reread(policy).premium_status == "GRACE"
    assert policies.enter_grace(ctx, [policy.pk]) == []
    assert policies.resume_paying(ctx, [policy.pk]) == [policy.pk]
    assert names_of(policy)[1:] == ["policy.grace_started", "policy.payment_resumed"]


def test_suspension_makes_the_premium_overdue(ctx):
    policy = reread(suspended(ctx))
    assert (policy.status, policy.premium_status, policy.suspended_on) == ("SUSPENDED", "OVERDUE", TODAY)
    assert Event.objects.get(name="policy.suspended").payload["cause"] == "non_payment"


def test_a_policy_that_pays_is_not_suspended_for_non_payment(ctx):
    policy = a_policy()
    assert policies.suspend(ctx, {policy.pk: TODAY}) == []
    assert reread(policy).status == "IN_FORCE"


def test_a_suspended_policy_does_not_enter_grace_again(ctx):
    policy = suspended(ctx)
    assert policies.enter_grace(ctx, [policy.pk]) == []
    assert reread(policy).premium_status == "OVERDUE"


def test_an_undone_suspension_leaves_the_policy_in_grace(ctx):
    policy = suspended(ctx)
    assert policies.undo_suspension(ctx, [policy.pk], reason="paid in time") == [policy.pk]
    policy = reread(policy)
    assert (policy.status, policy.premium_status, policy.suspended_on) == ("IN_FORCE", "GRACE", None)


def test_a_batch_moves_what_it_may_and_says_which(ctx):
    paying, pending, ended = a_policy(), a_policy(effective_on=TOMORROW), a_policy()
    policies.terminate(ctx, {ended.pk: TODAY}, code=TerminationCode.SURRENDER)
    assert policies.enter_grace(ctx, [ended.pk, pending.pk, paying.pk]) == [paying.pk]
    assert [event.subject_id for event in Event.objects.filter(name="policy.grace_started")] == [paying.pk]


def test_a_terminated_policy_stays_so(ctx):
    policy = a_policy()
    assert policies.terminate(ctx, {policy.pk: TODAY}, code=TerminationCode.SURRENDER) == [policy.pk]
    assert policies.terminate(ctx, {policy.pk: TODAY}, code=TerminationCode.CLAIM) == []
    assert reread(policy).termination_code == TerminationCode.SURRENDER
    assert not Agenda.objects.filter(policy_id=policy.pk).exists()


def test_a_void_policy_needs_a_reason(ctx):
    policy = a_policy(effective_on=TOMORROW)
    with pytest.raises(Refused) as refused:
        policies.void(ctx, [policy.pk], reason=" ")
    assert refused.value.code == "reason_required"
    assert policies.void(ctx, [policy.pk], reason="no insurable interest") == [policy.pk]
    assert Event.objects.get(name="policy.voided").reason == "no insurable interest"


def test_a_paid_up_policy_owes_again_when_its_payment_bounces(ctx):
    policy = a_policy()
    policies.pay_up(ctx, [policy.pk])
    assert policies.reopen_premium(ctx, [policy.pk]) == [policy.pk]
    assert names_of(policy)[1:] == ["policy.paid_up", "policy.premium_reopened"]


def test_one_hold_of_a_kind_is_open_at_a_time(ctx, checker):
    policy = a_policy()
    policies.place_hold(ctx, policy_id=policy.pk, kind=HoldKind.LEGAL, reason="court order 12")
    with pytest.raises(Conflict) as refused:
        policies.place_hold(ctx, policy_id=policy.pk, kind=HoldKind.LEGAL, reason="again")
    assert refused.value.code == "hold_already_placed"
    released = policies.release_hold(checker, policy_id=policy.pk, kind=HoldKind.LEGAL, reason="lifted")
    assert (released.released_by, released.released_on) == (checker.actor, TODAY)
    assert names_of(policy)[1:] == ["policy.hold_placed", "policy.hold_released"]
    policies.place_hold(ctx, policy_id=policy.pk, kind=HoldKind.LEGAL, reason="a new order")


@pytest.mark.parametrize("act", [policies.place_hold, policies.release_hold])
def test_holds_need_a_reason(ctx, act):
    policy = a_policy()
    policies.place_hold(ctx, policy_id=policy.pk, kind=HoldKind.CLAIM, reason="claim 7")
    kind = HoldKind.CLAIM if act is policies.release_hold else HoldKind.DISPUTE
    with pytest.raises(Refused) as refused:
        act(ctx, policy_id=policy.pk, kind=kind, reason="")
    assert refused.value.code == "reason_required"
    assert policy.holds.filter(released_on=None).count() == 1


def test_a_hold_that_is_not_there_cannot_be_released(ctx):
    with pytest.raises(Refused) as refused:
        policies.release_hold(ctx, policy_id=a_policy().pk, kind=HoldKind.AML, reason="none")
    assert refused.value.code == "hold_not_found"


def test_the_label_tells_the_premium_side_or_the_reason_of_the_end(ctx):
    policy, ended = in_grace(ctx), a_policy()
    policies.terminate(ctx, {ended.pk: TODAY}, code=TerminationCode.SURRENDER)
    with override("en"):
        assert display_label(reread(policy)) == "In force · In grace"
        assert display_label(reread(ended)) == "Terminated · Surrender"
        assert display_label(reread(suspended(ctx))) == "Suspended"


def test_the_history_tells_codes_in_the_readers_language(ctx):
    policy = a_policy()
    policies.place_hold(ctx, policy_id=policy.pk, kind=HoldKind.LEGAL, reason="court order 12")
    policies.terminate(ctx, {policy.pk: TODAY}, code=TerminationCode.SURRENDER)
    with override("en"):
        told = [row.sentence for row in of_policy(policy.pk, kinds=["state"])]
    assert told[:2] == [f"The policy ended on {TODAY}: Surrender.", "A hold was placed: Judicial freeze."]
