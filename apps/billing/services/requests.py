"""Corrections of receipts 收款更正: asked for by one person, carried out when another approves (P24)."""

from django.db import transaction

from apps.accounts import separation
from apps.accounts.permissions import denied
from apps.audit import services as audit
from apps.audit.events import EventType
from apps.billing import events
from apps.billing.models import Receipt, ReceiptRequest
from apps.billing.states import ReceiptStatus, RequestKind, RequestStatus
from apps.core.context import Context
from apps.core.errors import Conflict, NotFound, Refusal, Refused, refuse, stated
from apps.policies import selectors as policy_facts

from .receipts import Confirmed, assign_receipt, lock_receipt, must_be
from .reversal import reverse_receipt

APPROVE = "receipt_reverse.A"


@transaction.atomic
def request_reversal(ctx: Context, receipt_id: int, reason: str) -> ReceiptRequest:
    """申请冲正: money that bounced or was recalled. Nothing moves until another person approves. Needs a reason."""
    return _ask(ctx, _standing(receipt_id), RequestKind.REVERSE, None, reason)


@transaction.atomic
def request_assignment(ctx: Context, receipt_id: int, policy_number: str, reason: str) -> ReceiptRequest:
    """申请认领: unidentified money turned out to be for a policy. Refuses what ``assign_receipt`` would refuse."""
    policy = policy_facts.facts_by_number(policy_number)
    receipt = _standing(receipt_id)
    if receipt.policy_id:
        raise refuse("receipt_has_policy", number=receipt.number)
    if receipt.currency != policy.currency:
        raise refuse("currency_differs", currency=receipt.currency, policy_currency=policy.currency)
    return _ask(ctx, receipt, RequestKind.ASSIGN, policy.id, reason)


@transaction.atomic
def approve_request(ctx: Context, request_id: int) -> Receipt | Confirmed:
    """复核更正: carry out what was asked. Refuses the person who asked, through whichever account."""
    request = _lock(request_id)
    if refusal := separation.barred(ctx, request.asked_person, request.asked_by):
        raise denied(ctx, APPROVE, refusal, object_type="billing.receiptrequest", object_id=request.pk)
    request.approve(ctx.actor, ctx.person)
    request.save()
    _tell(ctx, events.REQUEST_APPROVED, request)
    if request.kind == RequestKind.REVERSE:
        return reverse_receipt(ctx, request.receipt_id, request.reason)
    assert request.policy is not None  # the database demands one
    return assign_receipt(ctx, request.receipt_id, request.policy.number, request.reason)


@transaction.atomic
def reject_request(ctx: Context, request_id: int, reason: str) -> ReceiptRequest:
    """驳回更正: by a second person, or by who asked and thought better of it. Needs a reason."""
    request = _lock(request_id)
    request.reject(ctx.actor, ctx.person)
    request.save()
    _tell(ctx, events.REQUEST_REJECTED, request, stated(reason))
    return request


def _standing(receipt_id: int) -> Receipt:
    receipt = lock_receipt(receipt_id)
    must_be(receipt, ReceiptStatus.CONFIRMED)
    return receipt


def _ask(ctx: Context, receipt: Receipt, kind: RequestKind, policy_id: int | None, reason: str) -> ReceiptRequest:
    if not ctx.person:
        raise Refused(Refusal("person_required"))
    if ReceiptRequest.objects.filter(receipt=receipt, status=RequestStatus.WAITING).exists():
        raise Conflict(Refusal("request_waiting", {"number": receipt.number}))
    request = ReceiptRequest.objects.create(
        receipt=receipt,
        kind=kind,
        policy_id=policy_id,
        reason=stated(reason),
        asked_on=ctx.business_date,
        asked_by=ctx.actor,
        asked_person=ctx.person,
    )
    _tell(ctx, events.REQUESTED, request, request.reason)
    return request


def _lock(request_id: int) -> ReceiptRequest:
    rows = ReceiptRequest.objects.select_for_update(of=("self",)).select_related("receipt", "policy")
    request = rows.filter(pk=request_id).first()
    if request is None:
        raise NotFound(Refusal("not_found"))
    if request.status != RequestStatus.WAITING:
        raise Conflict(Refusal("illegal_transition", {"state": request.get_status_display()}))
    return request


def _tell(ctx: Context, event: EventType, request: ReceiptRequest, reason: str = "") -> None:
    policy_id = request.policy_id or request.receipt.policy_id
    audit.record(
        ctx, event, request.pk, policy_id=policy_id, reason=reason, number=request.receipt.number, kind=request.kind
    )
