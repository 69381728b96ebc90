"""Delegation 授权委托: a colleague stands in for some days; nobody approves own work by it (P47, P52)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import delegations, keys, permissions, rules, selectors, separation, services
from apps.accounts.models import Delegation, RoleGrant, User
from apps.audit.models import Access, Event
from apps.audit.states import AccessKind
from apps.core import clock
from apps.core.context import Context, job
from apps.core.errors import Conflict, NotPermitted, Refused
from apps.operations import services as operations
from apps.policies.states import HoldKind
from tests import factories as make
from tests.api.client import a_request
from tests.conftest import TODAY
from tests.factories import as_user

pytestmark = pytest.mark.django_db
KEY = "6f1f8b52-6c0b-4c57-9f0e-0b1d6a1f{:04d}"


def day(n: int = 0):
    return clock.office_now().date() + timedelta(n)


@pytest.fixture
def giver():
    return make.a_user("endorsement_clerk", username="giver")


@pytest.fixture
def taker():
    return make.a_user("renewal_clerk", username="taker")


@pytest.fixture
def boss():
    return make.a_user("supervisor", username="boss")


def asked(giver, taker, first=0, last=6) -> Delegation:
    ctx = as_user(giver)
    return delegations.ask(ctx, taker_id=taker.pk, from_date=day(first), to_date=day(last), reason="leave")


def approved(giver, taker, boss, first=0, last=6) -> Delegation:
    return delegations.approve(as_user(boss), delegation_id=asked(giver, taker, first, last).pk)


def again(user) -> User:
    return User.objects.get(pk=user.pk)


def test_the_taker_holds_the_roles_of_the_giver_for_these_days_once_a_third_person_agreed(giver, taker, boss):
    request = asked(giver, taker, 0, 6)
    assert permissions.roles_of(again(taker)) == {"renewal_clerk"}
    delegations.approve(as_user(boss), delegation_id=request.pk)
    assert permissions.roles_of(again(taker)) == {"renewal_clerk", "endorsement_clerk"}
    assert again(taker).roles_on(day(6)) > again(taker).roles_on(day(7)) == {"renewal_clerk"}
    assert permissions.roles_of(again(giver)) == {"endorsement_clerk"}


def test_an_act_under_it_is_done_on_behalf_of_the_giver_and_any_other_is_not(giver, taker, boss):
    approved(giver, taker, boss)
    user = again(taker)
    assert permissions.on_behalf_of(user, "contact_change.E") == "user:giver"
    assert permissions.on_behalf_of(user, "renewal_work.E") == ""
    assert permissions.on_behalf_of(user, "contact_change.C") == "", "he holds this one himself"
    assert permissions.acting(as_user(user), user, "contact_change.E").on_behalf_of == "user:giver"


@pytest.mark.promise("P47")
@pytest.mark.parametrize("who", ["giver", "taker"])
def test_neither_of_the_two_approves_it_through_whichever_account(giver, taker, boss, who):
    request = asked(giver, taker)
    other = make.a_user("supervisor", person=who)
    with permissions.door(), pytest.raises(NotPermitted) as refused:
        delegations.approve(as_user(other), delegation_id=request.pk)
    assert refused.value.code == "same_person"
    assert not RoleGrant.objects.filter(delegation=request).exists()
    assert Access.objects.filter(kind=AccessKind.DENIED, object_id=request.pk).count() == 1


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [(-1, 1, "delegation_in_the_past"), (2, 1, "role_dates_reversed"), (0, 90, "delegation_too_long")],
)
def test_days_that_make_no_sense_are_refused(giver, taker, first, last, code):
    with pytest.raises(Refused) as refused:
        asked(giver, taker, first, last)
    assert refused.value.code == code


def test_only_a_colleague_of_the_same_office_and_another_person_may_stand_in(giver):
    elsewhere = make.a_user(branch=make.a_branch("8644", make.a_branch("86")))
    twin = make.a_user(person=giver.person)
    for other, code in ((elsewhere, "delegation_other_office"), (twin, "delegation_to_oneself")):
        with pytest.raises(Refused) as refused:
            asked(giver, other)
        assert refused.value.code == code


def test_what_one_stands_in_with_is_not_passed_on(giver, taker, boss):
    approved(giver, taker, boss)
    third = make.a_user(username="third")
    passed = approved(again(taker), third, boss)
    assert set(passed.grants.values_list("role", flat=True)) == {"renewal_clerk"}


def test_nobody_stands_in_for_two_at_a_time_but_may_one_after_the_other(giver, taker, boss):
    second = make.a_user("policy_clerk", username="second")
    request = asked(second, taker, 3, 9)
    approved(giver, taker, boss, 0, 3)
    with pytest.raises(Refused) as refused:
        delegations.approve(as_user(boss), delegation_id=request.pk)
    assert refused.value.code == "delegation_taken"
    approved(second, taker, boss, 4, 9)


def test_who_has_nothing_of_his_own_has_nothing_to_pass_on(taker):
    with pytest.raises(Refused) as refused:
        asked(make.a_user(username="bare"), taker)
    assert refused.value.code == "delegation_no_roles"


@pytest.mark.promise("P48")
def test_it_ends_at_once_and_stays_on_the_record(giver, taker, boss):
    delegation = approved(giver, taker, boss)
    epoch = again(taker).session_epoch
    delegations.end(as_user(giver), delegation_id=delegation.pk, reason="back early")
    assert permissions.roles_of(again(taker)) == {"renewal_clerk"}
    assert again(taker).session_epoch > epoch
    with pytest.raises(Conflict):
        delegations.end(as_user(giver), delegation_id=delegation.pk, reason="again")
    names = Event.objects.filter(subject_type="accounts.delegation").order_by("pk").values_list("name", flat=True)
    assert list(names) == ["delegation.asked", "delegation.approved", "delegation.ended"]


@pytest.mark.promise("P48")
def test_a_role_taken_from_the_giver_is_taken_from_who_stands_in(ctx, giver, taker, boss):
    approved(giver, taker, boss)
    services.revoke_role(ctx, grant_id=giver.role_grants.get().pk, reason="moved")
    assert permissions.roles_of(again(taker)) == {"renewal_clerk"}


@pytest.mark.promise("P52")
@pytest.mark.parametrize("leaver", ["giver", "taker"])
def test_delegations_end_with_the_account_on_either_side(ctx, giver, taker, boss, leaver):
    delegation = approved(giver, taker, boss)
    services.disable_user(ctx, user_id=User.objects.get(username=leaver).pk, reason="left")
    delegation.refresh_from_db()
    assert delegation.status == "ENDED"
    assert not RoleGrant.objects.filter(delegation=delegation, ended_at=None).exists()


def test_three_administrators_stay_three_persons(ctx, boss):
    guard, operator = make.a_user("security_admin", username="guard"), make.a_user("system_admin", username="op")
    with pytest.raises(Refused) as refused:
        approved(guard, operator, boss)
    assert refused.value.code == "roles_conflict"
    assert not RoleGrant.objects.filter(user=operator, role="security_admin").exists()


# -- nobody approves his own work (P47): the four routes ------------------------------------------------------------


@pytest.mark.promise("P47")
def test_same_session_the_maker_is_barred(giver, boss):
    assert separation.barred(as_user(giver), "giver").code == "same_person"
    assert separation.barred(as_user(boss), "giver") is None


@pytest.mark.promise("P47")
def test_other_role_another_account_of_the_same_person_is_barred(giver):
    other = make.a_user("supervisor", person=giver.person)
    assert separation.barred(as_user(other), "user:giver").code == "same_person"


@pytest.mark.promise("P47")
def test_delegation_bars_both_persons(giver, taker, boss):
    approved(giver, taker, boss)
    ctx = permissions.acting(as_user(taker), again(taker), "contact_change.E")
    assert separation.barred(ctx, "giver").code == "same_person", "on behalf of the maker"
    assert separation.barred(ctx, "taker").code == "same_person", "the maker himself, with a borrowed role"
    assert separation.barred(ctx, "user:giver").code == "same_person"
    assert separation.barred(ctx, "somebody") is None
    made = Context(actor="user:taker", person="taker", on_behalf_of="user:giver", business_date=TODAY)
    involved = [made.person, made.on_behalf_of]
    assert separation.barred(as_user(giver), *involved).code == "same_person", "it was done in his name"


@pytest.mark.promise("P47")
@pytest.mark.parametrize("who", ["owner", "requester"])
def test_api_key_bars_its_owner_and_who_requested_it(who):
    owner = make.a_user("policy_clerk", person="owner")
    key = a_request(owner=owner)
    key.requested_person = "requester"
    key.prefix = "pok_test_abc"
    key.save()
    assert separation.barred(Context(actor="user:x", person=who, business_date=TODAY), "owner", "key:abc")
    by_key = Context(actor="key:abc", person="owner", business_date=TODAY)
    assert separation.barred(by_key, who).code == "same_person"
    assert keys.ROLE == "api_client", "and a key holds no A at all (INV01)"


def test_behind_a_job_stands_nobody_who_could_judge():
    assert separation.barred(job("night", TODAY), "giver").code == "same_person"
    assert rules.check_persons_apart(["b"], []) is None


def test_an_account_is_known_by_its_actor_only(giver):
    assert selectors.account_of(as_user(giver)) == giver
    with pytest.raises(Refused):
        selectors.account_of(job("night", TODAY))


# -- at the door ----------------------------------------------------------------------------------------------------


def test_what_is_done_at_a_page_names_both(ctx, boss):
    operations.open_first_day(ctx, TODAY)
    keeper = make.a_user("renewal_clerk", username="keeper")
    supervisor = make.a_user("supervisor", username="away")
    delegation = Delegation.objects.create(
        giver=supervisor,
        taker=keeper,
        from_date=day(),
        to_date=day(3),
        reason="leave",
        asked_by=supervisor.actor,
        asked_person=supervisor.person,
    )
    delegations._tell(as_user(supervisor), delegations.events.DELEGATION_ASKED, delegation)
    delegations.approve(as_user(boss), delegation_id=delegation.pk)
    policy = make.a_policy(ctx, branch=keeper.branch)
    client = Client()
    client.force_login(again(keeper), backend="apps.accounts.backends.AccountBackend")
    form = {"key": KEY.format(1), "kind": HoldKind.DISPUTE, "reason": "two heirs"}
    assert client.post(reverse("admin:policies_policy_place_hold", args=[policy.pk]), form).status_code == 302
    event = Event.objects.filter(policy_id=policy.pk).latest("pk")
    assert (event.actor, event.person, event.on_behalf_of) == ("user:keeper", "keeper", "user:away")
