"""What the doors put into a context (P35), and the health of the house."""

import pytest
import structlog
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from apps.core.errors import BusinessError
from apps.operations import health
from apps.operations.doors import ContextMiddleware, client_address, context_of

from .conftest import DAY

pytestmark = pytest.mark.django_db


class Clerk:
    """As much of a user as a door looks at."""

    is_authenticated = True
    actor, person = "user:li.na", "Li Na"


def request_by(user, **headers):
    request = RequestFactory().get("/", **headers)
    request.user = user
    return request


def test_a_request_says_who_acts_and_on_which_day(day):
    context = context_of(request_by(Clerk(), REMOTE_ADDR="10.1.2.3"))
    assert (context.actor, context.person, context.ip) == ("user:li.na", "Li Na", "10.1.2.3")
    assert context.business_date == DAY


def test_the_middleware_gives_people_a_context_and_strangers_none(day):
    middleware = ContextMiddleware(lambda request: request)
    request = middleware(request_by(Clerk()))
    assert context_of(request) is request.ctx
    assert middleware(request_by(AnonymousUser())).ctx is None


def test_without_an_open_day_pages_are_still_served():
    request = ContextMiddleware(lambda request: request)(request_by(Clerk()))
    assert request.ctx is None
    with pytest.raises(BusinessError) as refused:
        context_of(request)
    assert refused.value.code == "no_open_day"


@pytest.mark.parametrize(("sent", "kept"), [("abc-1.2_Z", True), ("x" * 65, False), ("a'; DROP", False), ("", False)])
def test_a_request_id_that_a_client_sent_is_kept_only_if_it_is_harmless(day, sent, kept):
    with structlog.contextvars.bound_contextvars(request_id=sent):
        context = context_of(request_by(Clerk()))
    assert (context.request_id == sent) is kept
    assert 0 < len(context.request_id) <= 64


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "6.6.6.6", "10.0.0.1"),
        (1, "6.6.6.6, 20.0.0.2", "20.0.0.2"),
        (2, "20.0.0.2", "10.0.0.1"),
        (1, "", "10.0.0.1"),
    ],
)
def test_only_trusted_proxies_say_where_a_request_comes_from(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    request = request_by(Clerk(), REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == address


def test_a_living_process_says_so(client):
    assert client.get("/health/live").json() == {"status": "ok"}


def test_ready_tells_ages_and_the_business_day(client, day):
    health.beat()
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    facts = answer.json()
    assert (facts["database"], facts["redis"], facts["business_day"]) == (True, True, DAY.isoformat())
    assert facts["oldest_delivery_age"] == 0
    assert "beat_age" not in facts["late"]


def test_a_beat_that_stopped_is_late_but_the_house_is_open(client, day):
    health.cache.delete(health.BEAT)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "late")
    assert answer.json()["late"] == ["beat_age"]


def test_without_redis_the_house_is_closed(client, day, settings):
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "down")
    assert (answer.json()["database"], answer.json()["redis"]) == (True, None)
