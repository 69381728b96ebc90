"""What may be asked for 保全项目: the catalogue of changes, and what of it is open on a policy now (B1, B3)."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.api import Answer, Call, Code, Field, Operation, Row, Shape, Text, declare_scope, operation
from apps.core.api.inputs import schema_of
from apps.core.api.reading import page_schema
from apps.core.api.shapes import Flag, Nested, Schema
from apps.core.errors import NotFound, Refusal
from apps.endorsements import acting, selectors
from apps.endorsements.base import TYPES, EndorsementType
from apps.endorsements.situation import Situation
from apps.endorsements.states import EffectiveRule, Mutex, Reversible, Review
from apps.policies.api import OfPolicy

from .members import Object, Texts, WhyNot, why_nots, written

ENDORSEMENTS_READ = declare_scope("endorsements:read", _("Read endorsements, and what may be asked for"))
READ = "policy_read.R"


class Signers(Field):
    """The alternatives of who must sign: all of one of them."""

    def type_schema(self) -> Schema:
        return {"type": "array", "items": {"type": "array", "items": {"type": "string"}}}


class EndorsementTypeShape(Shape):
    """A kind of change 保全项目, with the JSON Schema of what it is asked for with."""

    code = Text(example="beneficiary_change")
    label = Text("In the caller's language.")
    summary = Text("In the caller's language.")
    action = Text("The action of the permission matrix.")
    papers = Texts("What the customer hands in; a product may ask for others.")
    signers = Signers("Who signs, as alternatives.")
    effective_rule = Code(EffectiveRule, "From when it counts.")
    exclusive_class = Code(Mutex, "Of one class only one case is under way on a policy.")
    review = Code(Review, "When a second person must approve.")
    reversible = Code(Reversible)
    clocks = Texts("The duties in time it starts.")
    internal = Flag("Begun by a call of its own, not among the items of a case.")
    change = Object("JSON Schema of ``change``; the same as in this specification.")


class AskableShape(EndorsementTypeShape):
    """A kind of change and whether it can be asked for on this policy now."""

    allowed = Flag()
    why_not = Nested(WhyNot, "What bars it, all at once.")
    present = Object("The answers as they stand on the policy: what a form begins with.")


def told(kind: EndorsementType) -> Row:
    """An entry of the catalogue."""
    return {
        "code": kind.code.lower(),
        "label": str(kind.label),
        "summary": str(kind.summary),
        "action": kind.permission,
        "papers": list(kind.materials),
        "signers": [sorted(alternative) for alternative in kind.signers],
        "effective_rule": kind.effective.name.lower(),
        "exclusive_class": kind.mutex.name.lower(),
        "review": kind.review.name.lower(),
        "reversible": kind.reversible.name.lower(),
        "clocks": list(kind.clocks),
        "internal": kind.internal,
        "change": schema_of(kind.Input),
    }


class Whole(Operation):
    """A short list in one piece."""

    permission, scope = READ, ENDORSEMENTS_READ

    def answer_schema(self) -> Schema:
        return page_schema(super().answer_schema(), counted=False)


def whole(rows: Iterable[Row]) -> Answer:
    return Answer({"data": list(rows), "next": None, "has_more": False})


@operation("GET", "endorsement_types")
class EndorsementTypes(Whole):
    """All kinds of changes, in one page."""

    summary, shape = "List the kinds of endorsements", EndorsementTypeShape

    def perform(self, call: Call) -> Answer:
        return whole(told(kind) for kind in TYPES)


@operation("GET", "endorsement_types/{endorsement_type}")
class EndorsementTypeDetail(Operation):
    """One kind of change, by its code."""

    summary, shape = "Read a kind of endorsement", EndorsementTypeShape
    permission, scope = READ, ENDORSEMENTS_READ

    def perform(self, call: Call) -> Answer:
        code = call.ids["endorsement_type"].upper()
        if code not in TYPES:
            raise NotFound(Refusal("not_found"))
        return Answer(told(TYPES[code]))


@operation("GET", "policies/{policy}/endorsement_types")
class Askable(OfPolicy):
    """What may be asked for on a policy: each kind with everything that bars it now, by right or by rule."""

    summary, shape, scope = "List what may be changed on a policy", AskableShape, ENDORSEMENTS_READ

    def answer_schema(self) -> Schema:
        return page_schema(super().answer_schema(), counted=False)

    def perform(self, call: Call) -> Answer:
        at = selectors.situation(self.policy(call), call.ctx.business_date)
        return whole(_askable(call, at, kind) for kind in TYPES if not kind.internal)


def _askable(call: Call, at: Situation, kind: EndorsementType) -> Row:
    bars = list(acting.why_not_ask(call.user, at, kind))
    own: Any = at.item_terms(kind.code)
    papers = {"papers": list(own.documents)} if own and own.documents is not None else {}
    present = written(kind.code, kind.current(at))
    return told(kind) | papers | {"allowed": not bars, "why_not": why_nots(bars), "present": present}
