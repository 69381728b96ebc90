"""Operations 接口操作: one class for each method of an address, as the staff's pages have one class for each act.

An operation states its facts (permission, scope, effect, parameters, shapes, refusals); the kernel keeps them, the
specification tells them, and the common tests try them. What is left to write is one question or one service.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar

import orjson
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from apps.core.context import Context
from apps.core.errors import NotFound, Refusal

from .gate import Caller, Gate
from .inputs import Input
from .parameters import Parameter
from .problems import Problem
from .shapes import Shape

ROOT = "/api/v1"


class Effect(StrEnum):
    """What a call leaves behind: nothing, something, or money; decides how long its answer is kept (P67)."""

    NONE = "none"
    ORDINARY = "ordinary"
    MONEY = "money"


@dataclass(frozen=True)
class Answer:
    """What goes back; the kernel encodes the body. No body for None."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        return b"" if self.body is None else orjson.dumps(self.body)


@dataclass
class Call:
    """One call on its way: who, with which ids, parameters and body. ``ctx`` is made when first asked for.

    In ``shared`` the acts on one object keep what they all need to say whether they are open.
    """

    request: HttpRequest
    gate: Gate
    caller: Caller
    permission: str
    ids: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    purpose: str = ""
    shared: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def ctx(self) -> Context:
        return self.gate.context(self.request, self.caller, self.permission)

    @property
    def user(self) -> Any:
        return self.caller.user


class Operation:
    """Subclass, state the facts, say ``perform``; register with ``@operation``.

    ``scope`` is what a key needs ("" where any key will do), ``permission`` what its role or the person's must hold
    ("" likewise). ``pii_scope`` opens the answer's masked values to keys that hold it and name a purpose. ``refusals``
    are the problems it can answer besides those of its kind; ``pointers`` the fields that the codes of rules speak of.
    """

    method: ClassVar[str]
    path: ClassVar[str]
    summary: ClassVar[str]
    permission: ClassVar[str] = ""
    scope: ClassVar[str] = ""
    pii_scope: ClassVar[str] = ""
    effect: ClassVar[Effect] = Effect.NONE
    step_up: ClassVar[bool] = False
    precondition: ClassVar[bool] = False
    shape: ClassVar[type[Shape]]
    input: ClassVar[type[Input] | None] = None
    status: ClassVar[int] = 200
    parameters: ClassVar[Sequence[Parameter]] = ()
    pointers: ClassVar[Mapping[str, str]] = {}
    refusals: ClassVar[Sequence[str]] = ()
    example: ClassVar[Mapping[str, Any] | None] = None

    def accepted(self) -> Sequence[Parameter]:
        """The parameters that may stand after the question mark."""
        return self.parameters

    def answer_schema(self) -> dict[str, Any]:
        return {"$ref": f"#/components/schemas/{self.shape.__name__}"}

    def problems(self) -> Iterator[str]:
        """Every problem this operation can answer; the specification declares them all."""
        yield from ("bad_request", "unknown_parameter", "invalid_parameter", "version_header_invalid")
        yield from ("authentication_required", "token_invalid", "token_expired")
        yield from ("permission_denied", "scope_missing", "ip_not_allowed", "not_found", "method_not_allowed")
        yield from ("not_acceptable", "rate_limited", "internal_error", "temporarily_unavailable")
        if self.pii_scope:
            yield "unmask_quota_exceeded"
        if self.method != "GET":
            yield from ("csrf_failed", "object_locked", "malformed_json", "body_too_large", "unsupported_media_type")
            yield from ("unknown_field", "read_only_field", "validation_failed")
        if self.permission.endswith(".A"):
            yield from ("human_only_action", "separation_of_duties")
        if self.effect != Effect.NONE:
            yield from ("idempotency_key_required", "idempotency_key_invalid", "idempotency_key_reused")
            yield from ("idempotency_in_flight", "business_rule_refused")
        if self.precondition:
            yield from ("precondition_required", "precondition_failed", "state_conflict")
        yield from self.refusals

    def perform(self, call: Call) -> Answer:
        """One question, or one service."""
        raise NotImplementedError


class OfRows(Operation):
    """An operation on rows that a selector has narrowed to what the caller may see.

    ``shows_actions`` where the answer is one whole object, which then has its ETag and ``available_actions``.
    """

    shows_actions: ClassVar[bool] = False

    def rows(self, call: Call) -> QuerySet:
        """All rows this caller may see: a selector's ``visible_to``."""
        raise NotImplementedError

    @property
    def model(self) -> type[Model]:
        return self.shape.model

    @property
    def key(self) -> str:
        """The kind of object the address names, and the id of which it holds."""
        return self.path.partition("{")[2].partition("}")[0]

    def named(self, call: Call) -> QuerySet:
        """The row whose id stands in the address, if it is in sight."""
        return self.rows(call).filter(public_id=call.ids[self.key])

    def missing(self, call: Call) -> NotFound:
        """The error to raise when it is not; that somebody tried is remembered if there is such an object (P44)."""
        pk = self.model._default_manager.filter(public_id=call.ids[self.key]).values_list("pk", flat=True).first()
        if pk is not None:
            call.gate.denied(call, self.permission, self.model._meta.label_lower, pk)
        return NotFound(Refusal("not_found"))


OPERATIONS: list[Operation] = []


def operation(method: str, path: str) -> Callable[[type[Operation]], type[Operation]]:
    """Decorator: put the operation at an address below ``/api/v1``; ``{policy}`` stands for the id of a policy."""

    def register(kind: type[Operation]) -> type[Operation]:
        kind.method, kind.path = method, path
        OPERATIONS.append(kind())
        return kind

    return register


def bar(call: Call, asked: Operation) -> str:
    """The problem that keeps this caller from the operation whatever it is done to, or nothing.

    Approvals are for people; a key needs the scope; the role behind key or session needs the permission.
    """
    if call.caller.scopes is not None:
        if asked.permission.endswith(".A"):
            return "human_only_action"
        if asked.scope and asked.scope not in call.caller.scopes:
            return "scope_missing"
    if asked.permission and not call.gate.holds(call.caller, asked.permission):
        return "permission_denied"
    return ""


def admit(call: Call, asked: Operation) -> None:
    """Refuse whom ``bar`` bars; the denial leaves one access row (P36)."""
    if code := bar(call, asked):
        if asked.permission:
            call.gate.denied(call, asked.permission)
        raise Problem(code, more={"scope": asked.scope} if code == "scope_missing" else {})


def etag(shape: type[Shape], version: str) -> str:
    """The strong ETag of a version of a row; tells nothing but that it is another one."""
    return f'"{hashlib.sha256(f"{shape.__name__}:{version}".encode()).hexdigest()[:20]}"'
