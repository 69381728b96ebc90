"""Every operation of the API as something to try: its address with the ids of an object, and a body."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from django.db.models import Model

from apps.accounts.keys import ROLE
from apps.accounts.matrix import matrix
from apps.core.api import OPERATIONS, Effect, Operation
from apps.core.api.ids import write

LABELS = {
    "party": "parties.party",
    "product": "products.product",
    "policy": "policies.policy",
    "instalment": "billing.instalment",
    "receipt": "billing.receipt",
    "payout": "billing.payout",
    "reminder": "renewals.reminder",
    "deadline": "deadlines.deadline",
    "import": "imports.upload",
    "api_key": "accounts.apikey",
    "endorsement": "endorsements.endorsement",
    "endorsement_item": "endorsements.endorsementitem",
    "document": "documents.document",
}
"""The model behind each kind of id, by which ``world`` keeps its objects."""

WORDS = {"endorsement_type": "beneficiary_change"}
"""An entry of each catalogue that addresses name by its code."""

NAMES = [f"{each.method} {each.path}" for each in OPERATIONS]


def kinds(operation: Operation) -> list[str]:
    """The kinds of objects its address names by their ids."""
    parts = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    return [part for part in parts if part not in WORDS]


def open_to_keys(operation: Operation) -> bool:
    """Whether a key may hold what it takes: approvals are for people, and what its role lacks as well."""
    if not operation.permission:
        return True
    action, capability = matrix().split(operation.permission)
    return action.grant(ROLE, capability) is not None


def address(operation: Operation, objects: Mapping[str, Model]) -> str:
    """Where to call it for these objects, with the parameters it cannot do without."""
    path = operation.path
    for kind, word in WORDS.items():
        path = path.replace(f"{{{kind}}}", word)
    for kind in kinds(operation):
        path = path.replace(f"{{{kind}}}", write(kind, objects[LABELS[kind]].public_id))
    needed = [f"{each.name}=2026-03-31" for each in operation.accepted() if each.required]
    return f"/api/v1/{path}" + (f"?{'&'.join(needed)}" if needed else "")


def body(operation: Operation, objects: Mapping[str, Model]) -> dict[str, Any]:
    """The operation's own example, about these objects."""
    example = deepcopy(dict(operation.example or {}))
    return {
        name: write(name, objects[LABELS[name]].public_id)
        if name in LABELS and isinstance(value, str) and name in objects_named(objects)
        else value
        for name, value in example.items()
    }


def objects_named(objects: Mapping[str, Model]) -> set[str]:
    return {kind for kind, label in LABELS.items() if label in objects}


def call(client: Any, operation: Operation, objects: Mapping[str, Model], **headers: str) -> Any:
    """Call it as it should be called; ``headers`` are added, an empty one is left out."""
    named = {"accept-language": "en"}
    if operation.effect != Effect.NONE:
        named["idempotency-key"] = f"try-{address(operation, objects)}"
    if operation.precondition:
        named["if-match"] = '"00000000000000000000"'
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    named = {name: value for name, value in named.items() if value}
    if operation.method == "GET":
        return client.get(address(operation, objects), headers=named)
    return client.generic(
        operation.method,
        address(operation, objects),
        json_of(body(operation, objects)),
        content_type="application/json",
        headers=named,
    )


def json_of(value: Any) -> bytes:
    import orjson

    return orjson.dumps(value)
