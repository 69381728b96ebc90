"""What a new specification takes away from an old one: clients that were right would fail (P68).

Within a dated version only additions are allowed: members of answers, optional parameters and fields, operations.
"""

from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]


def breaks(old: Document, new: Document) -> list[str]:
    """One sentence for each thing that clients of ``old`` would miss."""
    return list(_operations(old, new))


def _operations(old: Document, new: Document) -> Iterator[str]:
    for path, methods in old["paths"].items():
        for method, before in methods.items():
            where = f"{method.upper()} {path}"
            after = new["paths"].get(path, {}).get(method)
            if after is None:
                yield f"{where} is gone"
                continue
            yield from _parameters(where, before, after)
            yield from _sent(where, _body(old, before), _body(new, after))
            for status in set(before["responses"]) & set(after["responses"]):
                at = f"{where} {status}"
                yield from _told(at, old, _answer(before, status), new, _answer(after, status), ())
            if gone := sorted(
                status for status in before["responses"] if status < "300" and status not in after["responses"]
            ):
                yield f"{where} answers {', '.join(gone)} no more"


def _parameters(where: str, before: Document, after: Document) -> Iterator[str]:
    known = {(each["in"], each["name"]): each for each in before.get("parameters", ())}
    now = {(each["in"], each["name"]): each for each in after.get("parameters", ())}
    for place, name in known.keys() - now.keys():
        yield f"{where}: the {place} parameter {name} is gone"
    for key, each in now.items():
        if each.get("required") and not known.get(key, {}).get("required"):
            yield f"{where}: the {key[0]} parameter {key[1]} is needed now"
        yield from _narrowed(f"{where}: {key[1]}", known.get(key, {}).get("schema", {}), each["schema"])


def _sent(where: str, before: Document, after: Document) -> Iterator[str]:
    known = before.get("properties", {})
    for name in known.keys() - after.get("properties", {}).keys():
        yield f"{where}: the field {name} is not taken any more"
    for name in set(after.get("required", ())) - set(before.get("required", ())):
        yield f"{where}: the field {name} is needed now"
    for name, schema in after.get("properties", {}).items():
        yield from _narrowed(f"{where}: {name}", known.get(name, {}), schema)


def _narrowed(where: str, before: Document, after: Document) -> Iterator[str]:
    """What may be sent no longer: a value, a longer text, a larger number, another type."""
    if before and before.get("type") != after.get("type"):
        yield f"{where} has another type"
    taken = after.get("enum")
    if gone := sorted(set(before.get("enum") or ()) - set(taken)) if taken else []:
        yield f"{where} does not take {', '.join(map(str, gone))} any more"
    for bound in ("maxLength", "maximum"):
        if bound in before and after.get(bound, before[bound]) < before[bound]:
            yield f"{where} takes less than before"


def _told(where: str, old: Document, before: Any, new: Document, after: Any, seen: tuple[str, ...]) -> Iterator[str]:
    """What answers told and tell no longer."""
    reference = before.get("$ref", "")
    if reference in seen:
        return
    before, after = _resolved(old, before), _resolved(new, after)
    if before.get("type") != after.get("type"):
        yield f"{where} has another type"
        return
    inner = (*seen, reference) if reference else seen
    for name, schema in before.get("properties", {}).items():
        if name not in after.get("properties", {}):
            yield f"{where} does not tell {name} any more"
        else:
            yield from _told(f"{where} {name}", old, schema, new, after["properties"][name], inner)
    if "items" in before and "items" in after:
        yield from _told(where, old, before["items"], new, after["items"], inner)


def _resolved(document: Document, schema: Document) -> Document:
    reference = schema.get("$ref", "")
    found: Document = document["components"]["schemas"].get(reference.rpartition("/")[2], {}) if reference else schema
    return found


def _body(document: Document, operation: Document) -> Document:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return _resolved(document, content.get("schema", {}))


def _answer(operation: Document, status: str) -> Document:
    content: Document = next(iter(operation["responses"][status].get("content", {}).values()), {})
    found: Document = content.get("schema", {})
    return found
