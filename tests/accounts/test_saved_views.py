"""Saved views of lists (screen S19)."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import saved_views
from apps.accounts.models import SavedView
from apps.audit.models import Event
from apps.core.errors import NotFound, Refused
from apps.operations import services as operations
from tests import factories as make
from tests.conftest import TODAY
from tests.factories import a_user, as_user

pytestmark = pytest.mark.django_db
PAGE = "policies.policy"
QUERY = {"status": "SUSPENDED", "cols": ["policy-number", "paid-to"], "sort": "effective"}


def keep(user, name="Mine", query=QUERY, **more):
    return saved_views.keep(as_user(user), user, page=PAGE, name=name, query=query, **more)


def slugs(user):
    return [view.slug for view in saved_views.usable_by(user, PAGE)]


def test_a_view_is_kept_and_read_back_as_parameters():
    user = a_user("policy_clerk")
    keep(user, " 失效  保单 ")
    view = SavedView.objects.get()
    assert (view.name, view.slug) == ("失效 保单", "失效-保单")
    assert saved_views.query_of(user, PAGE, "失效-保单") == {**QUERY, "status": ["SUSPENDED"], "sort": ["effective"]}
    assert Event.objects.filter(name="view.saved", subject_id=view.pk).count() == 1


def test_the_same_name_again_keeps_the_new_query():
    user = a_user("policy_clerk")
    keep(user)
    keep(user, query={})
    assert SavedView.objects.get().query == {}


def test_two_people_may_call_their_views_alike():
    first, second = a_user("policy_clerk"), a_user("policy_clerk")
    assert (keep(first).slug, keep(second).slug) == ("mine", "mine-2")


def test_a_view_is_shared_with_a_role_and_with_nobody_else():
    owner, clerk, cashier = a_user("supervisor"), a_user("renewal_clerk"), a_user("policy_clerk")
    keep(owner, "Shared", role="renewal_clerk")
    keep(owner, "Own")
    assert (slugs(owner), slugs(clerk), slugs(cashier)) == (["own", "shared"], ["shared"], [])
    with pytest.raises(NotFound):
        saved_views.query_of(cashier, PAGE, "shared")
    with pytest.raises(NotFound):
        saved_views.remove(as_user(clerk), clerk, page=PAGE, slug="shared")
    assert SavedView.objects.filter(removed_at=None).count() == 2


def test_a_view_without_a_name_for_an_unknown_role_or_beyond_the_number_is_refused(monkeypatch):
    user = a_user("policy_clerk")
    monkeypatch.setattr(saved_views, "MOST_A_LIST", 1)
    for wrong in ({"name": "  "}, {"name": "x" * 61}, {"role": "king"}):
        with pytest.raises(Refused):
            keep(user, **wrong)
    assert not SavedView.objects.exists()
    keep(user, "One")
    with pytest.raises(Refused) as refused:
        keep(user, "Two")
    assert refused.value.code == "views_too_many"


def test_a_list_opens_with_a_view_until_it_is_reset_or_removed():
    user, other = a_user("policy_clerk"), a_user("policy_clerk")
    keep(user)
    saved_views.open_with(as_user(user), user, page=PAGE, slug="mine")
    assert [view.default for view in saved_views.usable_by(user, PAGE)] == [True]
    with pytest.raises(NotFound):
        saved_views.open_with(as_user(other), other, page=PAGE, slug="mine")
    saved_views.open_with(as_user(user), user, page=PAGE, slug="")
    assert [view.default for view in saved_views.usable_by(user, PAGE)] == [False]
    saved_views.open_with(as_user(user), user, page=PAGE, slug="mine")
    saved_views.remove(as_user(user), user, page=PAGE, slug="mine")
    assert slugs(user) == []
    assert SavedView.objects.get().removed_at


class TestOnThePage:
    @pytest.fixture
    def clerk(self):
        client = Client(headers={"accept-language": "en"})
        client.force_login(a_user("policy_clerk"), backend="apps.accounts.backends.AccountBackend")
        make.a_policy(make.the_system(), branch=make.a_branch())
        operations.open_first_day(make.the_system(), TODAY)
        return client

    address = "/admin/policies/policy/"

    def post(self, client, **data):
        return client.post(reverse("admin:policies_policy_views"), data, follow=True)

    def test_filters_columns_and_order_are_saved_and_the_search_is_not(self, clerk):
        query = "status=IN_FORCE&cols=policy-number&cols=paid-to&q=Zhang"
        answer = self.post(clerk, do="keep", name="Short", query=query)
        assert answer.redirect_chain[-1][0] == f"{self.address}?view=short"
        assert SavedView.objects.get().query == {"status": "IN_FORCE", "cols": ["policy-number", "paid-to"]}
        page = answer.content.decode()
        assert '<th scope="col">Policy number</th>' in page
        assert '<th scope="col">Policyholder</th>' not in page

    def test_its_rows_are_counted_apart(self, clerk):
        self.post(clerk, do="keep", name="All", query="")
        self.post(clerk, do="keep", name="None", query="status=VOID")
        counts = clerk.get(reverse("admin:policies_policy_views")).json()
        assert counts == {"all": "1", "none": "0"}

    def test_it_opens_the_list_and_is_reset(self, clerk):
        self.post(clerk, do="keep", name="None", query="status=VOID")
        self.post(clerk, do="open_with", slug="none")
        assert "Nothing matches." in clerk.get(self.address).content.decode()
        assert "Nothing matches." not in clerk.get(f"{self.address}?view=").content.decode()
        self.post(clerk, do="open_with", slug="")
        assert "Nothing matches." not in clerk.get(self.address).content.decode()

    def test_a_refusal_is_said_on_the_list_and_the_query_stays(self, clerk):
        answer = self.post(clerk, do="keep", name=" ", query="status=IN_FORCE")
        assert "Please give a name." in answer.content.decode()
        assert answer.redirect_chain[-1][0] == f"{self.address}?status=IN_FORCE"
        assert not SavedView.objects.exists()

    def test_a_view_of_what_is_not_there_any_more_is_shown_without_it(self, clerk):
        user = clerk.session["_auth_user_id"]
        SavedView.objects.create(
            owner_id=user, page=PAGE, slug="old", name="Old", query={"cols": ["gone"], "gone": "x", "sort": "gone"}
        )
        answer = clerk.get(f"{self.address}?view=old")
        assert answer.status_code == 200
        assert "not there any more" in answer.content.decode()
