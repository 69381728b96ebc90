"""Customers 客户 in the API: masked, unless a key may see more and says what for."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.api import Code, Field, Id, Shape, declare_scope, means
from apps.core.api.shapes import Schema
from apps.core.masking import MaskKind, mask

from .models import Party
from .states import PartyKind

PARTIES_READ = declare_scope("parties:read", _("Read customers, masked"))

means(reveal_quota_spent="unmask_quota_exceeded")


class Name(Field):
    """张* for a person, the whole name where it was asked for with a purpose; an organisation's name is public."""

    def __init__(self, about: str = "", party: str = "") -> None:
        super().__init__(about, example="张*")
        self.party = party

    @property
    def columns(self) -> Sequence[str]:
        return f"{self.party}name", f"{self.party}kind"

    def builder(self, plain: bool) -> Callable[..., Any] | None:
        def build(name: str, kind: str) -> str:
            return name if plain or kind == PartyKind.ORGANISATION else mask(MaskKind.NAME, name)

        return build

    def type_schema(self) -> Schema:
        return {"type": "string"}


class PartySummary(Shape):
    """A customer in brief."""

    model = Party
    id = Id("party")
    kind = Code(PartyKind)
    name = Name("Masked unless asked for with a purpose.")
