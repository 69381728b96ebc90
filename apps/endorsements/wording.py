"""Wording 用语: refusals of cases with their codes as people call them, and what removes an obstacle."""

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from apps.core.errors import Refusal
from apps.documents.states import DocumentKind
from apps.policies.states import HoldKind, PolicyStatus
from apps.products.items import ITEMS

from .base import TYPES
from .states import EffectiveRule, Signer

AMOUNT = re.compile(r"\d+\.\d{2}")
NAMED: Mapping[str, type[TextChoices]] = {
    "signer": Signer,
    "hold": HoldKind,
    "papers": DocumentKind,
    "status": PolicyStatus,
}
"""What the params of refusals are codes of."""


def item(code: str) -> str:
    """What people call an item, whether it is built already or only in the catalogue."""
    return str(TYPES[code]) if code in TYPES else str(ITEMS.get(code, code))


def paper(kind: str) -> str:
    """What people call a paper."""
    return label(DocumentKind, kind)


def told(refusal: Refusal) -> str:
    """The sentence of a refusal, and the item that removes the obstacle, if one does."""
    params = {name: _named(name, value) for name, value in refusal.params.items()}
    sentence = str(replace(refusal, params=params))
    remedy = refusal.params.get("remedy")
    return f"{sentence} {_('What helps: {item}.').format(item=item(remedy))}" if remedy else sentence


def label(kind: type[TextChoices], code: str) -> str:
    """The label of a code; the code itself for one that is none of them."""
    return str(kind(code).label) if code in kind.values else code


def why_then(code: str) -> str:
    """生效日说明: by which rule an item takes effect on its day."""
    return str(EffectiveRule(TYPES[code].effective).label) if code in TYPES else ""


def _named(name: str, value: Any) -> Any:
    if isinstance(value, Decimal) or AMOUNT.fullmatch(str(value)):
        return f"{Decimal(value):,.2f}"
    if name not in NAMED or not isinstance(value, str):
        return value
    return _(", ").join(label(NAMED[name], code) for code in value.split(", "))
