"""Grace begins, unpaid premium suspends cover, reminders are planned. Each takes a chunk of agenda entries.

Policies somebody else holds are left alone; what decides is read again under the locks (policy, then instalment), so
that a payment that commits while the night is at work is never overlooked.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from django.db import transaction

from apps.audit import services as audit
from apps.audit.events import EventType
from apps.billing import selectors as billing_facts
from apps.billing import services as billing
from apps.billing.models import Instalment
from apps.core.bulk import Statement
from apps.core.context import Context
from apps.core.money import ZERO
from apps.operations.agenda import Entry, Outcome
from apps.policies import services as policies

from . import events, rules, selectors
from .selectors import Premium
from .states import SkipReason

ONE_DAY = timedelta(days=1)


@transaction.atomic
def start_grace(ctx: Context, entries: Sequence[Entry]) -> Outcome:
    """进入宽限期 policy:P05: what is unpaid the day after it fell due is in grace, and its policy with it (B-03)."""
    mine, locked = _take(entries)
    _enter_grace(ctx, [entry.subject_id for entry in mine])
    return Outcome(done=[entry.id for entry in mine], locked=locked)


def _enter_grace(ctx: Context, instalment_ids: Iterable[int]) -> None:
    moved = billing.enter_grace(ctx, instalment_ids)
    policies.enter_grace(ctx, {premium.policy_id for premium in selectors.premiums(moved).values()})


@transaction.atomic
def lapse(ctx: Context, entries: Sequence[Entry]) -> Outcome:
    """失效 policy:P09: what is unpaid when its grace is over suspends its policy, unless the rule says wait (B-01).

    A wait is asked again tomorrow; grace that was prolonged meanwhile, on the day after its new end.
    """
    mine, locked = _take(entries)
    known = _locked_premiums(entry.subject_id for entry in mine)
    facts = selectors.lapse_facts(known)
    decisions = {key: rules.lapse_decision(about, ctx.business_date) for key, about in facts.items()}
    _carry_out(ctx, known, decisions)
    moved = {}
    for entry in mine:
        if next_on := _next_question(ctx, decisions[entry.subject_id], facts[entry.subject_id]):
            moved[entry.id] = next_on
    return Outcome(done=[entry.id for entry in mine if entry.id not in moved], moved=moved, locked=locked)


def _next_question(ctx: Context, decision: rules.LapseDecision, facts: rules.LapseFacts) -> date | None:
    match decision:
        case rules.Wait():
            return ctx.business_date + ONE_DAY
        case rules.NotDue() if facts.unpaid:
            return facts.grace_ends_on + ONE_DAY
        case _:
            return None


def _carry_out(ctx: Context, known: Mapping[int, Premium], decisions: Mapping[int, rules.LapseDecision]) -> None:
    suspended = {known[key]: said.suspended_on for key, said in decisions.items() if isinstance(said, rules.Suspend)}
    overdue = [key for key, said in decisions.items() if isinstance(said, rules.Suspend | rules.FallOverdue)]
    oldest = {premium.policy_id: premium for premium in sorted(suspended, key=lambda each: each.due_on, reverse=True)}
    grounds = _grounds(oldest)
    _enter_grace(ctx, overdue)
    billing.fall_overdue(ctx, overdue)
    since = {policy_id: suspended[premium] for policy_id, premium in oldest.items()}
    policies.suspend(ctx, since, grounds=grounds)


def _grounds(oldest: Mapping[int, Premium]) -> dict[int, dict[str, Any]]:
    """中止依据: by which facts each policy is suspended, kept in the event as they were known."""
    money = billing_facts.money_left(oldest)
    sent = selectors.stages_sent(premium.instalment_id for premium in oldest.values())
    return {
        policy_id: {
            "instalment": premium.instalment_id,
            "number": premium.number,
            "due_on": premium.due_on,
            "grace_ends_on": premium.grace_ends_on,
            "amount": premium.amount,
            "currency": premium.currency,
            "in_suspense": sum((part.amount for part in money.get(policy_id, ())), ZERO),
            "reminders_sent": sent.get(premium.instalment_id, []),
        }
        for policy_id, premium in oldest.items()
    }


def _take(entries: Sequence[Entry]) -> tuple[list[Entry], list[int]]:
    """Lock the policies nobody else holds: the entries that are ours, and the ids of the others."""
    free = policies.lock_free(entry.policy_id for entry in entries)
    return [e for e in entries if e.policy_id in free], [e.id for e in entries if e.policy_id not in free]


def _locked_premiums(instalment_ids: Iterable[int]) -> dict[int, Premium]:
    """Lock, and only then read: a statement that waits for a lock reads around it as of its own beginning."""
    rows = Instalment.objects.select_for_update(no_key=True).filter(pk__in=set(instalment_ids))
    return selectors.premiums(list(rows.order_by("policy_id", "pk").values_list("pk", flat=True)))


@dataclass(frozen=True, slots=True)
class _Row:
    """A reminder to be written."""

    premium: Premium
    stage: rules.Stage
    reason: SkipReason | None


@transaction.atomic
def plan_reminders(ctx: Context, entries: Sequence[Entry]) -> Outcome:
    """提醒计划: tomorrow's stage of each premium is planned, or skipped with its reason (P04, P05, P06).

    What is paid leaves the agenda; the others come back the night before their next stage.
    """
    known = selectors.premiums(entry.subject_id for entry in entries)
    reasons = selectors.why_not_remind(known)
    planning = _planning(ctx)
    rows: list[_Row] = []
    moved = {}
    for entry in entries:
        premium, reason = known[entry.subject_id], reasons[entry.subject_id]
        plan = planning(premium.cadence, premium.due_on, premium.grace_ends_on, entry.due_on)
        rows += (_Row(premium, stage, reason or SkipReason.SUPERSEDED) for stage in plan.superseded)
        if plan.current:
            rows.append(_Row(premium, plan.current, reason))
        if plan.next_on and premium.unpaid:
            moved[entry.id] = plan.next_on
    _write(ctx, events.PLANNED, [row for row in rows if not row.reason])
    _write(ctx, events.SKIPPED, [row for row in rows if row.reason])
    return Outcome(done=[entry.id for entry in entries if entry.id not in moved], moved=moved)


def _planning(ctx: Context) -> Callable[[Sequence[int], date, date, date], rules.Planning]:
    """The rule's answer by cadence, dates and the night last looked at, of which a chunk has few."""

    @cache
    def plan(cadence: Sequence[int], due_on: date, grace_ends_on: date, since: date) -> rules.Planning:
        return rules.planning(rules.stages(cadence, due_on, grace_ends_on), since=since, on=ctx.business_date)

    return plan


def _write(ctx: Context, event: EventType, rows: Sequence[_Row]) -> None:
    """Insert what is not there yet, and record an event for each row that is new (P04)."""
    if not rows:
        return
    due = [
        [row.premium.instalment_id for row in rows],
        [row.premium.policy_id for row in rows],
        [row.premium.number for row in rows],
        [row.stage.days for row in rows],
        [row.stage.on for row in rows],
        [row.stage.useful_until for row in rows],
        [rules.tone(row.stage.days, row.stage.on, row.premium.grace_ends_on) for row in rows],
        [row.reason or "" for row in rows],
    ]
    audit.record_rows(ctx, event, Statement(STORY, [*due, ctx.business_date], given=NEW))


NEW = """
    due AS (
        SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::smallint[], %s::date[], %s::date[],
                             %s::text[], %s::text[])
        AS due (instalment_id, policy_id, number, stage, stage_on, expires_on, tone, skipped)
    ),
    new AS (
        INSERT INTO renewals_reminder (planned_on, instalment_id, policy_id, stage, stage_on, expires_on,
                                       status, reason)
        SELECT %s, instalment_id, policy_id, stage, stage_on, expires_on,
               CASE skipped WHEN '' THEN 'planned' ELSE 'skipped' END, skipped
        FROM due ON CONFLICT (instalment_id, stage) DO NOTHING
        RETURNING id, instalment_id, stage
    )
"""
STORY = """
    SELECT new.id AS subject_id, due.policy_id, '' AS reason, jsonb_strip_nulls(jsonb_build_object(
        'instalment', due.instalment_id, 'number', due.number, 'stage', due.stage, 'stage_on', due.stage_on,
        'expires_on', due.expires_on, 'tone', due.tone, 'skipped', nullif(due.skipped, ''))) AS payload
    FROM new JOIN due USING (instalment_id, stage) ORDER BY due.policy_id, new.id
"""
