"""Accounts and roles from the pages: what one begins another ends (P47, P48, P52)."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Branch, RoleGrant, User
from apps.core.models import IdempotencyKey
from apps.operations import services as operations
from tests import factories as make
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db
KEY = "6f1f8b52-6c0b-4c57-9f0e-0b1d6a0f{:04d}"


@pytest.fixture
def office(ctx):
    operations.open_first_day(ctx, TODAY)
    head = make.a_branch("86")
    return make.a_branch("8644", head)


def client_of(user) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="apps.accounts.backends.AccountBackend")
    return client


@pytest.mark.promise("P48")
def test_an_account_is_made_given_a_role_by_two_others_and_closed(office):
    operator, supervisor = make.a_user("system_admin", branch=office), make.a_user("supervisor", branch=office)
    guardian = make.a_user("security_admin", branch=make.a_branch("86"))
    form = {"key": KEY.format(1), "username": "li.na", "name": "李娜", "branch": office.pk}
    shown = client_of(operator).post(reverse("admin:accounts_user_create"), form)
    password = shown.context["password"]
    user = User.objects.get(username="li.na")
    assert user.check_password(password)
    assert not IdempotencyKey.objects.exists(), "the password would be kept"

    request = {"key": KEY.format(2), "role": "policy_clerk", "from_date": "2020-01-01"}
    client_of(supervisor).post(reverse("admin:accounts_user_request_role", args=[user.pk]), request)
    grant = RoleGrant.objects.get(user=user)
    approve = reverse("admin:accounts_rolegrant_grant", args=[grant.pk])
    assert client_of(supervisor).post(approve, {"key": KEY.format(3)}).status_code == 403
    assert reverse("admin:accounts_rolegrant_changelist") in client_of(guardian).get("/admin/").content.decode()
    client_of(guardian).post(approve, {"key": KEY.format(4)})
    assert User.objects.get(pk=user.pk).has_perm("policy_read.R")

    closing = {"key": KEY.format(5), "reason": "left the company"}
    client_of(operator).post(reverse("admin:accounts_user_disable", args=[user.pk]), closing)
    assert not User.objects.get(pk=user.pk).has_perm("policy_read.R")


@pytest.mark.promise("P47")
def test_who_requested_a_role_sees_why_he_may_not_grant_it(office):
    both = make.a_user("supervisor", "security_admin", branch=office)
    user = make.a_user(branch=office)
    client = client_of(both)
    form = {"key": KEY.format(6), "role": "policy_clerk", "from_date": "2020-01-01"}
    client.post(reverse("admin:accounts_user_request_role", args=[user.pk]), form)
    grant = RoleGrant.objects.get(user=user)
    page = client.get(reverse("admin:accounts_rolegrant_change", args=[grant.pk])).content.decode()
    assert "The same person may not both enter and confirm." in page
    client.post(reverse("admin:accounts_rolegrant_grant", args=[grant.pk]), {"key": KEY.format(7)})
    assert RoleGrant.objects.get(pk=grant.pk).approved_by == ""


def test_a_supervisor_requests_roles_for_the_people_of_his_branch_only(office):
    stranger = make.a_user(branch=make.a_branch("8631", make.a_branch("86")))
    form = {"key": KEY.format(8), "role": "policy_clerk", "from_date": "2020-01-01"}
    client = client_of(make.a_user("supervisor", "compliance_officer", branch=office))
    answer = client.post(reverse("admin:accounts_user_request_role", args=[stranger.pk]), form)
    assert answer.status_code == 403
    assert not RoleGrant.objects.filter(user=stranger).exists()


@pytest.mark.promise("P43")
def test_all_sessions_of_an_account_are_ended_from_its_page(office):
    user = make.a_user("policy_clerk", branch=office)
    there = client_of(user)
    assert there.get("/admin/").status_code == 200
    form = {"key": KEY.format(9), "reason": "lost laptop"}
    client_of(make.a_user("system_admin", branch=office)).post(
        reverse("admin:accounts_user_end_sessions", args=[user.pk]), form
    )
    assert there.get("/admin/").status_code == 302


def test_a_branch_is_founded_below_another(office):
    guardian = client_of(make.a_user("security_admin", branch=make.a_branch("86")))
    form = {"key": KEY.format(10), "code": "864401", "name": "广州", "parent": office.pk}
    guardian.post(reverse("admin:accounts_branch_found"), form)
    assert Branch.objects.get(code="864401").path == f"{office.path}864401/"
    again = guardian.post(reverse("admin:accounts_branch_found"), {**form, "key": KEY.format(11)})
    assert again.status_code == 409
