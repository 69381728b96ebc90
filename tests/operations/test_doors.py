"""What the doors put into a context (P35), and that it lives."""

import pytest
import structlog
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from apps.core.errors import BusinessError
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
