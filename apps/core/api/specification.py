"""The specification 接口规范: OpenAPI 3.1 as it follows from the operations; nothing is written twice.

drf-spectacular walks the routes and keeps the components; what it is told of an operation comes from the operation
itself, what may be sent from the inputs (``inputs.schema_of``).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import yaml
from django.utils import translation
from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

from . import ids, versions
from .acting import acts_on
from .catalogue import CODES
from .inputs import components_of, schema_of
from .operations import Effect, OfRows, Operation
from .parameters import Parameter
from .problems import CONTENT_TYPE
from .reading import Detail
from .shapes import MONEY, Many, Nested, One, Schema, Shape, object_schema

KEY_PATTERN = r"^[!-~]{1,255}$"
NO_BODY = {"type": "object", "properties": {}, "additionalProperties": False}
STATUSES = {200: "The answer.", 201: "It was made; Location says where it is.", 304: "It is as you know it."}
ABOUT = """\
Everything under `/api/v1/`. A call carries an API key (`Authorization: Bearer pok_…`); what a key reaches is said by
its scopes and its office. Amounts are text with their currency, days are `YYYY-MM-DD`, ids are opaque and typed.
Every problem is `application/problem+json` with a stable code. Clients must tolerate new members and new codes."""

OPENAPI = "3.1.1"
INFO = {"title": "PolicyOps REST API", "version": versions.CURRENT.isoformat(), "description": ABOUT}
SECURITY = {
    "ApiKey": {"type": "http", "scheme": "bearer", "bearerFormat": "pok_live_<id>.<secret>"},
    "Session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
}

FAULT = object_schema(
    {
        "pointer": {"type": "string", "description": "JSON Pointer into the body, or the name of a parameter."},
        "code": {"type": "string", "description": "Stable; of a rule, where a rule speaks."},
        "message": {"type": "string", "description": "For people, in the caller's language."},
    }
)
PROBLEM: Schema = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "properties": {
        "type": {"type": "string", "description": "A page about the code.", "examples": ["/errors/not_found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "The request id."},
        "code": {"type": "string", "description": "Stable, for programs."},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}},
    },
    "required": ["type", "title", "status", "detail", "instance", "code"],
}
ACTION = object_schema(
    {
        "action": {"type": "string", "description": "The verb: the last part of its address."},
        "allowed": {"type": "boolean"},
        "why_not": object_schema({"code": {"type": "string"}, "message": {"type": "string"}}),
    },
    "Whether this caller may do this to the object now, and if not, the problem it would answer.",
    required=("action", "allowed"),
)
COMMON = {"Money": MONEY, "Fault": FAULT, "Problem": PROBLEM, "AvailableAction": ACTION}


def build() -> Schema:
    """The whole document, in English."""
    with translation.override("en"):
        found: Schema = Generator().get_schema(request=None, public=True)
    components = {**found["components"], "securitySchemes": SECURITY}
    return {"openapi": OPENAPI, "info": INFO, "paths": found["paths"], "components": components}


def written(document: Schema) -> str:
    """The document as it is committed."""
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


class Endpoints(EndpointEnumerator):
    """The routes of the kernel, each once: without the slash that may follow."""

    def should_include_endpoint(self, path: str, callback: Callable[..., Any]) -> bool:
        return hasattr(getattr(callback, "cls", None), "operations") and not path.endswith("/")


class Generator(SchemaGenerator):
    endpoint_inspector_cls = Endpoints


class Contract(AutoSchema):
    """What the specification says of one operation."""

    def get_operation(self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any) -> Schema:
        self.registry, self.path, self.method, self.path_prefix = registry, path, method, path_prefix
        route: Any = self.view
        operation: Operation = route.operations[method]
        for name, schema in COMMON.items():
            self._component(name, schema)
        self._shape(operation.shape, operation)
        told: Schema = {
            "operationId": re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(operation).__name__).lower(),
            "summary": operation.summary,
            "description": _described(operation),
            "tags": [path.removeprefix("/api/v1/").partition("/")[0]],
            "parameters": list(_parameters(operation)),
            "security": [{"ApiKey": []}, {"Session": []}],
            "responses": {**self._success(operation), **dict(_failures(operation))},
            **_extensions(operation),
        }
        if method != "GET":
            told["requestBody"] = self._body(operation)
        return told

    def _body(self, operation: Operation) -> Schema:
        content: Schema = {"schema": NO_BODY}
        if operation.input:
            self._component(operation.input.__name__, schema_of(operation.input))
            for name, schema in components_of(operation.input):
                self._component(name, schema)
            content = {"schema": {"$ref": f"#/components/schemas/{operation.input.__name__}"}}
        if operation.example is not None:
            content["example"] = operation.example
        return {"required": operation.input is not None, "content": {"application/json": content}}

    def _success(self, operation: Operation) -> Schema:
        content = {"application/json": {"schema": operation.answer_schema()}}
        answers: Schema = {
            str(operation.status): {
                "description": STATUSES[operation.status],
                "headers": dict(_headers(operation)),
                "content": content,
            }
        }
        if isinstance(operation, Detail):
            answers["304"] = {"description": STATUSES[304]}
        return answers

    def _shape(self, shape: type[Shape], operation: Operation | None = None) -> None:
        """The shape as a component, and those it is made of; an object's own tells what may be done to it."""
        for field in (*shape.fields().values(), *(each.field for each in shape.expandable.values())):
            if isinstance(field, Many | Nested | One):
                self._shape(field.shape)
        schema = shape.schema()
        if isinstance(operation, OfRows) and operation.shows_actions and acts_on(operation.model):
            schema["properties"]["available_actions"] = {
                "type": "array",
                "items": {"$ref": "#/components/schemas/AvailableAction"},
            }
        if isinstance(operation, OfRows):
            schema.pop("required")  # ``fields`` may leave any of them out
        self._component(shape.__name__, schema)

    def _component(self, name: str, schema: Schema) -> None:
        self.registry.register_on_missing(ResolvedComponent(name, ResolvedComponent.SCHEMA, schema, name))


def _described(operation: Operation) -> str:
    lines = [" ".join((type(operation).__doc__ or "").split())]
    needs = [f"the scope `{operation.scope}`"] if operation.scope else []
    needs += [f"the permission `{operation.permission}`"] if operation.permission else []
    if needs:
        lines.append(f"Needs {' and '.join(needs)}.")
    if operation.permission.endswith(".A"):
        lines.append("For people only: a key is answered `human_only_action`.")
    return "\n\n".join(lines)


def _extensions(operation: Operation) -> Schema:
    return {
        "x-permission": operation.permission or None,
        "x-scope": operation.scope or None,
        "x-idempotency": operation.effect.value,
        "x-step-up": operation.step_up,
    }


def _parameters(operation: Operation) -> Iterator[Schema]:
    for kind in re.findall(r"{(\w+)}", operation.path):
        schema = {"type": "string", "pattern": ids.pattern(kind)}
        yield {"name": kind, "in": "path", "required": True, "schema": schema, "description": f"The id of the {kind}."}
    for parameter in operation.accepted():
        yield _parameter(parameter)
    yield _header(
        versions.HEADER,
        "The dated version to be answered in; the key's own, if left out.",
        {"type": "string", "enum": [each.isoformat() for each in versions.VERSIONS]},
    )
    if operation.effect != Effect.NONE:
        about = "Makes repeating the call harmless: the same key has one effect and one answer."
        yield _header("Idempotency-Key", about, {"type": "string", "pattern": KEY_PATTERN}, required=True)
    if operation.precondition:
        about = "The ETag of the object your decision is based on."
        yield _header("If-Match", about, {"type": "string", "pattern": r'^"[0-9a-f]{20}"$'}, required=True)
    if operation.pii_scope:
        about = f"Shows customers in full: needs the scope `{operation.pii_scope}`, is recorded and limited."
        yield _header("Purpose", about, {"type": "string", "enum": sorted(_purposes())})


def _purposes() -> frozenset[str]:
    from .routes import Route

    return next(iter(Route.__subclasses__())).gate.purposes()


def _parameter(parameter: Parameter) -> Schema:
    told: Schema = {
        "name": parameter.name,
        "in": "query",
        "description": parameter.about,
        "schema": {**parameter.schema},
    }
    if parameter.required:
        told["required"] = True
    if parameter.schema.get("type") == "array":
        told |= {"style": "form", "explode": False}
    return told


def _header(name: str, about: str, schema: Schema, *, required: bool = False) -> Schema:
    told: Schema = {"name": name, "in": "header", "description": about, "schema": schema}
    return told | {"required": True} if required else told


def _headers(operation: Operation) -> Iterator[tuple[str, Schema]]:
    yield "X-Request-Id", {"schema": {"type": "string"}}
    yield versions.HEADER, {"schema": {"type": "string"}}
    for name in ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"):
        yield name, {"schema": {"type": "integer"}}
    if isinstance(operation, OfRows) and operation.shows_actions:
        yield "ETag", {"schema": {"type": "string"}}
    if operation.status == 201:
        yield "Location", {"schema": {"type": "string"}}


def _failures(operation: Operation) -> Iterator[tuple[str, Schema]]:
    by_status = defaultdict(set)
    for code in operation.problems():
        by_status[CODES[code].status].add(code)
    reference = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, codes in sorted(by_status.items()):
        told = "\n".join(f"- `{code}`: {CODES[code].title}." for code in sorted(codes))
        yield str(status), {"description": told, "content": reference}
