"""Signing in, being locked out, and how sessions end (P42, P43)."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import services, sessions
from apps.core import clock
from tests.factories import PASSWORD, a_user

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]
WHO = "/who/"


def new_name():
    return f"u{uuid.uuid4().hex[:12]}"


@pytest.fixture
def user():
    return a_user("policy_clerk", username=new_name())


def sign_in(client, username, password=PASSWORD, ip="10.0.0.7"):
    return client.post(
        reverse("admin:login"), {"username": username, "password": password, "next": WHO}, REMOTE_ADDR=ip
    )


def signed_in(client):
    return client.get(WHO).content != b""


def test_an_account_signs_in_with_its_password(client, user):
    assert sign_in(client, user.username).status_code == 302
    assert signed_in(client)


def test_a_disabled_account_does_not_sign_in(client, ctx, user):
    services.disable_user(ctx, user_id=user.pk, reason="left")
    assert sign_in(client, user.username).status_code == 200
    assert not signed_in(client)


@pytest.mark.promise("P42")
def test_the_sixth_attempt_is_refused_and_a_colleague_at_the_next_desk_still_gets_in(client, user):
    colleague = a_user("policy_clerk", username=new_name())
    for _ in range(4):
        assert sign_in(client, user.username, "wrong-password").status_code == 200
    sign_in(client, user.username, "wrong-password")
    sixth = sign_in(client, user.username)
    assert sixth.status_code == 429
    assert not signed_in(client)
    assert sign_in(client, colleague.username).status_code == 302
    assert signed_in(client)


@pytest.mark.promise("P42")
def test_an_unknown_name_is_answered_like_a_wrong_password(client, user):
    answers = [sign_in(client, name, "wrong-password") for name in (user.username, new_name())]
    texts = {answer.context["form"].non_field_errors()[0] for answer in answers}
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(texts) == 1


def pass_time(monkeypatch, **delta):
    later = clock.now() + timedelta(**delta)
    monkeypatch.setattr(clock, "now", lambda: later)


@pytest.mark.promise("P43")
@pytest.mark.parametrize(("minutes", "stays"), [(29, True), (31, False)])
def test_a_session_ends_after_half_an_hour_without_a_request(client, user, monkeypatch, minutes, stays):
    sign_in(client, user.username)
    assert signed_in(client)
    pass_time(monkeypatch, minutes=minutes)
    assert signed_in(client) == stays


@pytest.mark.promise("P43")
def test_a_session_ends_after_twelve_hours_however_busy(client, user, monkeypatch):
    sign_in(client, user.username)
    for _ in range(25):
        assert signed_in(client)
        pass_time(monkeypatch, minutes=29)
    assert not signed_in(client)


@pytest.mark.promise("P43")
@pytest.mark.parametrize("end", ["disable", "password", "revoke", "grant"])
def test_what_changes_an_account_ends_its_sessions(client, ctx, checker, user, end):
    sign_in(client, user.username)
    assert signed_in(client)
    if end == "disable":
        services.disable_user(ctx, user_id=user.pk, reason="left")
    elif end == "password":
        services.set_password(ctx, user_id=user.pk, password="another-good-password")
    elif end == "revoke":
        services.revoke_role(ctx, grant_id=user.role_grants.get().pk, reason="moved")
    else:
        grant = services.request_role(ctx, user_id=user.pk, role="renewal_clerk")
        services.grant_role(checker, grant_id=grant.pk)
    assert not signed_in(client)


@pytest.mark.promise("P43")
def test_a_fourth_session_ends_the_oldest_and_signing_out_makes_room(user):
    clients = [Client() for _ in range(4)]
    for client in clients[:3]:
        sign_in(client, user.username)
        assert signed_in(client)
    clients[2].post(reverse("admin:logout"))
    sign_in(clients[2], user.username)
    assert [signed_in(client) for client in clients[:3]] == [True, True, True]
    sign_in(clients[3], user.username)
    assert signed_in(clients[3])
    assert [signed_in(client) for client in clients[:3]] == [False, True, True]


@pytest.mark.promise("P43")
def test_a_page_that_asks_by_itself_keeps_no_session_alive(client, user, monkeypatch):
    sign_in(client, user.username)
    assert signed_in(client)
    for _ in range(3):
        pass_time(monkeypatch, minutes=11)
        client.get(WHO, headers={"X-Background": "yes"})
    assert not signed_in(client)


def test_who_says_he_is_still_there_stays(client, user, monkeypatch):
    sign_in(client, user.username)
    signed_in(client)
    pass_time(monkeypatch, minutes=29)
    stay = reverse("admin:stay")
    assert client.get(stay, headers={"X-Background": "yes"}).json()["left"] <= 60
    assert client.post(stay, headers={"X-Background": "yes"}).json()["left"] == 30 * 60
    pass_time(monkeypatch, minutes=29)
    assert signed_in(client)


def test_the_last_sign_in_is_shown(user):
    first, second = Client(headers={"accept-language": "en"}), Client(headers={"accept-language": "en"})
    sign_in(first, user.username, ip="10.1.2.3")
    first.get(WHO, REMOTE_ADDR="10.1.2.3")
    sign_in(second, user.username)
    second.get(WHO)
    assert second.session["last_sign_in"]["ip"] == "10.1.2.3"


@pytest.mark.promise("P42")
def test_after_a_hundred_failures_an_address_waits_whoever_is_meant(client, user, monkeypatch):
    monkeypatch.setattr(sessions, "MOST_FAILURES", 3)
    here = f"10.9.{uuid.uuid4().int % 250}.{uuid.uuid4().int % 250}"
    for _ in range(3):
        assert sign_in(client, new_name(), "wrong-password", ip=here).status_code == 200
    assert sign_in(client, user.username, ip=here).status_code == 429
    assert not signed_in(client)
    assert sign_in(client, user.username, ip="10.8.0.1").status_code == 302
