"""Routes: the thin door before every operation. It asks who calls and what he may, reads, and answers in one way.

A route is a DRF view to those who look at it (the specification does); what DRF would do for each call is done here in
fewer steps.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, ClassVar

import orjson
from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from rest_framework.authentication import CSRFCheck
from rest_framework.views import APIView

from apps.core import idempotency
from apps.core.errors import BusinessError
from apps.core.failure import LOCK_NOT_AVAILABLE, TRANSIENT, sqlstate
from apps.core.idempotency import KEPT, KEPT_BRIEFLY, Kept

from . import bodies, ids, inputs, limits, parameters, problems, versions
from .gate import Caller, Gate
from .operations import ROOT, Answer, Call, Effect, Operation, admit
from .problems import Problem
from .specification import Contract

KEEP: Mapping[Effect, timedelta] = {Effect.ORDINARY: KEPT_BRIEFLY, Effect.MONEY: KEPT}
LONGEST_KEY = 255
ACCEPTED = ("*/*", "application/*", "application/json")
REPEATED = "Idempotent-Replayed"


class Route(APIView):
    """One address: its operations by method. ``permission`` is that of the first, for the inventory of routes (P45)."""

    gate: ClassVar[Gate]
    operations: ClassVar[Mapping[str, Operation]]
    permission: ClassVar[str] = ""
    schema = Contract()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: str) -> HttpResponse:
        headers: dict[str, str] = {}
        try:
            answer = self._answer(request, kwargs, headers)
            response = HttpResponse(answer.body, "application/json", answer.status)
            headers |= answer.headers
        except Problem as problem:
            response = problems.answer(request, problem)
        for name, value in headers.items():
            response[name] = value
        response["Cache-Control"] = "no-store"
        response["Vary"] = "Accept-Language, Authorization, Cookie"
        return response

    def _answer(self, request: HttpRequest, named: Mapping[str, str], headers: dict[str, str]) -> Kept:
        operation = self.operations.get("GET" if request.method == "HEAD" else str(request.method))
        if operation is None:
            raise Problem("method_not_allowed", headers={"Allow": ", ".join(sorted(self.operations))})
        if not _accepts_json(request):
            raise Problem("not_acceptable")
        caller = self._caller(request)
        self._count(caller, operation, headers)
        headers[versions.HEADER] = versions.of(request.headers.get(versions.HEADER), caller.version).isoformat()
        call = Call(request, self.gate, caller, operation.permission)
        try:
            return self._perform(operation, call, named)
        except BusinessError as error:
            raise problems.of(error, operation.pointers) from error
        except OperationalError as error:
            raise _not_now(error) from error

    def _perform(self, operation: Operation, call: Call, named: Mapping[str, str]) -> Kept:
        admit(call, operation)
        call.purpose = self._purpose(operation, call)
        call.ids = {kind: _id(kind, text) for kind, text in named.items()}
        call.query = parameters.read_all(operation.accepted(), call.request.GET)
        if operation.method == "GET":
            return _kept(operation.perform(call))
        key = _key(call.request) if operation.effect != Effect.NONE else ""
        body = bodies.read(call.request)
        call.data = _data(operation, body)
        if not key:
            return _kept(operation.perform(call))
        asked = _fingerprint(call.request, body)
        keep = KEEP[operation.effect]
        kept = idempotency.answered_once(call.caller.actor, key, asked, lambda: _kept(operation.perform(call)), keep)
        return kept if not kept.replayed else Kept(kept.status, kept.body, {**kept.headers, REPEATED: "true"})

    def _caller(self, request: HttpRequest) -> Caller:
        try:
            caller = self.gate.caller(request)
        except Problem:
            verdict = limits.take(f"ip:{self.gate.address(request)}", limits.usual().calls)
            if not verdict.allowed:
                raise Problem("rate_limited", headers=verdict.headers) from None
            raise
        if caller.scopes is None and request.method not in ("GET", "HEAD"):
            _check_csrf(request)
        return caller

    def _count(self, caller: Caller, operation: Operation, headers: dict[str, str]) -> None:
        verdict = limits.take(f"all:{caller.actor}", caller.rate.calls)
        if verdict.allowed and operation.effect != Effect.NONE:
            verdict = limits.take(f"writes:{caller.actor}", caller.rate.writes)
        headers |= verdict.headers
        if not verdict.allowed:
            raise Problem("rate_limited")

    def _purpose(self, operation: Operation, call: Call) -> str:
        """The purpose for which customer data is asked in full; nothing, where it is asked masked."""
        purpose = call.request.headers.get("Purpose", "")
        if not purpose:
            return ""
        if purpose not in self.gate.purposes() or not operation.pii_scope:
            raise Problem("invalid_parameter", errors=parameters.invalid("Purpose").errors)
        if call.caller.scopes is not None and operation.pii_scope not in call.caller.scopes:
            raise Problem("scope_missing", more={"scope": operation.pii_scope})
        return purpose


def _kept(answer: Answer) -> Kept:
    return Kept(answer.status, answer.encoded(), answer.headers)


def _accepts_json(request: HttpRequest) -> bool:
    accepted = request.headers.get("Accept", "*/*")
    return any(kind.partition(";")[0].strip() in ACCEPTED for kind in accepted.split(","))


def _check_csrf(request: HttpRequest) -> None:
    """A browser's session must prove that the call comes from our own page; a key cannot be sent unawares."""
    check: Any = CSRFCheck(lambda request: HttpResponse())
    check.process_request(request)
    if check.process_view(request, None, (), {}):
        raise Problem("csrf_failed")


def _id(kind: str, text: str) -> Any:
    found = re.fullmatch(ids.WORDS[kind], text) and text if kind in ids.WORDS else ids.read(kind, text)
    if found:
        return found
    raise Problem("not_found")


def _key(request: HttpRequest) -> str:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        raise Problem("idempotency_key_required")
    if not 0 < len(key) <= LONGEST_KEY or not all("!" <= letter <= "~" for letter in key):
        raise Problem("idempotency_key_invalid")
    return key


def _data(operation: Operation, body: Mapping[str, Any]) -> dict[str, Any]:
    answered = frozenset(operation.shape.fields()) | {"available_actions"}
    return inputs.read(operation.input or inputs.Input, body, answered)


def _fingerprint(request: HttpRequest, body: Mapping[str, Any]) -> str:
    """What was asked, keyed: a digest of a phone number alone could be guessed back."""
    content = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    asked = f"{request.method} {request.get_full_path()}\n".encode() + content
    return hashlib.blake2b(asked, key=settings.SECRET_KEY.encode()[:64], digest_size=32).hexdigest()


def _not_now(error: OperationalError) -> Problem:
    """A lock somebody else holds, or a database that is away: worth another try, in different words."""
    busy = sqlstate(error) in TRANSIENT | {LOCK_NOT_AVAILABLE}
    code, after = ("object_locked", problems.RETRY_SECONDS) if busy else ("temporarily_unavailable", 5)
    return Problem(code, headers={"Retry-After": str(after)})


def patterns(gate: Gate, operations: Iterable[Operation], *, slashed: bool = True) -> list[URLPattern]:
    """An address for each path, with and without a slash at its end (``slashed=False``: as specified).

    Words come before ids: ``parties/search`` is no customer.
    """
    found: dict[str, dict[str, Operation]] = {}
    for each in operations:
        found.setdefault(each.path, {})[each.method] = each
    return [
        path(
            as_django(address) + ending,
            _route(gate, address, methods).as_view(),
            name=f"api_{address}" if not ending else None,
        )
        for address, methods in sorted(found.items(), key=lambda each: "{" in each[0])
        for ending in (("", "/") if slashed else ("",))
    ]


def _route(gate: Gate, address: str, methods: Mapping[str, Operation]) -> type[Route]:
    """The view of one address; has a handler for each method, by which DRF's tools know what it takes."""
    first = next(iter(methods.values()))
    facts: dict[str, Any] = {"gate": gate, "operations": methods, "permission": first.permission}
    handlers = {method.lower(): Route.dispatch for method in methods}
    return type(f"Route_{address}", (Route,), facts | handlers)


def as_django(address: str) -> str:
    """``policies/{policy}`` as Django writes it."""
    return address.replace("{", "<str:").replace("}", ">")


__all__ = ["ROOT", "Route", "as_django", "patterns"]
