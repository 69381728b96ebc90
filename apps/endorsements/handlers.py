"""How a case follows the money it asked for, the money it owes, and the underwriter's answer."""

from decimal import Decimal

from apps.audit.models import Event
from apps.audit.outbox import subscribe
from apps.audit.services import Recorded, on
from apps.billing import events as billing
from apps.operations.selectors import job_context
from apps.underwriting import events as underwriting
from apps.underwriting.states import ReferralStatus

from . import events, slips
from . import services as endorsements
from .selectors import CASE, ITEM


@on(billing.ADJUSTMENT_PAID)
def follow_payment(recorded: Recorded) -> None:
    for fact in recorded.facts:
        if fact.payload["subject_type"] == CASE:
            endorsements.note_payment(recorded.ctx, fact.payload["subject_id"])


@on(billing.PAYOUT_PAID)
def follow_payout(recorded: Recorded) -> None:
    for fact in recorded.facts:
        if fact.payload.get("subject_type") == ITEM:
            endorsements.note_paid_out(recorded.ctx, fact.payload["subject_id"])


@on(underwriting.DECIDED)
def follow_underwriting(recorded: Recorded) -> None:
    for fact in recorded.facts:
        if fact.payload["case_type"] == CASE:
            accepted = fact.payload["status"] == ReferralStatus.ACCEPTED
            loadings = {name: Decimal(fact.payload.get(name, 0)) for name in ("extra_percent", "extra_per_mille")}
            endorsements.note_underwriting(recorded.ctx, fact.payload["case_id"], accepted=accepted, **loadings)


@on(underwriting.EXAM_ORDERED, underwriting.EXAM_REPORTED)
def follow_exam(recorded: Recorded) -> None:
    for fact in recorded.facts:
        if fact.payload["case_type"] == CASE:
            ordered = recorded.type == underwriting.EXAM_ORDERED
            endorsements.note_exam(recorded.ctx, fact.payload["case_id"], ordered=ordered)


@subscribe("endorsements.slips", events.SLIP_ISSUED)
def write_slips(batch: list[Event]) -> None:
    """批单: written after the change is committed; repeated until it is there (E-04)."""
    for event in batch:
        slips.write(job_context("slips"), event.subject_id, event.payload["slip"])
