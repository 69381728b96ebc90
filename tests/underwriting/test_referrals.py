"""Referrals 核保转介: asked for by a case, decided by another person within his authority (P24, P47)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts import permissions
from apps.audit.models import Access, Event
from apps.audit.states import AccessKind
from apps.core.context import Context
from apps.core.errors import Conflict, NotPermitted, Refusal, Refused
from apps.underwriting import rules, selectors
from apps.underwriting import services as underwriting
from apps.underwriting.models import Referral
from apps.underwriting.rules import Decision
from apps.underwriting.states import Exam, ReferralStatus
from tests import factories as make
from tests.conftest import TODAY
from tests.factories import as_user

CASE = "submissions.application"
WHY = Refusal("sum_at_risk_above_limit", {"amount": Decimal("800000"), "limit": Decimal("500000")})


def refer(ctx, policy, *, case=1, amount="300000", facts=None):
    return underwriting.refer(
        ctx,
        policy_id=policy.pk,
        subject_type=CASE,
        subject_id=case,
        reasons=[WHY],
        facts=facts or {"party": policy.holder_id, "age": 40, "sum_at_risk": Decimal("800000")},
        amount=Decimal(amount),
    )


@given(
    percent=st.decimals(-10, 600, places=3),
    per_mille=st.decimals(-1, 120, places=3),
)
def test_extras_are_not_negative_not_beyond_reason_and_of_two_places(percent, per_mille):
    faults = {refusal.code for refusal in rules.check_decision(Decision(percent, per_mille))}
    fine = 0 <= percent <= 500 and 0 <= per_mille <= 100
    whole = all(each == each.quantize(Decimal("0.01")) for each in (percent, per_mille))
    assert (faults == set()) == (fine and whole)


def test_a_decision_with_nothing_added_is_standard():
    assert Decision().is_standard
    assert not Decision(exclusion="left knee").is_standard


@pytest.mark.django_db
class TestReferral:
    @pytest.fixture
    def office(self):
        return make.a_branch("8644", make.a_branch("86"))

    @pytest.fixture
    def policy(self, ctx, office):
        return make.a_policy(ctx, branch=office)

    @pytest.fixture
    def assistant(self, office):
        return make.a_user("underwriting_assistant", branch=office, username="uw")

    @pytest.fixture
    def boss(self, office):
        return make.a_user("supervisor", branch=office, username="boss")

    def names(self):
        return list(
            Event.objects.filter(subject_type="underwriting.referral").order_by("pk").values_list("name", flat=True)
        )

    def test_it_keeps_why_and_on_which_facts_it_was_asked(self, ctx, policy):
        referral = refer(ctx, policy)
        assert referral.number.startswith("U26")
        assert referral.facts["age"] == 40
        stored = Referral.objects.get(pk=referral.pk)
        assert [each.code for each in selectors.reasons(stored)] == ["sum_at_risk_above_limit"]
        assert "800000" in str(selectors.reasons(stored)[0])
        event = Event.objects.get(name="referral.opened")
        assert (event.policy_id, event.payload["case_type"], event.payload["case_id"]) == (policy.pk, CASE, 1)

    def test_a_case_has_one_open_referral_at_a_time(self, ctx, policy):
        first = refer(ctx, policy)
        with pytest.raises(Conflict) as refused:
            refer(ctx, policy)
        assert refused.value.code == "referral_waiting"
        underwriting.withdraw(ctx, first.pk)
        second = refer(ctx, policy)
        assert selectors.of_case(CASE, 1) == second

    def test_one_without_a_reason_is_refused(self, ctx, policy):
        with pytest.raises(Refused):
            underwriting.refer(
                ctx, policy_id=policy.pk, subject_type=CASE, subject_id=1, reasons=[], facts={}, amount=Decimal(1)
            )
        assert not Referral.objects.exists()

    def test_an_assistant_takes_one_and_accepts_it_with_an_extra_premium_and_an_exclusion(self, ctx, policy, assistant):
        referral = refer(ctx, policy)
        underwriting.take(as_user(assistant), referral.pk)
        underwriting.accept(
            as_user(assistant),
            referral.pk,
            extra_percent=Decimal("50"),
            extra_per_mille=Decimal("1.5"),
            exclusion="  left knee ",
            reason="meniscus 2024",
        )
        assert selectors.decision_of(referral.pk) == Decision(Decimal("50"), Decimal("1.5"), "left knee")
        assert self.names() == ["referral.opened", "referral.assigned", "referral.decided"]

    def test_what_an_underwriter_writes_is_read_on_no_row_and_in_no_event(self, ctx, policy, assistant):
        referral = refer(ctx, policy)
        underwriting.accept(as_user(assistant), referral.pk, exclusion="left knee", reason="meniscus 2024")
        assert "knee" not in str(Referral.objects.values()) + str(Event.objects.values())
        assert "meniscus" not in str(Referral.objects.values()) + str(Event.objects.values())
        assert selectors.written(Referral.objects.get(), "reason") == "meniscus 2024"

    @pytest.mark.parametrize(
        ("terms", "code"),
        [
            ({"extra_percent": Decimal("-1")}, "extra_negative"),
            ({"extra_per_mille": Decimal("0.001")}, "extra_too_fine"),
            ({"extra_percent": Decimal("501")}, "extra_too_high"),
            ({"reason": "  "}, "reason_required"),
        ],
    )
    def test_a_decision_that_is_none_is_refused_and_changes_nothing(self, ctx, policy, assistant, terms, code):
        referral = refer(ctx, policy)
        with pytest.raises(Refused) as refused:
            underwriting.accept(as_user(assistant), referral.pk, **{"reason": "fine", **terms})
        assert refused.value.code == code
        assert Referral.objects.get().status == ReferralStatus.OPEN

    def test_the_decision_waits_while_an_examination_is_on_its_way(self, ctx, policy, assistant):
        referral = refer(ctx, policy)
        mine = as_user(assistant)
        underwriting.order_exam(mine, referral.pk, exam=Exam.MEDICAL)
        with pytest.raises(Conflict):
            underwriting.accept(mine, referral.pk, reason="early")
        later = mine.on(TODAY + timedelta(9))
        underwriting.note_exam_report(later, referral.pk)
        done = underwriting.accept(later, referral.pk, reason="fine")
        assert (done.exam_ordered_on, done.exam_reported_on) == (TODAY, TODAY + timedelta(9))
        assert self.names()[1:3] == ["referral.exam_ordered", "referral.exam_reported"]

    def test_it_may_be_declined_while_an_examination_is_on_its_way(self, ctx, policy, assistant):
        referral = refer(ctx, policy)
        underwriting.order_exam(as_user(assistant), referral.pk, exam=Exam.SURVEY)
        underwriting.decline(as_user(assistant), referral.pk, reason="would not be examined")
        assert selectors.decision_of(referral.pk) is None
        with pytest.raises(Conflict):
            underwriting.withdraw(ctx, referral.pk)

    @pytest.mark.promise("P47")
    def test_who_asked_decides_through_no_account_no_role_no_delegation_and_no_key(self, policy, office, boss):
        clerk = make.a_user("endorsement_clerk", branch=office, username="clerk9")
        referral = refer(as_user(clerk), policy)
        other = make.a_user("supervisor", branch=office, person=clerk.person)
        on_behalf = Context(actor="user:boss", person="boss", on_behalf_of="user:clerk9", business_date=TODAY)
        for ctx in (as_user(clerk), as_user(other), on_behalf):
            for decide in (underwriting.accept, underwriting.decline):
                with permissions.door(), pytest.raises(NotPermitted) as refused:
                    decide(ctx, referral.pk, reason="mine")
                assert refused.value.code == "same_person"
        by_key = Context(actor="key:none", person=clerk.person, business_date=TODAY)
        with pytest.raises(NotPermitted):
            underwriting.accept(by_key, referral.pk, reason="mine")
        assert Access.objects.filter(kind=AccessKind.DENIED, object_id=referral.pk).count() == 6
        assert Referral.objects.get().status == ReferralStatus.OPEN
        underwriting.accept(as_user(boss), referral.pk, reason="fine")

    @pytest.mark.promise("P47")
    def test_the_database_refuses_it_too(self, ctx, policy):
        referral = refer(ctx, policy)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE underwriting_referral SET decided_person = asked_person WHERE id = %s", [referral.pk]
            )

    @pytest.mark.promise("P24")
    def test_above_his_authority_an_assistant_leaves_it_to_the_supervisor(self, ctx, policy, assistant, boss):
        referral = refer(ctx, policy, amount="500000.01")
        with pytest.raises(NotPermitted) as refused:
            underwriting.accept(as_user(assistant), referral.pk, reason="fine")
        assert refused.value.code == "authority_exceeded"
        assert Referral.objects.get().status == ReferralStatus.OPEN
        underwriting.accept(as_user(boss), referral.pk, reason="fine")

    def test_who_holds_no_such_permission_decides_nothing(self, ctx, policy, office):
        clerk = make.a_user("policy_clerk", branch=office)
        referral = refer(ctx, policy, amount="0")
        with pytest.raises(NotPermitted) as refused:
            underwriting.accept(as_user(clerk), referral.pk, reason="fine")
        assert refused.value.code == "not_permitted"

    def test_first_come_first_served_and_a_taken_one_is_given_to_another_by_a_supervisor_only(
        self, ctx, policy, office, assistant, boss
    ):
        referral = refer(ctx, policy)
        second = make.a_user("underwriting_assistant", branch=office, username="uw2")
        underwriting.take(as_user(assistant), referral.pk)
        with pytest.raises(Conflict) as refused:
            underwriting.take(as_user(second), referral.pk)
        assert refused.value.code == "referral_taken"
        underwriting.assign(as_user(boss), referral.pk, underwriter_id=second.pk)
        assert Referral.objects.get().assignee == second
        with pytest.raises(NotPermitted):
            underwriting.accept(as_user(boss), referral.pk, reason="SOD06: who gave it away does not decide it")

    def test_only_who_decides_for_that_office_can_be_given_one(self, ctx, policy, office, boss):
        elsewhere = make.a_user("underwriting_assistant", branch=make.a_branch("8631", make.a_branch("86")))
        clerk = make.a_user("endorsement_clerk", branch=office)
        referral = refer(ctx, policy)
        for unfit in (elsewhere, clerk):
            with pytest.raises(Refused) as refused:
                underwriting.assign(as_user(boss), referral.pk, underwriter_id=unfit.pk)
            assert refused.value.code == "underwriter_unfit"

    def test_who_asked_does_not_take_it(self, policy, assistant):
        referral = refer(as_user(assistant), policy)
        with pytest.raises(Refused):
            underwriting.take(as_user(assistant), referral.pk)
        assert Referral.objects.get().assignee is None

    @pytest.mark.promise("P44")
    def test_an_assistant_sees_the_queue_of_his_office_and_decides_what_he_took(self, ctx, policy, assistant):
        mine, other = refer(ctx, policy, case=1), refer(ctx, policy, case=2)
        far = make.a_policy(ctx, branch=make.a_branch("8631", make.a_branch("86")))
        refer(ctx, far, case=3)
        underwriting.take(as_user(assistant), mine.pk)
        assert set(selectors.open_of(assistant)) == {mine, other}
        assert set(selectors.reached_by(assistant, selectors.DECIDE)) == {mine}
        assert not selectors.visible_to(make.a_user("agent"))
