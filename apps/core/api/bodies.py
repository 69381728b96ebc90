"""Reading a body: small, JSON, one object, nothing a database or a stack could stumble over."""

from typing import Any

import orjson
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from .problems import Fault, Problem

LARGEST = 1024 * 1024
DEEPEST = 20


def read(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of a request; nothing for an empty body without a type."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isascii() and length.isdigit() and int(length) > LARGEST:
        raise Problem("body_too_large")
    if not request.body and not request.content_type:
        return {}
    charset = request.content_params.get("charset", "utf-8") if request.content_params else "utf-8"
    if request.content_type != "application/json" or charset.lower() not in ("utf-8", "utf8"):
        raise Problem("unsupported_media_type")
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        raise Problem("malformed_json") from None
    if not isinstance(body, dict):
        raise Problem("validation_failed", errors=(Fault("", "not_an_object", _("Send one JSON object.")),))
    if faults := tuple(_unfit(body, "", 1)):
        raise Problem("validation_failed", errors=faults)
    return body


def _unfit(value: Any, pointer: str, depth: int) -> Any:
    """What no field may hold: U+0000, which PostgreSQL refuses, and nests without end."""
    if depth > DEEPEST:
        raise Problem("malformed_json")
    if isinstance(value, str) and "\0" in value:
        yield Fault(pointer, "control_character", _("The text holds the character U+0000."))
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _unfit(name, pointer, depth)
            yield from _unfit(inner, f"{pointer}/{escaped(name)}", depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unfit(inner, f"{pointer}/{index}", depth + 1)


def escaped(name: Any) -> str:
    """One step of a JSON Pointer (RFC 6901)."""
    return str(name).replace("~", "~0").replace("/", "~1")
