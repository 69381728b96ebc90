"""What a person sees when something cannot be done: one page, the right status, a code and a sentence."""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.core.api import problems
from apps.core.errors import BusinessError

API = "/api/"
BY_STATUS = {400: "bad_request", 403: "csrf_failed", 404: "not_found", 500: "internal_error"}

TITLES: dict[int, str | Promise] = {
    400: _("This request could not be read"),
    403: _("This is not for your role"),
    404: _("Not found"),
    409: _("Somebody was faster"),
    422: _("This is not possible"),
    500: _("Something broke on our side"),
}


class BusinessErrors:
    """Turns a refusal that no form has shown into a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, BusinessError):
            return None
        return page(request, error.status, error.code, [str(refusal) for refusal in error.refusals])


def page(request: HttpRequest, status: int, code: str, sentences: Iterable[Any]) -> HttpResponse:
    if request.path.startswith(API):
        return problems.answer(request, problems.Problem(BY_STATUS.get(status, code)))
    context = {
        "status": status,
        "title": TITLES[status],
        "code": code,
        "sentences": list(sentences),
        "request_id": getattr(request, "id", ""),
    }
    return render(request, "staff/error.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 400, "bad_request", [_("Please go back and try again.")])


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 403, "not_permitted", [_("Your role does not allow this page.")])


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return page(
        request, 403, "form_expired", [_("The form was open too long or came from elsewhere. Open it again, please.")]
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 404, "not_found", [_("There is no such page, or it is outside your area.")])


def server_error(request: HttpRequest) -> HttpResponse:
    return page(request, 500, "internal_error", [_("Nothing was changed. Please try again; if it stays, tell IT.")])
