"""Who may do what, and what a denial leaves behind."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils.translation import override

from apps.accounts import permissions, services
from apps.accounts.backends import AccountBackend
from apps.accounts.models import User
from apps.audit.models import Access, Event
from apps.audit.states import AccessKind
from apps.core.errors import NotPermitted
from tests.factories import a_branch, a_user, as_user


@pytest.mark.django_db
def test_roles_add_up():
    user = a_user("policy_clerk", "compliance_officer")
    assert permissions.scope(user, "policy_read.R") == {"branch", "global"}
    assert permissions.allows(user, "payment_record.C")
    assert not permissions.allows(user, "payment_record.A")


@pytest.mark.django_db
def test_a_capability_does_not_imply_another():
    user = a_user("renewal_clerk")
    assert permissions.allows(user, "payment_record.C")
    assert not permissions.allows(user, "payment_record.R")


def test_nobody_unknown_may_anything():
    assert not permissions.allows(AnonymousUser(), "policy_read.R")


@pytest.mark.django_db
@pytest.mark.parametrize("misspelt", ["policy_read", "policy_read.Z", "no_such_action.R"])
def test_a_misspelt_permission_is_a_mistake_and_not_a_no(misspelt):
    with pytest.raises(KeyError):
        permissions.allows(a_user("policy_clerk"), misspelt)


@pytest.mark.django_db
def test_djangos_pages_ask_the_same_matrix():
    user = a_user("policy_clerk")
    assert user.has_perm("policy_read.R")
    assert not user.has_perm("payment_record.A")
    assert not user.has_perm("accounts.change_user")
    assert not user.is_superuser


@pytest.mark.promise("P36")
@pytest.mark.django_db(transaction=True)
def test_a_denial_is_one_row_even_when_everything_else_rolls_back():
    user = a_user("policy_clerk")
    events = Event.objects.count()

    @transaction.atomic
    def act():
        services.create_branch(as_user(user), code="99", name="Not to be")
        permissions.require(as_user(user), user, "receipt_reverse.E", object_type="billing.receipt", object_id=7)

    with pytest.raises(NotPermitted) as denied, permissions.door():
        act()
    assert denied.value.code == "not_permitted"
    row = Access.objects.get()
    assert (row.kind, row.action, row.object_type, row.object_id) == (
        AccessKind.DENIED,
        "receipt_reverse.E",
        "billing.receipt",
        7,
    )
    assert (row.actor, row.person) == (user.actor, user.person)
    assert Event.objects.count() == events


@pytest.mark.django_db(transaction=True)
def test_a_denial_shown_on_a_page_is_remembered_too():
    user = a_user("policy_clerk")
    with permissions.door():
        try:
            permissions.require(as_user(user), user, "receipt_reverse.E")
        except NotPermitted:
            assert not Access.objects.exists()
    assert Access.objects.count() == 1


@pytest.mark.django_db
def test_what_is_allowed_leaves_no_denial():
    user = a_user("supervisor")
    permissions.require(as_user(user), user, "receipt_reverse.E")
    assert not Access.objects.exists()


@pytest.mark.django_db
def test_the_refusal_names_the_act_in_the_readers_language():
    user = a_user("policy_clerk")
    error = permissions.denied(as_user(user), "receipt_reverse.E")
    with override("en"):
        assert str(error.refusals[0]) == "Your role does not allow this: Reverse a receipt."


@pytest.mark.promise("P48")
@pytest.mark.django_db
def test_a_page_asks_for_rights_once_and_the_next_page_anew(ctx, django_assert_num_queries):
    user = a_user("policy_clerk", branch=a_branch())
    with django_assert_num_queries(2):
        seen = AccountBackend().get_user(user.pk)
        assert all(seen.has_perm("policy_read.R") for _ in range(20))
    services.revoke_role(ctx, grant_id=user.role_grants.get().pk, reason="moved")
    assert not AccountBackend().get_user(user.pk).has_perm("policy_read.R")
    assert isinstance(seen, User)
