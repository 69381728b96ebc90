"""What stands between a request and every page: the log of denials, and the end of sessions."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from apps.core import clock

from . import permissions

GetResponse = Callable[[HttpRequest], HttpResponse]
REFRESH_SECONDS = 60


def denials(get_response: GetResponse) -> GetResponse:
    """Every request is a door: what it was denied is written after whatever it rolled back (decision 17)."""

    def respond(request: HttpRequest) -> HttpResponse:
        with permissions.door():
            return get_response(request)

    return respond


def session_limits(get_response: GetResponse) -> GetResponse:
    """会话时限: a session ends after a time without a request, and in any case after its longest time (P43)."""

    def respond(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            _check(request, int(clock.now().timestamp()))
        return get_response(request)

    return respond


def _check(request: HttpRequest, now: int) -> None:
    session = request.session
    began, seen = session.get("began_at", now), session.get("seen_at", 0)
    idle = now - (seen or now)
    if idle > settings.SESSION_IDLE_SECONDS or now - began > settings.SESSION_LONGEST_SECONDS:
        logout(request)
    elif now - seen >= REFRESH_SECONDS:
        session["began_at"], session["seen_at"] = began, now
