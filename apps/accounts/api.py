"""Who am I 本接口身份: what a developer asks first."""

from typing import Any

from apps.core.api import Answer, Call, Flag, Operation, Shape, Text, operation
from apps.core.api.shapes import Field, Schema, object_schema

from . import permissions


class Names(Field):
    """A list of codes."""

    def type_schema(self) -> Schema:
        return {"type": "array", "items": {"type": "string"}}


class Limits(Field):
    def type_schema(self) -> Schema:
        return object_schema({"calls_per_minute": {"type": "integer"}, "writes_per_minute": {"type": "integer"}})


class Me(Shape):
    """The caller as the API knows it."""

    actor = Text("How events and the audit trail name the caller.", example="key:ab3k5q7wz2n4")
    is_key = Flag("True for an API key, false for a person's session.")
    branch = Text("The office whose rows, with all below, the caller reaches by branch.", example="86")
    roles = Names("The roles whose permissions apply.")
    scopes = Names("The scopes of the key; null for a session, which has none.", null=True)
    version = Text("The dated version the caller is answered in.", example="2026-12-01")
    limits = Limits("How many calls a minute.")


@operation("GET", "me")
class WhoAmI(Operation):
    """The caller, the scopes and the pinned version of the key, and its limits. Any valid key may ask."""

    summary = "Who am I"
    shape = Me

    def perform(self, call: Call) -> Answer:
        caller = call.caller
        body: dict[str, Any] = {
            "actor": caller.actor,
            "is_key": caller.is_key,
            "branch": caller.user.branch.code,
            "roles": sorted(permissions.roles_of(caller.user)),
            "scopes": None if caller.scopes is None else sorted(caller.scopes),
            "version": caller.version.isoformat(),
            "limits": {"calls_per_minute": caller.rate.calls, "writes_per_minute": caller.rate.writes},
        }
        return Answer(body)
