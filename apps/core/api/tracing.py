"""The id of a request 请求号: a client's own, if it is fit to be kept, and in every answer (api.md §12)."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.core.context import new_request_id

HEADER = "X-Request-Id"
FIT = re.compile(r"[A-Za-z0-9_-]{8,64}")


def trace(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, before all that write logs: they, the events and the problems carry the id this one settles on."""

    def respond(request: HttpRequest) -> HttpResponse:
        sent = request.headers.get(HEADER, "")
        request.id = sent if FIT.fullmatch(sent) else new_request_id()  # type: ignore[attr-defined]
        request.META["HTTP_X_REQUEST_ID"] = request.id  # type: ignore[attr-defined]
        response = get_response(request)
        response[HEADER] = request.id  # type: ignore[attr-defined]
        return response

    return respond
