"""What stands between a request and every page: the log of denials, and the end of sessions."""

from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from apps.core import clock

from . import permissions, sessions

GetResponse = Callable[[HttpRequest], HttpResponse]


def denials(get_response: GetResponse) -> GetResponse:
    """Every request is a door: what it was denied is written after whatever it rolled back (decision 17)."""

    def respond(request: HttpRequest) -> HttpResponse:
        with permissions.door():
            return get_response(request)

    return respond


def session_limits(get_response: GetResponse) -> GetResponse:
    """会话时限: a session ends when nobody works, after its longest time, or when newer ones take its place (P43).

    What a page asks for by itself (``X-Background``) is no work and keeps no session alive.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            _check(request, int(clock.now().timestamp()))
        return get_response(request)

    return respond


def _check(request: HttpRequest, now: int) -> None:
    session = request.session
    if "sign_in" not in session:
        sessions.begin(request)
        session["began_at"] = session["seen_at"] = now
    elif not sessions.seconds_left(session) or not sessions.has_place(request.user, session):
        logout(request)
    elif "X-Background" not in request.headers and now - session["seen_at"] >= sessions.REFRESH_SECONDS:
        session["seen_at"] = now
