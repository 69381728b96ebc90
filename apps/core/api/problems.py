"""Problems 错误: everything that goes wrong under ``/api/`` answers as RFC 9457 problem+json with a code from here.

A code has one status and one title; what a rule says stands in ``errors`` with the rule's own code. Apps say which
problem their refusals are (``means``); a refusal nobody has placed is a ``business_rule_refused``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.core.errors import BusinessError, Conflict, NotFound, NotPermitted, Refusal

from .catalogue import CODES

CONTENT_TYPE = "application/problem+json"
RETRY_SECONDS = 1

MEANINGS: dict[str, str] = {
    "not_permitted": "permission_denied",
    "same_person": "separation_of_duties",
    "busy": "object_locked",
    "idempotency_key_reused": "idempotency_key_reused",
    "no_open_day": "temporarily_unavailable",
}
BY_CLASS: tuple[tuple[type[BusinessError], str], ...] = (
    (NotFound, "not_found"),
    (NotPermitted, "permission_denied"),
    (Conflict, "state_conflict"),
)


def means(**codes: str) -> None:
    """Place refusals of an app among the problems: ``means(receipt_known="duplicate_payment")``."""
    for refusal, code in codes.items():
        assert code in CODES, code
        MEANINGS[refusal] = code


@dataclass(frozen=True)
class Fault:
    """One thing wrong in a request: where (JSON Pointer into the body, or the name of a parameter), and what."""

    pointer: str
    code: str
    message: str | Promise

    def plain(self) -> dict[str, str]:
        return {"pointer": self.pointer, "code": self.code, "message": str(self.message)}


@dataclass
class Problem(Exception):
    """``raise Problem("not_found")``. ``more`` joins the members of the answer, ``headers`` its headers."""

    code: str
    detail: str | Promise = ""
    errors: tuple[Fault, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> int:
        return CODES[self.code].status


def of(error: BusinessError, pointers: Mapping[str, str]) -> Problem:
    """A refusal of a service as a problem; ``pointers`` says which field of the body a rule speaks of."""
    first = error.refusals[0]
    code = MEANINGS.get(first.code) or next(
        (code for kind, code in BY_CLASS if isinstance(error, kind)), "business_rule_refused"
    )
    told = () if code in ("not_found", "permission_denied") else tuple(_faults(error.refusals, pointers))
    retry = {"Retry-After": str(RETRY_SECONDS)} if code in ("object_locked", "temporarily_unavailable") else {}
    return Problem(code, errors=told, headers=retry)


def _faults(refusals: Iterable[Refusal], pointers: Mapping[str, str]) -> Iterable[Fault]:
    for refusal in refusals:
        yield Fault(pointers.get(refusal.code, refusal.at), refusal.code, str(refusal))


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem in the caller's language."""
    kind = CODES[problem.code]
    body: dict[str, Any] = {
        "type": f"/errors/{problem.code}",
        "title": str(kind.title),
        "status": kind.status,
        "detail": str(problem.detail or _detail(problem, kind.title)),
        "instance": str(getattr(request, "id", "")),
        "code": problem.code,
        **problem.more,
    }
    if problem.errors:
        body["errors"] = [fault.plain() for fault in problem.errors]
    response = HttpResponse(orjson.dumps(body), CONTENT_TYPE, kind.status, headers={**problem.headers})
    response["Cache-Control"] = "no-store"
    return response


def _detail(problem: Problem, title: str | Promise) -> str:
    if len(problem.errors) == 1:
        return str(problem.errors[0].message)
    return str(_("{n} things need correction.")).format(n=len(problem.errors)) if problem.errors else str(title)
