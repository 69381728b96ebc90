"""The acts upon policies. Verbs that take ids are set-based and return the ids that really moved, in order.

Lock order everywhere: policy, then instalment, then the books.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, OperationalError, transaction

from apps.audit import services as audit
from apps.audit.events import EventType
from apps.audit.services import Fact
from apps.core.bulk import Statement, assign, move
from apps.core.context import Context
from apps.core.dates import Frequency, due_date
from apps.core.errors import Conflict, NotFound, Refusal, Refused, refuse, stated
from apps.core.failure import LOCK_NOT_AVAILABLE, sqlstate
from apps.operations import services as operations
from apps.operations.agenda import EFFECT, EXPIRE
from apps.products import selectors as products
from apps.products.terms import ProductTerms

from . import events, projections
from .models import Hold, Policy, PolicyVersion
from .rules import check_riders, check_terms
from .states import HoldKind, PolicyStatus, PremiumStatus, SuspensionCause, TerminationCode
from .terms import Terms
from .terms_json import to_json

S, M = PolicyStatus, PremiumStatus


@transaction.atomic
def issue(
    ctx: Context,
    *,
    number: str,
    terms: Terms,
    branch_id: int,
    agent_id: int | None = None,
    status: PolicyStatus | None = None,
    premium_status: PremiumStatus | None = None,
    paid_to: date | None = None,
    cutover_on: date | None = None,
) -> Policy:
    """出单 policy:P01: a contract comes into being with version 1 of its Terms, roles and coverages.

    Unless said otherwise its first premium has been matched: it is paying (or single), paid to its second due date,
    and in force if its day has come. Refuses Terms that are no contract, riders that do not go with the main cover, and
    a number in use.
    """
    if faults := tuple(check_terms(terms)):
        raise Refused(*faults)
    if faults := tuple(check_riders(terms, _products_of(terms))):
        raise Refused(*faults)
    main, frequency = terms.main, Frequency(terms.frequency)
    single = frequency is Frequency.SINGLE
    policy = Policy(
        number=number,
        product_version=products.version(main.product, main.version),
        branch_id=branch_id,
        agent_id=agent_id,
        status=status or (S.IN_FORCE if terms.effective_on <= ctx.business_date else S.PENDING_EFFECT),
        premium_status=premium_status or (M.SINGLE if single else M.PAYING),
        paid_to=paid_to or (None if single else due_date(terms.effective_on, frequency, 1)),
        cutover_on=cutover_on,
        revision=0,
    )
    _describe(policy, terms)
    _insert(policy)
    revise(ctx, policy, terms, terms.effective_on)
    _plan_dates(policy)
    audit.record(
        ctx,
        events.ISSUED,
        policy.pk,
        policy_id=policy.pk,
        number=number,
        product=main.product,
        effective_on=policy.effective_on,
        sum_assured=policy.sum_assured,
        premium=policy.premium,
        currency=policy.currency,
    )
    return policy


def _products_of(terms: Terms) -> dict[str, ProductTerms]:
    """The product terms of each coverage, by its code."""
    versions = {each.code: products.version(each.product, each.version) for each in terms.coverages}
    return {code: products.terms_of(version.pk) for code, version in versions.items()}


def _insert(policy: Policy) -> None:
    try:
        with transaction.atomic():
            policy.save(force_insert=True)
    except IntegrityError as error:
        if Policy.objects.filter(number=policy.number).exists():
            raise Conflict(Refusal("policy_number_taken", {"number": policy.number})) from error
        raise


def _plan_dates(policy: Policy) -> None:
    if policy.status == S.PENDING_EFFECT:
        operations.schedule(EFFECT, [(policy.effective_on, policy.pk, policy.pk)])
    if policy.ends_on:
        operations.schedule(EXPIRE, [(policy.ends_on, policy.pk, policy.pk)])


@transaction.atomic
def revise(ctx: Context, policy: Policy, terms: Terms, effective_on: date) -> PolicyVersion:
    """Write the Terms that hold from ``effective_on`` as a new version, and both projections from that day (P18).

    A replay calls it once for each stretch of its new timeline, in order of time: of the versions effective on or
    before a day, the latest written tells the Terms of that day. The policy is locked; the caller records the event.
    """
    policy.revision += 1
    _describe(policy, terms)
    policy.save()
    projections.rebuild(policy, terms, effective_on)
    return PolicyVersion.objects.create(
        policy=policy, number=policy.revision, effective_on=effective_on, terms=to_json(terms)
    )


def _describe(policy: Policy, terms: Terms) -> None:
    """What the policy's own columns repeat of its Terms, for lists, filters and the night."""
    policy.holder_id = terms.holder
    policy.effective_on = terms.effective_on
    policy.ends_on = terms.main.ends_on
    policy.premium_ends_on = terms.main.premium_ends_on
    policy.currency = terms.currency
    policy.frequency = terms.frequency
    policy.premium = terms.premium
    policy.sum_assured = terms.sum_assured


def lock(policy_id: int) -> Policy:
    """Lock one policy until the transaction ends and read it afresh. Refuses ``busy`` if another holds it on."""
    try:
        return Policy.objects.select_for_update(no_key=True).get(pk=policy_id)
    except Policy.DoesNotExist:
        raise NotFound(Refusal("not_found")) from None
    except OperationalError as error:
        raise _busy(error) from error


def lock_all(policy_ids: Iterable[int]) -> list[int]:
    """Lock these policies in order of their ids, waiting for each. Refuses ``busy`` like ``lock``."""
    try:
        return list(_locked(policy_ids, skip=False))
    except OperationalError as error:
        raise _busy(error) from error


def lock_free(policy_ids: Iterable[int]) -> frozenset[int]:
    """Lock those of the policies that nobody else holds, and say which: the night does not wait for anyone."""
    return frozenset(_locked(policy_ids, skip=True))


def _locked(policy_ids: Iterable[int], *, skip: bool) -> Iterable[int]:
    rows = Policy.objects.select_for_update(no_key=True, skip_locked=skip)
    return rows.filter(pk__in=set(policy_ids)).order_by("pk").values_list("pk", flat=True)


def _busy(error: OperationalError) -> Exception:
    return Conflict(Refusal("busy")) if sqlstate(error) == LOCK_NOT_AVAILABLE else error


@transaction.atomic
def take_effect(ctx: Context, policy_ids: Iterable[int]) -> list[int]:
    """生效 policy:P02: those whose day has come and whose first premium is there."""
    ready = Policy.objects.filter(pk__in=set(policy_ids), effective_on__lte=ctx.business_date)
    ids = ready.exclude(premium_status=M.FIRST_DUE).values_list("pk", flat=True)
    return _moved(ctx, events.TOOK_EFFECT, move(Policy, ids, S.IN_FORCE, origin=S.PENDING_EFFECT))


@transaction.atomic
def enter_grace(ctx: Context, policy_ids: Iterable[int]) -> list[int]:
    """进入宽限期 policy:P05."""
    ids = move(Policy, _in_force(policy_ids), M.GRACE, field="premium_status", origin=M.PAYING)
    return _moved(ctx, events.GRACE_STARTED, ids)


@transaction.atomic
def resume_paying(ctx: Context, policy_ids: Iterable[int]) -> list[int]:
    """补缴 policy:P06: nothing due is unpaid any more."""
    ids = move(Policy, _in_force(policy_ids), M.PAYING, field="premium_status", origin=M.GRACE)
    return _moved(ctx, events.PAYMENT_RESUMED, ids)


@transaction.atomic
def suspend(
    ctx: Context,
    since: Mapping[int, date],
    *,
    cause: SuspensionCause = SuspensionCause.NON_PAYMENT,
    grounds: Mapping[int, Mapping[str, Any]] | None = None,
) -> list[int]:
    """中止 policy:P09: cover ceases at 00:00 of the day given for each policy, and premium is overdue (decision 22).

    Only policies in grace are suspended for non-payment. ``grounds`` are the facts each was decided by, for its event.
    """
    in_grace = Policy.objects.filter(pk__in=set(since), status=S.IN_FORCE, premium_status=M.GRACE)
    unpaid = list(in_grace.values_list("pk", flat=True))
    dates = {"suspended_on": [since[i] for i in unpaid]}
    ids = move(Policy, unpaid, S.SUSPENDED, each=dates, premium_status=M.OVERDUE)
    known = grounds or {}
    facts = [Fact(i, i, {**known.get(i, {}), "suspended_on": since[i], "cause": cause}) for i in ids]
    audit.record_many(ctx, events.SUSPENDED, facts)
    return ids


@transaction.atomic
def undo_suspension(ctx: Context, policy_ids: Iterable[int], *, reason: str) -> list[int]:
    """撤销中止: the premium had been paid inside grace; it is in force and in grace again. Needs a reason."""
    ids = move(Policy, policy_ids, S.IN_FORCE, origin=S.SUSPENDED, suspended_on=None)
    move(Policy, ids, M.GRACE, field="premium_status", origin=M.OVERDUE)
    return _moved(ctx, events.SUSPENSION_UNDONE, ids, reason=stated(reason))


@transaction.atomic
def terminate(ctx: Context, ends: Mapping[int, date], *, code: TerminationCode, reason: str = "") -> list[int]:
    """终止 policy:P04, P11–P15, P23: each policy ends on its date; open instalments are cancelled by billing."""
    ids = move(Policy, ends, S.TERMINATED, each={"terminated_on": list(ends.values())}, termination_code=code)
    operations.unschedule(EXPIRE, ids)
    facts = [Fact(i, i, {"terminated_on": ends[i], "code": code}, reason) for i in ids]
    audit.record_many(ctx, events.TERMINATED, facts)
    return ids


@transaction.atomic
def undo_termination(ctx: Context, policy_ids: Iterable[int], *, reason: str) -> list[int]:
    """撤销终止 policy:P25: a surrender was undone; the policy is in force again, or suspended if it was.

    Only a policy that ended by surrender can be revived. It will end with its term again, and billing starts its
    schedule again. Needs a reason.
    """
    undone = {"origin": S.TERMINATED, "terminated_on": None, "termination_code": ""}
    ended = Policy.objects.filter(
        pk__in=set(policy_ids), status=S.TERMINATED, termination_code=TerminationCode.SURRENDER
    )
    suspended = set(ended.exclude(suspended_on=None).values_list("pk", flat=True))
    in_force = move(Policy, set(ended.values_list("pk", flat=True)) - suspended, S.IN_FORCE, **undone)
    ids = sorted([*in_force, *move(Policy, suspended, S.SUSPENDED, **undone)])
    terms = Policy.objects.filter(pk__in=ids).values_list("ends_on", "pk")
    operations.schedule(EXPIRE, [(ends_on, pk, pk) for ends_on, pk in terms if ends_on])
    return _moved(ctx, events.TERMINATION_UNDONE, ids, reason=stated(reason))


@transaction.atomic
def void(ctx: Context, policy_ids: Iterable[int], *, reason: str) -> list[int]:
    """撤单/无效 policy:P03, P16: as if it had never been. Needs a reason."""
    ids = move(Policy, policy_ids, S.VOID)
    operations.unschedule(EFFECT, ids)
    operations.unschedule(EXPIRE, ids)
    return _moved(ctx, events.VOIDED, ids, reason=stated(reason))


@transaction.atomic
def pay_up(ctx: Context, policy_ids: Iterable[int]) -> list[int]:
    """交费期满 policy:P20: the last instalment is paid."""
    return _moved(ctx, events.PAID_UP, move(Policy, policy_ids, M.PAID_UP, field="premium_status"))


@transaction.atomic
def reopen_premium(ctx: Context, policy_ids: Iterable[int]) -> list[int]:
    """续期回退 policy:P25: a payment of a paid-up policy bounced, premium is owed again."""
    ids = move(Policy, policy_ids, M.PAYING, field="premium_status", origin=M.PAID_UP)
    return _moved(ctx, events.PREMIUM_REOPENED, ids)


def set_paid_to(paid_to: Mapping[int, date]) -> None:
    """交至日: note how far premium is paid; the payment itself is the event."""
    assign(Policy, "paid_to", paid_to)


@transaction.atomic
def place_hold(ctx: Context, *, policy_id: int, kind: HoldKind, reason: str) -> Hold:
    """冻结: block change, payment or lapse for a time. Needs a reason; refuses a second open hold of the kind."""
    lock(policy_id)
    if Hold.objects.filter(policy=policy_id, kind=kind, released_on=None).exists():
        raise Conflict(Refusal("hold_already_placed", {"kind": HoldKind(kind).label}))
    hold = Hold.objects.create(
        policy_id=policy_id, kind=kind, reason=stated(reason), placed_on=ctx.business_date, placed_by=ctx.actor
    )
    _record_hold(ctx, events.HOLD_PLACED, hold, reason)
    return hold


@transaction.atomic
def release_hold(ctx: Context, *, policy_id: int, kind: HoldKind, reason: str) -> Hold:
    """解冻: end the open hold of this kind. Needs a reason; refuses when there is none."""
    lock(policy_id)
    hold = Hold.objects.filter(policy=policy_id, kind=kind, released_on=None).first()
    if hold is None:
        raise refuse("hold_not_found", kind=HoldKind(kind).label)
    hold.released_on, hold.released_by = ctx.business_date, ctx.actor
    hold.save(update_fields=["released_on", "released_by"])
    _record_hold(ctx, events.HOLD_RELEASED, hold, stated(reason))
    return hold


def _record_hold(ctx: Context, event: EventType, hold: Hold, reason: str) -> None:
    audit.record(ctx, event, hold.policy_id, policy_id=hold.policy_id, reason=reason, kind=hold.kind)


def _in_force(policy_ids: Iterable[int]) -> list[int]:
    return list(Policy.objects.filter(pk__in=set(policy_ids), status=S.IN_FORCE).values_list("pk", flat=True))


STORY = "SELECT id AS subject_id, id AS policy_id, '{}'::jsonb AS payload, %s AS reason FROM unnest(%s::bigint[]) AS id"


def _moved(ctx: Context, event: EventType, ids: list[int], reason: str = "") -> list[int]:
    if ids:
        audit.record_rows(ctx, event, Statement(STORY, [reason, ids]))
    return ids
