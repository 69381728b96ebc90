"""Two people decide upon the same cases at the same time, from four threads: each case is decided once (P12)."""

import os
import threading
from collections import Counter

import pytest
from django.db import connection

from apps.audit.models import Event
from apps.billing.models import Payout
from apps.core.context import Context
from apps.core.errors import Conflict
from apps.endorsements import services as endorsements
from apps.endorsements.models import Endorsement
from apps.endorsements.states import EndorsementStatus as S
from apps.policies.models import Policy
from tests import factories as make
from tests.billing.test_all_or_nothing import TABLES, Broken, fail_at
from tests.conftest import books_balance
from tests.endorsements import cases

from .test_lapse_race import all_at_once

pytestmark = [pytest.mark.storm, pytest.mark.django_db(transaction=True)]
CASES = 200 if os.environ.get("STORM") == "full" else 20


def waiting(office: cases.Office, *item) -> Endorsement:
    case = cases.handed_in(office, cases.begun(office, cases.a_priced_policy(), *item))
    case = endorsements.examine(office.made, case.pk)
    assert case.status == S.SECOND_REVIEW
    return case


@pytest.mark.promise("P12")
def test_two_people_race_to_approve_and_each_case_is_approved_once():
    office = cases.Office()
    book = [waiting(office, cases.SURRENDER) for _ in range(CASES)]
    second = make.as_user(make.a_user("supervisor"))
    won, lost = Counter(), Counter()
    counting = threading.Lock()

    def approve(ctx: Context, order: list[Endorsement]) -> None:
        for case in order:
            try:
                endorsements.approve(ctx, case.pk, digest=case.quote.digest)
                with counting:
                    won[case.pk] += 1
            except Conflict:
                with counting:
                    lost[case.pk] += 1

    errors = all_at_once(
        lambda: approve(office.checked, book),
        lambda: approve(office.checked, book[::-1]),
        lambda: approve(second, book),
        lambda: approve(second, book[::-1]),
    )
    assert errors == []
    assert set(won.values()) == {1}, "approved twice"
    assert len(won) == CASES, "approved by nobody"
    assert set(lost.values()) == {3}
    approved = Event.objects.filter(name="endorsement.approved").values_list("subject_id", flat=True)
    assert sorted(approved) == sorted(case.pk for case in book)
    assert Payout.objects.count() == Policy.objects.filter(status="TERMINATED").count() == CASES
    assert books_balance()


@pytest.mark.promise("P12")
def test_one_approves_while_another_rejects_and_a_third_withdraws():
    office = cases.Office()
    book = [waiting(office, cases.SURRENDER) for _ in range(CASES // 4)]
    second = make.as_user(make.a_user("supervisor"))

    def each(act) -> None:
        for case in book:
            try:
                act(case)
            except Conflict:
                continue

    errors = all_at_once(
        lambda: each(lambda case: endorsements.approve(office.checked, case.pk, digest=case.quote.digest)),
        lambda: each(lambda case: endorsements.reject(second, case.pk, reason="no")),
        lambda: each(lambda case: endorsements.withdraw(office.made, case.pk, reason="asked to")),
    )
    assert errors == []
    for case in map(cases.again, book):
        changed = case.policy.status == "TERMINATED"
        assert changed == (case.status == S.PAYOUT)
        assert case.status in (S.PAYOUT, S.REJECTED, S.WITHDRAWN)
        assert Payout.objects.filter(policy=case.policy_id).exists() == changed


@pytest.mark.promise("P16")
def test_an_approval_that_fails_at_any_statement_leaves_everything_as_it_was():
    """Every seventh statement in CI; each of them in the storm."""
    office = cases.Office()
    case = waiting(office, cases.SURRENDER)
    kept = [*TABLES, Endorsement, Payout]

    def everything() -> list:
        return [sorted(model.objects.values_list(), key=repr) for model in kept]

    before, position = everything(), 0
    while True:
        position += 1 if os.environ.get("STORM") == "full" else 7
        try:
            with connection.execute_wrapper(fail_at(position)):
                endorsements.approve(office.checked, case.pk, digest=case.quote.digest)
        except Broken:
            assert everything() == before, f"statement {position}"
        else:
            break
    assert position > 50
    assert cases.again(case).status == S.PAYOUT
