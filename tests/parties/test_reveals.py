"""Looking at what is masked: with a right, a purpose, a quota and a trace (P36, P54)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from apps.accounts import permissions
from apps.audit.models import Access
from apps.audit.states import AccessKind
from apps.core.errors import NotFound, NotPermitted, Refused
from apps.parties import reveals
from apps.parties import services as parties
from apps.parties.states import RevealField, RevealPurpose
from tests.factories import a_branch, a_user, as_user, the_system

ID_NUMBER = "11010519491231002X"
WHY = RevealPurpose.IDENTITY_CHECK


@pytest.fixture
def zhang():
    party = parties.register_person(
        the_system(),
        name="张伟",
        branch_id=a_branch().pk,
        identities=[("111", ID_NUMBER, None)],
        contacts=[("mobile", "13812345678")],
    )
    parties.add_bank_account(the_system(), party_id=party.pk, bank="工商银行", number="6222021234567890128")
    return party


def look(user, field, row, purpose=WHY):
    with permissions.door():
        return reveals.reveal(as_user(user), user, field=field, object_id=row.pk, purpose=purpose)


def rows(kind):
    return Access.objects.filter(kind=kind)


@pytest.mark.promise("P54")
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "related", "value"),
    [
        (RevealField.NAME, None, "张伟"),
        (RevealField.IDENTITY, "identities", ID_NUMBER),
        (RevealField.CONTACT, "contacts", "+8613812345678"),
        (RevealField.BANK_ACCOUNT, "bank_accounts", "6222021234567890128"),
    ],
)
def test_a_clerk_sees_the_value_and_leaves_his_name_and_reason_but_not_the_value(zhang, field, related, value):
    user = a_user("policy_clerk")
    row = getattr(zhang, related).get() if related else zhang
    assert look(user, field, row) == value
    trace = Access.objects.values().get()
    assert (trace["kind"], trace["actor"], trace["object_id"]) == (AccessKind.REVEALED, user.actor, zhang.pk)
    assert (trace["purpose"], trace["detail"]) == (WHY, {"field": field, "row": row.pk})
    assert value not in str(trace)


@pytest.mark.promise("P54")
@pytest.mark.django_db
@pytest.mark.parametrize("purpose", ["", "curiosity"])
def test_without_a_purpose_nothing_is_shown(zhang, purpose):
    with pytest.raises(Refused) as refused:
        look(a_user("policy_clerk"), RevealField.NAME, zhang, purpose)
    assert refused.value.code == "reason_required"
    assert not rows(AccessKind.REVEALED).exists()


@pytest.mark.promise("P49")
@pytest.mark.django_db
@pytest.mark.parametrize("role", ["system_admin", "security_admin", "audit_admin", "agent"])
def test_who_has_no_right_sees_nothing_and_is_remembered(zhang, role):
    with pytest.raises(NotPermitted):
        look(a_user(role), RevealField.IDENTITY, zhang.identities.get())
    assert rows(AccessKind.DENIED).count() == 1
    assert not rows(AccessKind.REVEALED).exists()


@pytest.mark.django_db
def test_a_cashier_sees_the_bank_account_and_nothing_else(zhang, settings):
    settings.ENABLED_ROLES = ["cashier"]
    user = a_user("cashier")
    assert look(user, RevealField.BANK_ACCOUNT, zhang.bank_accounts.get()) == "6222021234567890128"
    with pytest.raises(NotPermitted):
        look(user, RevealField.IDENTITY, zhang.identities.get())


@pytest.mark.promise("P44")
@pytest.mark.django_db
def test_another_branchs_customer_is_not_there(zhang):
    stranger = a_user("policy_clerk", branch=a_branch("99"))
    with pytest.raises(NotFound):
        look(stranger, RevealField.IDENTITY, zhang.identities.get())
    assert not Access.objects.exists()


@pytest.mark.promise("P54")
@pytest.mark.django_db
def test_the_31st_look_of_a_day_is_refused_from_whichever_account(zhang):
    user = a_user("policy_clerk")
    second_account = a_user("policy_clerk", person=user.person)
    for account in [user, second_account] * 15:
        look(account, RevealField.NAME, zhang)
    for account in (user, second_account):
        with pytest.raises(NotPermitted) as refused:
            look(account, RevealField.NAME, zhang)
        assert refused.value.code == "reveal_quota_spent"
    assert rows(AccessKind.REVEALED).count() == 30
    assert rows(AccessKind.DENIED).count() == 2
    assert look(a_user("policy_clerk"), RevealField.NAME, zhang) == "张伟"


@pytest.mark.promise("P54")
@pytest.mark.django_db(transaction=True)
def test_two_last_looks_at_once_are_one(zhang, settings):
    settings.REVEALS_PER_DAY = 3
    user = a_user("policy_clerk")

    def try_it(_):
        try:
            return look(user, RevealField.NAME, zhang)
        except NotPermitted:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(try_it, range(12)))
    assert seen.count("张伟") == 3
    assert rows(AccessKind.REVEALED).count() == 3
    assert rows(AccessKind.DENIED).count() == 9
