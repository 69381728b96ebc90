"""The life of an instalment until money comes: planned, billed, in grace, overdue or cancelled."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache

from django.db import transaction
from django.db.models import Max, Q

from apps.billing import events, selectors
from apps.billing.models import UNPAID, Instalment
from apps.billing.recording import charge, plan_bills, plan_dunning, plan_lapses, stop_dunning, tell, write_back
from apps.billing.rows import Row, insert, locked, of_locked
from apps.billing.rules import Due, following, grace_ends_on, period_end
from apps.billing.states import InstalmentStatus as S
from apps.core.bulk import assign, move
from apps.core.context import Context
from apps.deadlines.selectors import work_calendar
from apps.operations import services as operations
from apps.operations.agenda import BILL
from apps.policies import selectors as policy_facts
from apps.policies import services as policies
from apps.policies.selectors import PremiumFacts
from apps.products import selectors as products

from .demand import demand
from .settlement import settle_locked


@transaction.atomic
def start_schedule(ctx: Context, policy_ids: Iterable[int]) -> list[int]:
    """Make sure that every policy in force that pays premium has its next instalment planned and on the agenda.

    Nothing is planned before what is paid, nor before the cut-over of an imported policy. Returns the new instalments.
    """
    ids = policies.lock_all(policy_ids)
    facts = {about.id: about for about in policy_facts.premium_facts(ids).values() if selectors.pays(about)}
    planned = of_locked(Q(policy__in=facts, status=S.PLANNED))
    plan_bills(planned, facts)
    has_one = {each.policy_id for each in planned}
    return _plan(ctx, {key: about for key, about in facts.items() if key not in has_one})


def _plan(ctx: Context, facts: Mapping[int, PremiumFacts]) -> list[int]:
    """Plan the next instalment of each policy, until its premiums end."""
    last, last_day = _last(facts), _grace()
    dues = ((about, _next(about, last[about.id])) for about in facts.values())
    rows = insert(_planned(about, due, last_day(about.product_version_id, due.due_on)) for about, due in dues if due)
    tell(ctx, events.PLANNED, [each.pk for each in rows])
    plan_bills(rows, facts)
    return [each.pk for each in rows]


def _next(about: PremiumFacts, last: dict) -> Due | None:
    return following(selectors.schedule_of(about), paid_to=about.paid_to, cutover_on=about.cutover_on, **last)


def _last(policy_ids: Iterable[int]) -> dict[int, dict]:
    """The last instalment of each policy; a cancelled one keeps its number, but its date may come again."""
    ids = list(policy_ids)
    found = (
        Instalment.objects.filter(policy__in=ids)
        .values_list("policy")
        .annotate(number=Max("number"), due_on=Max("due_on", filter=~Q(status=S.CANCELLED)))
    )
    last = {policy_id: {"last_number": number, "last_due": due_on} for policy_id, number, due_on in found}
    return {policy_id: last.get(policy_id, {}) for policy_id in ids}


def _grace() -> Callable[[int, date], date]:
    """The last day of grace by product version and due date, of which a chunk has few."""
    calendar = work_calendar()

    @cache
    def last_day(version_id: int, due_on: date) -> date:
        terms = products.terms_of(version_id)
        return grace_ends_on(due_on, terms.grace_days, terms.grace_rolls, calendar)

    return last_day


def _planned(about: PremiumFacts, due: Due, last_day: date) -> Row:
    until = period_end(selectors.schedule_of(about), due.due_on)
    return Row(0, about.id, due.number, S.PLANNED, due.due_on, until, last_day, about.premium, about.currency)


@transaction.atomic
def bill(ctx: Context, instalment_ids: Iterable[int]) -> list[int]:
    """应收 PLANNED → BILLED: the premium becomes receivable, dunning is put on the agenda and the next one is planned.

    Only policies in force that pay premium are billed, and at most twice on one day (promise P25); the others stay
    planned. Money waiting in suspense is used at once. What is billed only after it fell due, as when a hold is
    released, has 30 days from today (B-01).
    """
    planned = locked(Q(pk__in=set(instalment_ids), status=S.PLANNED))
    facts = policy_facts.premium_facts({each.policy_id for each in planned})
    billable = selectors.billable(facts.values(), ctx.business_date)
    billed = demand(ctx, [each for each in planned if each.policy_id in billable], facts)
    ids = move(Instalment, [each.pk for each in billed], S.BILLED, origin=S.PLANNED, billed_on=ctx.business_date)
    charge(ctx, ids)
    tell(ctx, events.BILLED, ids)
    plan_dunning(ctx, billed, facts)
    _plan(ctx, {each.policy_id: facts[each.policy_id] for each in billed})
    settle_locked(ctx, billable)
    return ids


@transaction.atomic
def enter_grace(ctx: Context, instalment_ids: Iterable[int]) -> list[int]:
    """进入宽限期 policy:P05: unpaid the day after it fell due."""
    unpaid = locked(Q(pk__in=set(instalment_ids), status__in=[S.BILLED, S.REVERSED], due_on__lt=ctx.business_date))
    ids = move(Instalment, [each.pk for each in unpaid], S.IN_GRACE)
    tell(ctx, events.GRACE_STARTED, ids)
    return ids


@transaction.atomic
def extend_grace(ctx: Context, year: int) -> list[int]:
    """宽限期顺延 (T-03, T-04): a year is announced, and grace that ends on one of its days off moves to a working day.

    Grace is never shortened: a customer may rely on what he was told. Returns the instalments that moved.
    """
    calendar = work_calendar()
    days_off = [day for day in calendar.years[year].holidays if not calendar.is_working_day(day)]
    ending = locked(Q(grace_ends_on__in=days_off, status__in=[S.PLANNED, *UNPAID]))
    facts = policy_facts.premium_facts({each.policy_id for each in ending})
    moved = [
        each._replace(grace_ends_on=calendar.roll(each.grace_ends_on).day)
        for each in ending
        if products.terms_of(facts[each.policy_id].product_version_id).grace_rolls
    ]
    ends = {each.pk: each.grace_ends_on for each in moved}
    assign(Instalment, "grace_ends_on", ends)
    tell(ctx, events.GRACE_EXTENDED, ends)
    plan_lapses(each for each in moved if each.status in UNPAID)
    return list(ends)


@transaction.atomic
def fall_overdue(ctx: Context, instalment_ids: Iterable[int]) -> list[int]:
    """逾期 policy:P09: cover is suspended; all that these policies have not paid is written back and not asked for.

    The instalments given stand for their policies: what is in grace or billed beside them falls overdue too.
    """
    lapsing = Instalment.objects.filter(pk__in=set(instalment_ids), status__in=UNPAID)
    unpaid = locked(Q(policy__in=lapsing.values("policy"), status__in=UNPAID))
    ids = move(Instalment, [each.pk for each in unpaid], S.OVERDUE)
    write_back(ctx, ids)
    tell(ctx, events.FELL_OVERDUE, ids)
    stop_dunning(ids)
    return ids


@transaction.atomic
def cancel_open(ctx: Context, policy_ids: Iterable[int]) -> list[int]:
    """撤销 policy:P14: these policies have ended; what is planned or unpaid is not asked for any more."""
    return cancel(ctx, locked(Q(policy__in=set(policy_ids), status__in=[S.PLANNED, S.OVERDUE, *UNPAID])))


def cancel(ctx: Context, open_ones: Sequence[Row]) -> list[int]:
    """撤销: what is receivable of these locked instalments is written back, and nothing of it is asked for any more."""
    ids = move(Instalment, [each.pk for each in open_ones], S.CANCELLED)
    write_back(ctx, [each.pk for each in open_ones if each.status in UNPAID])
    tell(ctx, events.CANCELLED, ids)
    operations.unschedule(BILL, ids)
    stop_dunning(ids)
    return ids
