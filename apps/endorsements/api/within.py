"""Ids in bodies 引用: whom and what a change names must be in the caller's sight, like everything he reads (P44)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.serializers import ListSerializer

from apps.core.api import Call, Fault, IdInput, Input, Problem
from apps.endorsements import selectors
from apps.parties import selectors as parties

Place = tuple[str, str, UUID]
"""Where an id stands in the body, of which kind it is, and the id."""

IN_SIGHT: Mapping[str, Callable[[Any], QuerySet]] = {
    "party": parties.visible_to,
    "bank_account": parties.accounts_visible_to,
    "endorsement_item": selectors.items_visible_to,
}


def require(call: Call, bodies: Iterable[tuple[type[Input], Mapping[str, Any], str]]) -> None:
    """Refuse ids beyond the caller's area like those that do not exist, each at its place; the try is remembered."""
    places = [place for kind, data, pointer in bodies for place in _ids(kind(), data, pointer)]
    seen = {kind: _known(call, kind, places) for kind in {kind for _pointer, kind, _id in places}}
    strangers = [(pointer, kind, each) for pointer, kind, each in places if each not in seen[kind]]
    if not strangers:
        return
    _remember(call, *strangers[0][1:])
    message = _("There is no such record, or it is outside your area.")
    raise Problem("validation_failed", errors=tuple(Fault(pointer, "not_found", message) for pointer, *_ in strangers))


def _known(call: Call, kind: str, places: Iterable[Place]) -> set[UUID]:
    asked = {each for _pointer, of, each in places if of == kind}
    return set(IN_SIGHT[kind](call.user).filter(public_id__in=asked).values_list("public_id", flat=True))


def _remember(call: Call, kind: str, public_id: UUID) -> None:
    model = IN_SIGHT[kind](call.user).model
    pk = model._default_manager.filter(public_id=public_id).values_list("pk", flat=True).first()
    if pk is not None:
        call.gate.denied(call, call.permission, model._meta.label_lower, pk)


def _ids(parser: Input, data: Mapping[str, Any], pointer: str) -> Iterator[Place]:
    for name, field in parser.fields.items():
        at = f"{pointer}/{name}"
        if name not in data:
            continue
        if isinstance(field, IdInput):
            yield at, field.kind, data[name]
        elif isinstance(field, ListSerializer) and isinstance(field.child, Input):
            for index, each in enumerate(data[name]):
                yield from _ids(field.child, each, f"{at}/{index}")
