"""Cases 受理件 in the API: begin one, change its draft, list and read them, and what they mean for the policy."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, Model, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.serializers import ListField

from apps.core.api import (
    Answer,
    Call,
    Code,
    CodeInput,
    Create,
    Day,
    Detail,
    Fault,
    Flag,
    Id,
    Input,
    List,
    Many,
    Moment,
    Money,
    OfRows,
    Parameter,
    Problem,
    Row,
    Shape,
    Text,
    TextInput,
    a_code,
    a_text,
    an_id,
    declare_scope,
    operation,
)
from apps.core.api.ids import write
from apps.core.api.inputs import OneOfInput
from apps.core.api.shapes import Nested
from apps.core.errors import NotFound, Refusal
from apps.endorsements import acting, quotes, selectors, services
from apps.endorsements.acts import UNDECIDED
from apps.endorsements.base import TYPES
from apps.endorsements.models import Endorsement, EndorsementItem, Material, Signature
from apps.endorsements.services import quoting
from apps.endorsements.states import Channel, EndorsementStatus, MaterialStatus, Signer, Verification
from apps.policies import selectors as policies

from . import quoted, within
from .catalogue import ENDORSEMENTS_READ, READ
from .members import Change, ItemCode, WhyNots
from .quoted import ChargeShape, LaterItem, QuoteMember

ENDORSEMENTS_WRITE = declare_scope("endorsements:write", _("Begin endorsements and hand in what they need"))
CREATE = "endorsement_case.C"
MOST_ITEMS = 20
KINDS = {kind.code.lower(): kind.Input for kind in TYPES if not kind.internal}
EXAMPLE = [{"code": "premium_frequency_change", "change": {"frequency": "monthly"}}]


class EndorsementItemShape(Shape):
    """One change of a case 保全项目, on one policy."""

    model = EndorsementItem
    id = Id("endorsement_item")
    policy = Id("policy", "policy__public_id")
    code = ItemCode(example="beneficiary_change")
    change = Change("As it is sent; what is personal is masked.", "code", "change")
    effective_on = Day("Once it is fixed.", null=True)
    amount = Money("The premium difference it was carried out with.", "amount", "policy__currency", null=True)
    applied_on = Day(null=True)
    undone_on = Day(null=True)
    slip_number = Text("Of its endorsement slip 批单号; empty until it is in effect.")


class EndorsementItemDetailShape(EndorsementItemShape):
    """One change of a case 保全项目, and the case it belongs to."""

    endorsement = Id("endorsement", "endorsement__public_id")


class PaperShape(Shape):
    """A paper on the list told to the customer."""

    model = Material
    kind = Text(example="applicant_id")
    status = Code(MaterialStatus)
    document = Id("document", "document__public_id", null=True)
    reason = Text("Why it was asked for later, or is not needed.")
    seen_on = Day(null=True)


class SignatureShape(Shape):
    """Who signed, and how we made sure that it was he."""

    model = Signature
    signer = Code(Signer)
    party = Id("party", "party__public_id", null=True)
    verification = Code(Verification)
    signed_on = Day()


class EndorsementSummary(Shape):
    """A case 受理件 in a list."""

    model = Endorsement
    id = Id("endorsement")
    number = Text("Case number 受理号.", example="E26112200001")
    policy = Id("policy", "policy__public_id")
    status = Code(EndorsementStatus, "受理件状态.")
    channel = Code(Channel, "受理渠道.")
    made_on = Day()
    received_at = Moment("To the second: what is binding from its receipt counts from here.", null=True)
    accepted_on = Day(null=True)
    expires_on = Day("Without papers or money until then it ends by itself.", null=True)
    approved_on = Day(null=True)
    effective_on = Day(null=True)
    slip_number = Text("Of the endorsement slip 批单号.")


class EndorsementShape(EndorsementSummary):
    """A case 受理件 in full."""

    row_version = (
        "{table}.xmin::text || concat_ws(',', "
        "(SELECT string_agg(i.xmin::text, ',' ORDER BY i.id) FROM endorsements_endorsementitem i"
        " WHERE i.endorsement_id = {table}.id), "
        "(SELECT string_agg(m.xmin::text, ',' ORDER BY m.id) FROM endorsements_material m"
        " WHERE m.endorsement_id = {table}.id), "
        "(SELECT count(*)::text FROM endorsements_signature s WHERE s.endorsement_id = {table}.id))"
    )

    note = Text("Of who entered it.")
    reason = Text("Why it was rejected, sent back or withdrawn.")
    second_person_needed = Flag("Whether another person must approve it.")
    account = Id("bank_account", "account__public_id", "Where money for the policyholder goes.", null=True)
    items = Many(EndorsementItemShape, EndorsementItem.objects.filter(endorsement=OuterRef("pk")).order_by("position"))
    papers = Many(PaperShape, Material.objects.filter(endorsement=OuterRef("pk")).order_by("pk"))
    signatures = Many(SignatureShape, Signature.objects.filter(endorsement=OuterRef("pk")).order_by("pk"))
    blocked = WhyNots("Why it could not take effect on its day.", "blocked")
    quote = QuoteMember("What it would do, as last computed; after the approval, as approved.")


class OfCases:
    """What all operations on cases share."""

    def rows(self, call: Call) -> QuerySet:
        return selectors.visible_to(call.user)


HAS_ITEM = Parameter(
    "code",
    "With an item of this kind.",
    {kind.code.lower(): kind.code for kind in TYPES}.get,
    {"type": "string", "enum": [kind.code.lower() for kind in TYPES]},
)


@operation("GET", "endorsements")
class Endorsements(OfCases, List):
    """Cases in the caller's area, newest first."""

    summary = "List endorsements"
    permission, scope, shape = READ, ENDORSEMENTS_READ, EndorsementSummary
    filters = (
        an_id("policy", "On this policy.", "policy", "policy__public_id"),
        a_code("status", "受理件状态.", EndorsementStatus),
        a_text("number", "Case number, whole.", r"E[0-9]{6,19}", "number"),
        HAS_ITEM,
    )

    def filtered(self, call: Call) -> QuerySet:
        rows = super().filtered(call)
        if "code" not in call.query:
            return rows
        return rows.filter(Exists(EndorsementItem.objects.filter(endorsement=OuterRef("pk"), code=call.query["code"])))


@operation("GET", "endorsements/{endorsement}")
class EndorsementDetail(OfCases, Detail):
    """One case: its items, papers, signatures, quote, and what the caller may do with it now."""

    summary = "Read an endorsement"
    permission, scope, shape = READ, ENDORSEMENTS_READ, EndorsementShape


@operation("GET", "endorsement_items/{endorsement_item}")
class EndorsementItemDetail(Detail):
    """One item, and whether the caller may ask for its undoing."""

    summary = "Read an endorsement item"
    permission, scope, shape = READ, ENDORSEMENTS_READ, EndorsementItemDetailShape

    def rows(self, call: Call) -> QuerySet:
        return selectors.items_visible_to(call.user)


class ItemsInput(Input):
    """The items of a case, as they are to stand."""

    items = ListField(
        child=OneOfInput("code", "change", KINDS), min_length=1, max_length=MOST_ITEMS, help_text="What is asked for."
    )
    note = TextInput(400, required=False, help_text="For the history; without customer data.")


class EndorsementInput(ItemsInput):
    """A case to begin."""

    channel = CodeInput(Channel, required=False, help_text="How the request reached us; online, if left out.")


def wanted(call: Call) -> list[tuple[str, dict[str, Any]]]:
    """The items of the body as services take them. Refuses ids the caller does not reach, each at its place."""
    asked = [(code.upper(), change) for code, change in call.data["items"]]
    within.require(call, [(TYPES[code].Input, change, f"/items/{n}/change") for n, (code, change) in enumerate(asked)])
    return asked


@operation("POST", "policies/{policy}/endorsements")
class CreateEndorsement(OfCases, Create):
    """Begin a case with one item or several. What bars them is told by the quote and refused by ``submit``.

    Which items the caller may ask for is decided by the action of each kind (``endorsement_types``).
    """

    summary = "Begin an endorsement"
    permission, scope, shape = CREATE, ENDORSEMENTS_WRITE, EndorsementShape
    input, home = EndorsementInput, "endorsements"
    refusals = ("separation_of_duties",)
    example = {"items": EXAMPLE, "channel": "online"}
    pointers = {"item_twice": "/items", "not_in_same_batch": "/items"}

    def make(self, call: Call) -> Model:
        policy_id, items = self._policy(call), wanted(call)
        acting.require_items(call.ctx, call.user, policy_id, [code for code, _change in items])
        channel = call.data.get("channel", Channel.ONLINE)
        note = call.data.get("note", "")
        return services.create(call.ctx, policy_id=policy_id, items=items, channel=channel, note=note)

    def _policy(self, call: Call) -> int:
        """The key of the policy the address names; one beyond answers like one that does not exist."""
        public_id: UUID = call.ids["policy"]
        pk = policies.visible_to(call.user).filter(public_id=public_id).values_list("pk", flat=True).first()
        if pk is None:
            if beyond := policies.id_of(public_id):
                call.gate.denied(call, self.permission, "policies.policy", beyond)
            raise NotFound(Refusal("not_found"))
        return pk


class ImpactOnPolicy(Shape):
    """What a case means for what one policy has been through."""

    policy = Id("policy")
    charges = Nested(ChargeShape, "The instalments that are charged otherwise.")
    later_items = Nested(LaterItem, "Items in effect: unchanged, re-priced, or in conflict.")


class ImpactShape(Shape):
    """影响报告: what comes of earlier and later changes. Undecided cases are computed anew, others as approved."""

    endorsement = Id("endorsement")
    collect = Money(null=True)
    refund = Money(null=True)
    paid_out = Money(null=True)
    policies = Nested(ImpactOnPolicy)


@operation("GET", "endorsements/{endorsement}/impact")
class Impact(OfCases, OfRows):
    """What the case means for what is in effect already: instalments charged otherwise, items re-priced or in conflict.

    Nothing is kept; ``quote`` keeps what people decide upon.
    """

    summary = "Read the impact of an endorsement"
    permission, scope, shape = READ, ENDORSEMENTS_READ, ImpactShape
    model = Endorsement

    def perform(self, call: Call) -> Answer:
        case = self.named(call).select_related("quote").first()
        if case is None:
            raise self.missing(call)
        return Answer({"endorsement": write("endorsement", case.public_id), **_impact(call, case)})


def _impact(call: Call, case: Endorsement) -> Row:
    if case.status in UNDECIDED:
        content = quotes.content(quoting.compute(call.ctx, case))
    else:
        content = case.quote.content if case.quote else {}
    if not content:
        raise Problem("not_found")
    told = quoted.shown(content)
    members = ("policy", "charges", "later_items")
    return told | {"policies": [{name: each[name] for name in members} for each in told["policies"]]}


def fault(pointer: str, message: Any) -> Problem:
    """The problem that one field names what is not there for this caller."""
    return Problem("validation_failed", errors=(Fault(pointer, "not_found", message),))
