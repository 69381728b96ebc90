"""What is logged carries no personal data, whoever writes it (P58)."""

import io
import json
import logging

import pytest
import structlog
from django.http import HttpRequest, HttpResponse
from django.urls import path

from apps.parties import reveals, searching
from apps.parties import services as parties
from policyops.logging import formatter, redact
from tests.factories import PASSWORD, a_branch, a_user, as_user, the_system

ID_NUMBER, PHONE, MAIL, NAME, ADDRESS = "11010519491231002X", "13812345678", "zhang@example.com", "张伟", "深圳市南山区"
CANARIES = (ID_NUMBER, ID_NUMBER[:17], PHONE, MAIL, NAME, ADDRESS, PASSWORD)
SAID = f"{NAME} {ID_NUMBER} {PHONE} {MAIL} {ADDRESS}"


def breaking(request: HttpRequest) -> HttpResponse:
    customer = SAID
    raise ValueError(f"cannot serve {customer}")


urlpatterns = [path("breaking/", breaking)]


@pytest.fixture
def log():
    """All that is logged while the test runs, as the product writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def lines(log):
    return [json.loads(line) for line in log.getvalue().splitlines()]


def assert_clean(log):
    assert log.getvalue()
    assert not [canary for canary in CANARIES if canary in log.getvalue()]


def test_what_is_not_listed_is_dropped(log):
    structlog.get_logger("apps.test").info("message_sent", channel="sms", name=NAME, to=PHONE, policy_id=7)
    [line] = lines(log)
    assert (line["event"], line["channel"], line["policy_id"]) == ("message_sent", "sms", 7)
    assert_clean(log)


def test_free_texts_are_redacted(log):
    structlog.get_logger("apps.test").warning("refused", reason=f"no such account {SAID}")
    logging.getLogger("library").error("cannot reach %s for %s", MAIL, SAID)
    logging.getLogger("library").error(f"cannot reach {SAID}")
    assert lines(log)[1]["event"].startswith("cannot reach *** for ***")
    assert_clean(log)


@pytest.mark.parametrize("named", ["apps.test", "library"])
def test_an_exception_is_its_class_and_its_places(log, named):
    writer = structlog.get_logger(named) if named == "apps.test" else logging.getLogger(named)
    try:
        breaking(HttpRequest())
    except ValueError as error:
        writer.exception("it broke")
        logging.getLogger(named).error("it broke: %s", error, exc_info=True)
    for line in lines(log):
        assert line["error"] == "ValueError"
        assert line["where"][-1].endswith(" breaking")
    assert_clean(log)


@pytest.mark.urls("tests.contracts.test_logs")
def test_a_page_that_breaks_over_a_customer_logs_no_customer(log, client):
    client.raise_request_exception = False
    client.get("/breaking/", {"q": SAID})
    assert "request_failed" in log.getvalue()
    assert {line.get("path") for line in lines(log)} >= {"/breaking/"}
    assert_clean(log)


@pytest.mark.promise("P58")
@pytest.mark.django_db
@pytest.mark.urls("tests.accounts.urls")
def test_a_days_work_with_a_customer_logs_nothing_of_him(log, client):
    party = parties.register_person(
        the_system(),
        name=NAME,
        branch_id=a_branch().pk,
        identities=[("111", ID_NUMBER, None)],
        contacts=[("mobile", PHONE), ("email", MAIL), ("address", ADDRESS)],
    )
    user = a_user("policy_clerk")
    client.post("/admin/login/", {"username": user.username, "password": PASSWORD})
    client.get("/who/", {"q": ID_NUMBER})
    client.get(f"/nowhere/{PHONE}/")
    assert searching.people(as_user(user), user, ID_NUMBER, purpose="complaint").ids == (party.pk,)
    reveals.reveal(as_user(user), user, field="name", object_id=party.pk, purpose="complaint")
    assert_clean(log)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("policy 17 closed on 2026-11-22", "policy 17 closed on 2026-11-22"),
        ("card 6222021234567890128.", "card ***."),
        ("id 11010519491231002x", "id ***"),
        ("dear 张伟, hello", "dear ***, hello"),
        ("<zhang@example.com>", "***"),
    ],
)
def test_redacting_leaves_what_names_nobody(text, left):
    assert redact(text) == left
