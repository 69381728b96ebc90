"""API keys: four eyes, a secret shown once and kept nowhere, two for changing over (P51)."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from apps.accounts import keys
from apps.accounts.models import ApiKey
from apps.core import clock
from apps.core.context import Context
from apps.core.errors import Conflict, NotPermitted, Refused
from tests import factories as make
from tests.api.client import BOSS, GUARD, a_request, a_token
from tests.api.conftest import day  # noqa: F401
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db


@pytest.mark.promise("P47")
@pytest.mark.promise("P51")
def test_who_asked_neither_approves_nor_issues_and_the_database_agrees(db):
    key = a_request()
    with pytest.raises(NotPermitted):
        keys.approve_key(BOSS, key_id=key.pk)
    with pytest.raises(NotPermitted):
        keys.approve_key(Context("user:owner2", TODAY, person=key.owner.person), key_id=key.pk)
    keys.approve_key(GUARD, key_id=key.pk)
    with pytest.raises(NotPermitted):
        keys.issue_key(BOSS, key_id=key.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.filter(pk=key.pk).update(approved_person=key.requested_person)


@pytest.mark.promise("P51")
def test_a_dump_of_the_database_holds_no_usable_key(db):
    token = a_token()
    secret = token.partition(".")[2]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" AS r WHERE r::text LIKE %s', [f"%{secret}%"])
            assert cursor.fetchone()[0] == 0, table


@pytest.mark.promise("P51")
def test_a_request_that_makes_no_sense_is_refused_with_all_its_faults(db):
    with pytest.raises(Refused) as refused:
        a_request(
            scopes=["everything"], ip_list=["nowhere"], expires_on=clock.office_now().date() + timedelta(days=366)
        )
    codes = {refusal.code for refusal in refused.value.refusals}
    assert codes == {"key_scope_unknown", "key_address_malformed", "key_expiry_out_of_range"}


@pytest.mark.promise("P51")
def test_two_keys_of_a_program_are_in_use_at_most(db):
    a_token()
    a_token()
    with pytest.raises(Conflict) as conflict:
        a_token()
    assert conflict.value.code == "key_two_live"


def test_when_a_key_was_used_is_noted_to_the_minute(db, django_assert_num_queries):
    token = a_token()
    keys.behind(token, "127.0.0.1")
    assert ApiKey.objects.get().last_used_at
    with django_assert_num_queries(1):
        keys.behind(token, "127.0.0.1")


def page(user):
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="apps.accounts.backends.AccountBackend")
    return client


@pytest.mark.promise("P51")
def test_the_page_leads_from_a_request_to_a_first_call(day):  # noqa: F811
    supervisor, guard = make.a_user("supervisor"), make.a_user("security_admin")
    form = {
        "key": "0b5f6c2e-8f0e-4f0a-9d0e-1f2a3b4c5d6e",
        "client": "Customer app",
        "scopes": ["policies:read"],
        "branch": supervisor.branch_id,
        "expires_on": date.today() + timedelta(days=90),  # noqa: DTZ011 the form's own usual
        "reason": "to show policies",
    }
    ask = "/admin/accounts/apikey/request/"
    wrong = page(supervisor).post(ask, form | {"password": "guessed"})
    assert (wrong.status_code, ApiKey.objects.count()) == (422, 0)
    page(supervisor).post(ask, form | {"password": make.PASSWORD})
    key = ApiKey.objects.get()
    sure = {"key": "1b5f6c2e-8f0e-4f0a-9d0e-1f2a3b4c5d6e", "password": make.PASSWORD}
    page(guard).post(f"/admin/accounts/apikey/{key.pk}/approve/", sure)
    shown = page(guard).post(f"/admin/accounts/apikey/{key.pk}/issue/", sure).content.decode()
    token = shown.partition('<code class="revealed">')[2].partition("<")[0]
    me = Client().get("/api/v1/me", headers={"authorization": f"Bearer {token}"})
    assert (me.status_code, me.json()["scopes"]) == (200, ["policies:read"])
    again = page(guard).get(f"/admin/accounts/apikey/{key.pk}/").content.decode()
    assert token.partition(".")[2] not in again
    assert token[-4:] in again
