"""What every door does first: say who acts, for which person, on which business date, in which request (P35)."""

import re
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from apps.core.addresses import client_address
from apps.core.context import Context, new_request_id
from apps.core.errors import BusinessError

from .selectors import business_date

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
NOBODY = "anonymous"


class ContextMiddleware:
    """Puts ``request.ctx`` on the requests of people who are logged in; None for others, and while no day is open."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.ctx = _context_or_none(request)  # type: ignore[attr-defined]
        return self.get_response(request)


def context_of(request: HttpRequest) -> Context:
    """The context of a request, for the first argument of a service. Refuses ``no_open_day``."""
    context: Context | None = getattr(request, "ctx", None)
    actor = getattr(request.user, "actor", NOBODY)
    if context is not None and context.actor == actor:
        return context
    return Context(
        actor=actor,
        person=getattr(request.user, "person", ""),
        business_date=business_date(),
        request_id=_request_id(),
        ip=client_address(request),
    )


def _context_or_none(request: HttpRequest) -> Context | None:
    if not request.user.is_authenticated:
        return None
    try:
        return context_of(request)
    except BusinessError:
        return None


def _request_id() -> str:
    """The id the log lines of this request carry, if it is fit to be kept; a client may have sent anything."""
    bound = str(structlog.contextvars.get_contextvars().get("request_id", ""))
    return bound if REQUEST_ID.fullmatch(bound) else new_request_id()
