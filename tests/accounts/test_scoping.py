"""Which rows a permission reaches, tried on customers (P44)."""

from datetime import timedelta

import pytest

from apps.accounts import scoping
from apps.audit import services as audit
from apps.audit.models import Access
from apps.audit.states import AccessKind
from apps.core import clock
from apps.parties import selectors
from apps.parties import services as parties
from apps.parties.models import Party
from tests.factories import a_branch, a_user, as_user, the_system

pytestmark = [pytest.mark.django_db, pytest.mark.promise("P44")]


@pytest.fixture
def offices():
    head = a_branch("86")
    province = a_branch("8644", head)
    return {"head": head, "province": province, "city": a_branch("864401", province), "other": a_branch("8631", head)}


@pytest.fixture
def customers(offices):
    return {
        place: parties.register_person(the_system(), name=f"客户{place}", branch_id=branch.pk)
        for place, branch in offices.items()
    }


def seen_by(user):
    return set(selectors.visible_to(user).values_list("name", flat=True))


def test_a_clerk_sees_his_branch_and_what_is_below(offices, customers):
    assert seen_by(a_user("policy_clerk", branch=offices["province"])) == {"客户province", "客户city"}


def test_a_branch_is_not_below_one_whose_code_begins_alike(offices, customers):
    """8644 and 864401 begin alike; only the path says who belongs to whom."""
    stranger = a_branch("86440", offices["other"])
    parties.register_person(the_system(), name="客户stranger", branch_id=stranger.pk)
    assert "客户stranger" not in seen_by(a_user("policy_clerk", branch=offices["province"]))


def test_the_compliance_officer_sees_all(offices, customers):
    assert len(seen_by(a_user("compliance_officer", branch=offices["city"]))) == 4


@pytest.mark.promise("P49")
@pytest.mark.parametrize("role", ["system_admin", "security_admin", "audit_admin"])
def test_no_administrator_sees_a_customer(customers, role):
    assert seen_by(a_user(role)) == set()


def test_an_agent_sees_his_own_customers_only(offices):
    users = [a_user("agent", branch=offices["city"]) for _ in range(2)]
    for user in users:
        agent = parties.register_agent(
            the_system(), code=user.username, name=user.name, branch_id=offices["city"].pk, user_id=user.pk
        )
        parties.register_person(
            the_system(), name=f"客户{user.username}", branch_id=offices["city"].pk, agent_id=agent.pk
        )
    assert seen_by(users[0]) == {f"客户{users[0].username}"}


def opened(user, party):
    return audit.note_access(
        as_user(user),
        AccessKind.OPENED,
        "customer_read.R",
        object_type="parties.party",
        object_id=party.pk,
        purpose="claim 17",
    )


def test_an_assistant_sees_what_he_opened_for_a_purpose_in_his_branch(offices, customers):
    user = a_user("claims_assistant", branch=offices["province"])
    assert seen_by(user) == set()
    opened(user, customers["city"])
    opened(user, customers["other"])
    opened(a_user("claims_assistant", branch=offices["province"]), customers["province"])
    assert seen_by(user) == {"客户city"}


def test_a_purpose_wears_off(offices, customers, settings, monkeypatch):
    user = a_user("claims_assistant", branch=offices["province"])
    opened(user, customers["city"])
    later = clock.now() + timedelta(days=settings.PURPOSE_DAYS, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert seen_by(user) == set()
    assert Access.objects.count() == 1


def test_an_assistant_may_look_for_the_case_at_hand_in_his_branch(offices, customers):
    user = a_user("claims_assistant", branch=offices["province"])
    assert set(selectors.within_reach(user).values_list("name", flat=True)) == {"客户province", "客户city"}


@pytest.mark.parametrize(
    ("role", "columns"),
    [
        ("policy_clerk", {"branch": ""}),
        ("agent", {"agent_user": ""}),
        ("claims_assistant", {"object_type": ""}),
    ],
)
def test_a_scope_without_a_column_reaches_nothing(customers, role, columns):
    assert not Party.objects.filter(scoping.rows(a_user(role), "customer_read.R", **columns)).exists()


def test_only_technical_rows_are_open_to_the_technical_scope():
    user = a_user("system_admin")
    assert not scoping.rows(user, "close_run_read.R", technical=True)
    assert scoping.rows(user, "close_run_read.R") == scoping.NOTHING
