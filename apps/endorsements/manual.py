"""The manual page of the endorsement items 保全手册, written from the types themselves: it cannot say anything else."""

from collections.abc import Iterator
from typing import Any

from django.utils import translation

from apps.core.api.inputs import schema_of
from apps.deadlines.clocks import CLOCKS
from apps.documents.states import DocumentKind
from apps.policies.states import HoldKind, PolicyStatus

from .base import TYPES, EndorsementType

HEAD = """\
# Endorsement items 保全项目

What can be asked for, and what each needs. Written by `manage.py endorsement_manual` from `apps/endorsements/types/`; a
product may narrow windows, limits and papers. [How a case goes](concepts/endorsements.md)
"""


def written() -> str:
    """The whole page, in English."""
    with translation.override("en"):
        return "\n".join([HEAD, *(_page(kind) for kind in sorted(TYPES, key=lambda each: each.code))])


def _page(kind: EndorsementType) -> str:
    rows = "\n".join(f"| {name} | {value} |" for name, value in _facts(kind))
    return f"## {kind.code}\n\n**{kind.label}.** {kind.summary}\n\n| | |\n|---|---|\n{rows}\n"


def _facts(kind: EndorsementType) -> Iterator[tuple[str, str]]:
    yield "Asked for as", _fields(kind)
    yield "Signed by", " or ".join(" and ".join(sorted(str(each.label) for each in one)) for one in kind.signers)
    yield "Papers", "; ".join(str(DocumentKind(each).label) for each in kind.materials) or "none"
    yield "In effect", str(kind.effective.label)
    yield "Second person", str(kind.review.label)
    yield "Underwriting", "answers first" if kind.underwritten else "not asked"
    yield "Possible while the policy is", ", ".join(str(PolicyStatus(each).label) for each in kind.statuses)
    yield "Barred by", ", ".join(str(HoldKind(each).label) for each in kind.blocking) or "no hold"
    yield "Beside others", f"one open item of class {kind.mutex.label}" if kind.mutex != "none" else "always"
    yield "Undone", str(kind.reversible.label)
    yield "Clocks", ", ".join(f"{code} {CLOCKS[code].zh}" for code in kind.clocks) or "none"
    yield "Permission", f"`{kind.permission}`"
    yield "Rests on", ", ".join(kind.basis)


def _fields(kind: EndorsementType) -> str:
    schema: dict[str, Any] = schema_of(kind.Input)
    return ", ".join(f"`{name}`" for name in schema["properties"])
