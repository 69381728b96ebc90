"""The authority table and stand-ins on the staff's pages: what one asks another decides (P47, P48)."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import permissions
from apps.accounts.models import Authority, Delegation, User
from apps.core import clock
from apps.operations import services as operations
from tests import factories as make
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db
KEY = "6f1f8b52-6c0b-4c57-9f0e-0b1d6a3f{:04d}"


@pytest.fixture
def office(ctx):
    operations.open_first_day(ctx, TODAY)
    return make.a_branch("8644", make.a_branch("86"))


@pytest.fixture
def boss(office):
    return make.a_user("supervisor", branch=office, username="boss")


def client_of(user) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="apps.accounts.backends.AccountBackend")
    return client


def on(page: str, act: str, *args: int) -> str:
    return reverse(f"admin:accounts_{page}_{act}", args=args)


def a_limit(n: int, **more):
    form = {"key": KEY.format(n), "role": "endorsement_clerk", "action": "coverage_change", "max_amount": "20000"}
    return form | {"from_date": "2026-01-01", "reason": "board of January"} | more


@pytest.mark.promise("P47")
def test_a_supervisor_asks_for_a_limit_and_the_security_administrator_grants_it(office, boss):
    guard = make.a_user("security_admin", branch=make.a_branch("86"), username="guard")
    assert client_of(boss).post(on("authority", "ask"), a_limit(1, branch=office.pk)).status_code == 302
    asked = Authority.objects.get()
    assert client_of(boss).post(on("authority", "grant", asked.pk), {"key": KEY.format(2)}).status_code == 403
    assert "status=ASKED" in client_of(guard).get("/admin/").content.decode()
    assert client_of(guard).post(on("authority", "grant", asked.pk), {"key": KEY.format(3)}).status_code == 302
    asked.refresh_from_db()
    assert (asked.status, asked.approved_person) == ("GRANTED", "guard")
    law = client_of(make.a_user("compliance_officer", branch=make.a_branch("86")))
    assert "20,000.00" in law.get(on("authority", "changelist")).content.decode()
    assert law.post(on("authority", "end", asked.pk), {"key": KEY.format(4), "reason": "x"}).status_code == 403


@pytest.mark.promise("P44")
def test_a_supervisor_asks_for_his_own_area_only(office, boss):
    form = a_limit(5, branch=make.a_branch("86").pk)
    assert client_of(boss).post(on("authority", "ask"), form).status_code == 422
    assert not Authority.objects.exists()


def test_what_is_wrong_in_a_request_stands_at_its_field(office, boss):
    form = a_limit(6, branch=office.pk, role="cashier", to_date="2025-12-31")
    answer = client_of(boss).post(on("authority", "ask"), form)
    assert answer.status_code == 422
    assert {"action", "to_date"} <= set(answer.context["form"].errors)


@pytest.mark.promise("P47")
def test_somebody_asks_for_a_stand_in_and_his_supervisor_approves(office, boss):
    away = make.a_user("endorsement_clerk", branch=office, username="away")
    make.a_user("renewal_clerk", branch=office, username="stays")
    day = clock.office_now().date().isoformat()
    form = {"key": KEY.format(7), "taker": "stays", "from_date": day, "to_date": day, "reason": "leave"}
    assert client_of(away).post(on("delegation", "ask"), {**form, "taker": "nobody"}).status_code == 422
    assert client_of(away).post(on("delegation", "ask"), {**form, "key": KEY.format(8)}).status_code == 302
    asked = Delegation.objects.get()
    stays = User.objects.get(username="stays")
    assert client_of(stays).get(on("delegation", "change", asked.pk)).status_code == 200
    assert client_of(stays).post(on("delegation", "approve", asked.pk), {"key": KEY.format(9)}).status_code == 403
    assert "stand-ins to approve" in client_of(boss).get("/admin/").content.decode()
    assert client_of(boss).post(on("delegation", "approve", asked.pk), {"key": KEY.format(10)}).status_code == 302
    stays.refresh_from_db()  # his sessions have ended
    assert "endorsement_clerk" in permissions.roles_of(User.objects.get(username="stays"))
    back = {"key": KEY.format(11), "reason": "back early"}
    assert client_of(stays).post(on("delegation", "take_back", asked.pk), back).status_code == 403, "not his to end"
    assert client_of(away).post(on("delegation", "take_back", asked.pk), back).status_code == 302
    assert permissions.roles_of(User.objects.get(username="stays")) == {"renewal_clerk"}


@pytest.mark.promise("P44")
def test_a_stand_in_of_others_is_not_there(office, boss):
    away = make.a_user("endorsement_clerk", branch=office, username="away")
    make.a_user("renewal_clerk", branch=office, username="stays")
    day = clock.office_now().date().isoformat()
    form = {"key": KEY.format(12), "taker": "stays", "from_date": day, "to_date": day, "reason": "leave"}
    client_of(away).post(on("delegation", "ask"), form)
    page = on("delegation", "change", Delegation.objects.get().pk)
    assert client_of(make.a_user("policy_clerk", branch=office)).get(page).status_code == 404
    far = make.a_user("supervisor", branch=make.a_branch("8631", make.a_branch("86")))
    assert client_of(far).get(page).status_code == 404
