"""Pages for developers: the specification to browse, offline, and one page for each problem."""

from functools import cache

import orjson
from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from . import specification
from .catalogue import CODES


@require_safe
@csp_update({"img-src": ["data:"]})
def browser(request: HttpRequest) -> HttpResponse:
    """Swagger UI from our own static files; its icons are data addresses, its scripts are files."""
    return render(request, "api/docs.html")


@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """The specification as JSON."""
    return HttpResponse(_encoded(), "application/vnd.oai.openapi+json")


@require_safe
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """What a code means, and what a developer does about it; the ``type`` of every problem leads here."""
    if code not in CODES:
        raise Http404
    return render(request, "api/problems.html", {"codes": [(code, CODES[code])]})


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """All of them."""
    return render(request, "api/problems.html", {"codes": CODES.items()})


@cache
def _encoded() -> bytes:
    return orjson.dumps(specification.build())
