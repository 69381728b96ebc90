"""Accounts, roles and branches: what is done, by whom, and what is refused."""

import io
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from apps.accounts import permissions, selectors, services
from apps.accounts.models import RoleGrant, User
from apps.audit.models import Event
from apps.core import clock
from apps.core.errors import Conflict, Refused
from tests import factories
from tests.factories import a_branch, a_user, as_user

pytestmark = pytest.mark.django_db


def names_of_events():
    return list(Event.objects.order_by("pk").values_list("name", flat=True))


def test_a_branch_lies_below_its_parent(ctx):
    head = services.create_branch(ctx, code="86", name="Head office")
    province = services.create_branch(ctx, code="8644", name="Guangdong", parent_id=head.pk)
    assert province.path == "86/8644/"


def test_a_branch_is_founded_once(ctx):
    a_branch("86")
    with pytest.raises(Conflict) as refused:
        services.create_branch(ctx, code="86", name="Again")
    assert refused.value.code == "branch_code_taken"


def test_a_new_account_has_neither_password_nor_rights(ctx):
    user = services.create_user(ctx, username="li.na", name="李娜", branch_id=a_branch().pk)
    assert not user.has_usable_password()
    assert permissions.roles_of(user) == frozenset()
    assert names_of_events()[-1] == "user.created"


def test_an_account_is_created_once(ctx):
    user = a_user()
    with pytest.raises(Conflict):
        services.create_user(ctx, username=user.username, name="Twin", branch_id=user.branch_id)


@pytest.mark.parametrize("password", ["short", "password1234", "12345678901234", "zhang.weiming1"])
def test_a_weak_password_is_refused(ctx, password):
    user = services.create_user(ctx, username="zhang.weiming", name="张伟明", branch_id=a_branch().pk)
    before = user.password
    with pytest.raises(Refused) as refused:
        services.set_password(ctx, user_id=user.pk, password=password)
    assert refused.value.code == "password_weak"
    assert User.objects.get(pk=user.pk).password == before


def test_a_password_is_recorded_nowhere(ctx):
    user = a_user()
    services.set_password(ctx, user_id=user.pk, password="a-password-nobody-has")
    assert User.objects.get(pk=user.pk).check_password("a-password-nobody-has")
    assert "nobody" not in str(list(Event.objects.values()))


@pytest.mark.promise("P48")
def test_a_role_needs_a_request_and_another_persons_approval(ctx, checker):
    user = a_user()
    grant = services.request_role(ctx, user_id=user.pk, role="policy_clerk")
    assert permissions.roles_of(user) == frozenset()
    services.grant_role(checker, grant_id=grant.pk)
    assert permissions.roles_of(user) == {"policy_clerk"}
    assert names_of_events()[-2:] == ["role.requested", "role.granted"]


@pytest.mark.promise("P47")
@pytest.mark.promise("P48")
def test_the_one_who_asked_cannot_grant_even_from_another_account(ctx):
    user, second_account = a_user(), a_user(person=ctx.person)
    grant = services.request_role(ctx, user_id=user.pk, role="policy_clerk")
    for approver in (ctx, as_user(second_account)):
        with pytest.raises(Refused) as refused:
            services.grant_role(approver, grant_id=grant.pk)
        assert refused.value.code == "same_person"
    assert permissions.roles_of(user) == frozenset()


@pytest.mark.promise("P48")
def test_nobody_grants_a_role_to_himself(ctx):
    user = a_user("security_admin")
    grant = services.request_role(ctx, user_id=user.pk, role="policy_clerk")
    with pytest.raises(Refused):
        services.grant_role(as_user(user), grant_id=grant.pk)
    assert permissions.roles_of(user) == {"security_admin"}


@pytest.mark.promise("P48")
def test_the_database_itself_wants_four_eyes():
    user = a_user()
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.create(
            user=user,
            role="supervisor",
            from_date=date(2026, 1, 1),
            requested_by="li",
            approved_by="li",
            approved_at=clock.now(),
        )


def test_the_same_person_is_not_two_administrators(ctx, checker):
    user = a_user("system_admin")
    second_account = a_user(person=user.person)
    grant = services.request_role(ctx, user_id=second_account.pk, role="audit_admin")
    with pytest.raises(Refused) as refused:
        services.grant_role(checker, grant_id=grant.pk)
    assert refused.value.code == "roles_conflict"


def test_a_role_is_asked_for_once(ctx):
    user = a_user("policy_clerk")
    with pytest.raises(Conflict) as refused:
        services.request_role(ctx, user_id=user.pk, role="policy_clerk")
    assert refused.value.code == "role_already_held"


def test_a_refused_request_cannot_be_granted_any_more(ctx, checker):
    user = a_user()
    grant = services.request_role(ctx, user_id=user.pk, role="supervisor")
    services.refuse_role(checker, grant_id=grant.pk, reason="not trained yet")
    with pytest.raises(Conflict):
        services.grant_role(checker, grant_id=grant.pk)
    assert permissions.roles_of(user) == frozenset()


@pytest.mark.promise("P48")
def test_a_revoked_role_is_gone_at_once(ctx):
    user = a_user("policy_clerk", "renewal_clerk")
    grant = user.role_grants.get(role="policy_clerk")
    services.revoke_role(ctx, grant_id=grant.pk, reason="moved to renewals")
    assert permissions.roles_of(user) == {"renewal_clerk"}
    assert Event.objects.get(name="role.revoked").reason == "moved to renewals"


def test_taking_a_role_back_needs_a_reason(ctx):
    user = a_user("policy_clerk")
    with pytest.raises(Refused) as refused:
        services.revoke_role(ctx, grant_id=user.role_grants.get().pk, reason="  ")
    assert refused.value.code == "reason_required"
    assert permissions.roles_of(user) == {"policy_clerk"}


def test_a_role_acts_only_between_its_days(ctx, checker):
    today = clock.office_now().date()
    user = a_user()
    for role, first, last in [
        ("policy_clerk", today + timedelta(days=1), None),
        ("renewal_clerk", today - timedelta(days=9), today - timedelta(days=1)),
        ("endorsement_clerk", today - timedelta(days=1), today),
    ]:
        grant = services.request_role(ctx, user_id=user.pk, role=role, from_date=first, to_date=last)
        services.grant_role(checker, grant_id=grant.pk)
    assert permissions.roles_of(user) == {"endorsement_clerk"}


def test_a_role_switched_off_gives_nothing(settings):
    settings.ENABLED_ROLES = ["cashier"]
    user = a_user("cashier")
    assert permissions.allows(user, "bank_file_load.E")
    settings.ENABLED_ROLES = []
    assert not permissions.allows(user, "bank_file_load.E")


@pytest.mark.promise("P52")
def test_a_disabled_account_has_no_rights(ctx):
    user = a_user("policy_clerk")
    services.disable_user(ctx, user_id=user.pk, reason="left the company")
    user = User.objects.get(pk=user.pk)
    assert permissions.roles_of(user) == frozenset()
    services.enable_user(ctx, user_id=user.pk, reason="came back")
    assert permissions.roles_of(User.objects.get(pk=user.pk)) == {"policy_clerk"}
    assert names_of_events()[-2:] == ["user.disabled", "user.enabled"]


def test_accounts_are_installed_from_the_command_line_only(ctx):
    with pytest.raises(Refused) as refused:
        services.install_user(
            ctx, username="mallory", name="Mallory", branch_id=a_branch().pk, roles=["supervisor"], password="x" * 12
        )
    assert refused.value.code == "installation_only"
    assert not User.objects.filter(username="mallory").exists()


def test_events_are_shown_with_the_names_of_people():
    user = a_user(username="li.na")
    assert selectors.names_of([user.actor, "job:close_of_business"]) == {"user:li.na": user.name}


def test_the_first_security_administrator_comes_from_the_command_line(monkeypatch):
    command = ["create_account", "zhou.min", "--name", "周敏", "--branch", "86"]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{factories.PASSWORD}\n"))
    call_command(*command, stdout=io.StringIO())
    assert permissions.roles_of(User.objects.get(username="zhou.min")) == {"security_admin"}
    with pytest.raises(CommandError, match="already"):
        call_command("create_account", "second", "--name", "Second", "--branch", "86")
