"""What can happen to an endorsement case and to its items, as the history tells it."""

from django.utils.translation import gettext_lazy as _

from apps.audit.events import declare

from .base import TYPES
from .states import Signer

CASE = "endorsements.endorsement"
ITEM = "endorsements.endorsementitem"


class Kinds:
    """The kinds of items, as far as they are loaded when somebody reads."""

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [(kind.code, str(kind.label)) for kind in TYPES]


KINDS = {"code": Kinds()}

CREATED = declare("endorsement.created", CASE, _("Endorsement {number} was begun."))
CHANGED = declare("endorsement.changed", CASE, _("The draft of endorsement {number} was changed."))
SIGNED = declare("endorsement.signed", CASE, _("Endorsement {number} was signed: {signer}."), codes={"signer": Signer})
QUOTED = declare("endorsement.quoted", CASE, _("Endorsement {number} was priced."))
RECEIVED = declare("endorsement.received", CASE, _("The request of endorsement {number} was received."), "state")
DEFICIENT = declare(
    "endorsement.deficiency_noticed", CASE, _("All papers missing for endorsement {number} were told at once."), "state"
)
SUPPLEMENTED = declare("endorsement.supplemented", CASE, _("Papers for endorsement {number} came in."))
COMPLETE = declare("endorsement.complete", CASE, _("The papers of endorsement {number} are complete."), "state")
ACCEPTED = declare("endorsement.accepted", CASE, _("Endorsement {number} was accepted."), "state")
EXAMINED = declare("endorsement.examined", CASE, _("Endorsement {number} is under examination."), "state")
REFERRED = declare("endorsement.referred", CASE, _("Endorsement {number} was referred to underwriting."), "state")
UNDERWRITTEN = declare("endorsement.underwritten", CASE, _("Underwriting answered endorsement {number}."), "state")
EXAM_ORDERED = declare("endorsement.exam_ordered", CASE, _("A medical examination was ordered for {number}."))
EXAM_REPORTED = declare("endorsement.exam_reported", CASE, _("The medical examination for {number} was reported."))
SENT_TO_REVIEW = declare(
    "endorsement.sent_to_review", CASE, _("Endorsement {number} waits for a second person's approval."), "state"
)
RETURNED = declare("endorsement.returned", CASE, _("Endorsement {number} was sent back to its maker."), "state")
REBASED = declare("endorsement.rebased", CASE, _("The policy had changed meanwhile; {number} is not touched by it."))
APPROVED = declare("endorsement.approved", CASE, _("Endorsement {number} was approved."), "state")
PAYMENT_AWAITED = declare(
    "endorsement.payment_awaited",
    CASE,
    _("Endorsement {number} waits for the payment of {amount} {currency}."),
    "state",
)
PAID = declare("endorsement.paid", CASE, _("{amount} {currency} for endorsement {number} are paid."), "money")
SCHEDULED = declare("endorsement.scheduled", CASE, _("Endorsement {number} takes effect on {effective_on}."), "state")
BLOCKED = declare("endorsement.blocked", CASE, _("Endorsement {number} could not take effect on its day."))
EFFECTIVE = declare("endorsement.effective", CASE, _("Endorsement {number} took effect: slip {slip}."), "state")
SLIP_ISSUED = declare("endorsement.slip_issued", CASE, _("Slip {slip} of endorsement {number} was issued."), "document")
PAYING_OUT = declare("endorsement.paying_out", CASE, _("Endorsement {number} pays out {amount} {currency}."), "state")
CLOSED = declare("endorsement.closed", CASE, _("Endorsement {number} was closed."), "state")
REJECTED = declare("endorsement.rejected", CASE, _("Endorsement {number} was rejected."), "state")
WITHDRAWN = declare("endorsement.withdrawn", CASE, _("Endorsement {number} was withdrawn."), "state")
EXPIRED = declare("endorsement.expired", CASE, _("Endorsement {number} expired."), "state")
REVERSED = declare("endorsement.reversed", CASE, _("Endorsement {number} was undone by {by}."), "state")
SURRENDER_RECEIVED = declare(
    "endorsement.surrender_received", CASE, _("The notice of surrender of {number} arrived."), "state"
)
PAID_OUT = declare("endorsement.paid_out", CASE, _("The money of endorsement {number} is paid out."), "money")

APPLIED = declare("endorsement_item.applied", ITEM, _("{code}: in effect from {effective_on}."), codes=KINDS)
UNDONE = declare("endorsement_item.undone", ITEM, _("{code} was undone."), codes=KINDS)
