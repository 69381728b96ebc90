"""The same night by ``bulk_create`` and ``bulk_update``: 1,000 things due at a time, a transaction for each chunk."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max, Model

from apps.audit.events import EventType
from apps.audit.models import Delivery, Event
from apps.audit.outbox import SUBSCRIBERS
from apps.audit.services import INLINE, Fact, Recorded
from apps.audit.states import DeliveryStatus
from apps.billing import events as billing
from apps.billing.models import Instalment, Posting, Receipt
from apps.billing.states import Account, PostingKind, ReceiptStatus
from apps.core.context import Context
from apps.core.json import dumps
from apps.operations import selectors
from apps.operations.agenda import BILL, EFFECT, GRACE, LAPSE, REMIND
from apps.operations.models import Agenda
from apps.parties.models import Consent
from apps.parties.states import ConsentPurpose
from apps.policies import events as policies
from apps.policies.models import Hold, Policy
from apps.policies.selectors import BLOCKING_LAPSE
from apps.renewals import events as renewals
from apps.renewals import rules as renewal_rules
from apps.renewals.models import Reminder
from benchmarks.jobs import rows
from benchmarks.meter import Meter

CHUNK = 1000


def run(meter: Meter) -> None:
    ctx = selectors.job_context("benchmark")
    with meter:
        for kind, act in ACTS.items():
            entries = list(rows.due(kind, ctx.business_date))
            for start in range(0, len(entries), CHUNK):
                with transaction.atomic():
                    act(ctx, entries[start : start + CHUNK])


def effect(ctx: Context, entries: Sequence[Agenda]) -> None:
    moved = _policies(entries)
    for policy in moved.values():
        policy.take_effect()
    Policy.objects.bulk_update(moved.values(), ["status"], batch_size=CHUNK)
    _record(ctx, policies.TOOK_EFFECT, [Fact(policy.pk, policy.pk) for policy in moved.values()])
    _delete(entries)


def bill(ctx: Context, entries: Sequence[Agenda]) -> None:
    owners, billed = _policies(entries), _instalments(entries)
    told = _facts(billed.values())
    for each in billed.values():
        each.bill(ctx.business_date)
    Instalment.objects.bulk_update(billed.values(), ["status", "billed_on"], batch_size=CHUNK)
    _post(ctx, PostingKind.BILL, Account.RECEIVABLE, Account.PREMIUM, billed.values())
    _record(ctx, billing.BILLED, told)
    agenda = [row for each in billed.values() for row in rows.dunning_entries(ctx, owners[each.policy_id], each)]
    last = Instalment.objects.filter(policy__in=owners).values_list("policy")
    last = last.annotate(number=Max("number"), due_on=Max("due_on"))
    planned = [rows.next_instalment(owners[key], number, due_on) for key, number, due_on in last]
    Instalment.objects.bulk_create(planned, batch_size=CHUNK)
    _record(ctx, billing.PLANNED, _facts(planned))
    agenda += [rows.billing_entry(owners[each.policy_id], each) for each in planned]
    Agenda.objects.bulk_create(agenda, batch_size=CHUNK)
    _delete(entries)


def grace(ctx: Context, entries: Sequence[Agenda]) -> None:
    owners, late = _policies(entries), _instalments(entries)
    told = _facts(late.values())
    for each in late.values():
        each.enter_grace()
    Instalment.objects.bulk_update(late.values(), ["status"], batch_size=CHUNK)
    _record(ctx, billing.GRACE_STARTED, told)
    for policy in owners.values():
        policy.enter_grace()
    Policy.objects.bulk_update(owners.values(), ["premium_status"], batch_size=CHUNK)
    _record(ctx, policies.GRACE_STARTED, [Fact(policy.pk, policy.pk) for policy in owners.values()])
    _delete(entries)


def lapse(ctx: Context, entries: Sequence[Agenda]) -> None:
    owners, late = _policies(entries), _instalments(entries)
    waiting = Receipt.objects.filter(policy__in=owners, status=ReceiptStatus.KEYED)
    held = Hold.objects.filter(policy__in=owners, kind__in=BLOCKING_LAPSE, released_on=None)
    in_flight, blocked = (set(query.values_list("policy", flat=True)) for query in (waiting, held))
    told, grounds = _facts(late.values()), []
    for each in late.values():
        policy = owners[each.policy_id]
        facts = rows.lapse_facts(policy, each, in_flight=policy.pk in in_flight, held=policy.pk in blocked)
        decision = renewal_rules.lapse_decision(facts, ctx.business_date)
        each.fall_overdue()
        policy.suspend(decision.suspended_on)
        policy.fall_overdue()
        grounds.append(Fact(policy.pk, policy.pk, rows.suspension_story(each, decision.suspended_on)))
    Instalment.objects.bulk_update(late.values(), ["status"], batch_size=CHUNK)
    _post(ctx, PostingKind.WRITE_BACK, Account.PREMIUM, Account.RECEIVABLE, late.values())
    _record(ctx, billing.FELL_OVERDUE, told)
    Policy.objects.bulk_update(owners.values(), ["status", "premium_status", "suspended_on"], batch_size=CHUNK)
    _record(ctx, policies.SUSPENDED, grounds)
    Agenda.objects.filter(kind__in=(GRACE, LAPSE, REMIND), subject_id__in=late).delete()


def remind(ctx: Context, entries: Sequence[Agenda]) -> None:
    keys = [entry.subject_id for entry in entries]
    known = Instalment.objects.select_related("policy").in_bulk(keys)
    holders = {each.policy.holder_id for each in known.values()}
    consents = Consent.objects.filter(party__in=holders, purpose=ConsentPurpose.REMINDERS)
    assert all(consent.given for consent in consents)
    planned, moved, done = [], [], []
    for entry in entries:
        instalment = known[entry.subject_id]
        plan = rows.planning(ctx, entry, instalment.policy, instalment)
        if plan.current:
            planned.append((rows.reminder(ctx, instalment, plan.current), plan.current))
        if plan.next_on:
            entry.due_on = plan.next_on
        (moved if plan.next_on else done).append(entry)
    Reminder.objects.bulk_create([reminder for reminder, _ in planned], batch_size=CHUNK)
    _record(
        ctx,
        renewals.PLANNED,
        [
            Fact(each.pk, each.policy_id, rows.reminder_story(known[each.instalment_id], stage))
            for each, stage in planned
        ],
    )
    Agenda.objects.bulk_update(moved, ["due_on"], batch_size=CHUNK)
    _delete(done)


def _record(ctx: Context, event: EventType, facts: Sequence[Fact]) -> None:
    """Events, their deliveries and the reactions to them."""
    events = Event.objects.bulk_create(
        [
            Event(
                name=event.name,
                subject_type=event.subject,
                subject_id=fact.subject_id,
                policy_id=fact.policy_id,
                business_date=ctx.business_date,
                actor=ctx.actor,
                request_id=ctx.request_id,
                payload=json.loads(dumps(dict(fact.payload))),
            )
            for fact in facts
        ],
        batch_size=CHUNK,
    )
    for subscriber in SUBSCRIBERS.values():
        if event.name in subscriber.events:
            waiting = [
                Delivery(event=each, subscriber=subscriber.name, status=DeliveryStatus.PENDING) for each in events
            ]
            Delivery.objects.bulk_create(waiting, batch_size=CHUNK)
    for handler in INLINE.get(event.name, ()):
        told = [(fact.subject_id, fact.policy_id, dumps(fact.payload)) for fact in facts]
        handler(Recorded(ctx, event, [each.pk for each in events], *zip(*told, strict=True)))


def _facts(instalments: Iterable[Instalment]) -> list[Fact]:
    return [Fact(each.pk, each.policy_id, rows.story(each)) for each in instalments]


def _post(ctx: Context, kind: PostingKind, debit: Account, credit: Account, instalments: Iterable[Instalment]) -> None:
    legs = [leg for each in instalments for leg in rows.legs(ctx, kind, debit, credit, each)]
    Posting.objects.bulk_create(legs, batch_size=CHUNK)


def _policies(entries: Sequence[Agenda]) -> dict[int, Policy]:
    return _locked(Policy, [entry.policy_id for entry in entries])


def _instalments(entries: Sequence[Agenda]) -> dict[int, Instalment]:
    return _locked(Instalment, [entry.subject_id for entry in entries])


def _locked(model: type[Model], keys: list[int]) -> dict[int, Any]:
    rows_ = model._default_manager.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    return {row.pk: row for row in rows_}


def _delete(entries: Iterable[Agenda]) -> None:
    Agenda.objects.filter(pk__in=[entry.pk for entry in entries]).delete()


ACTS: dict[str, Callable[[Context, Sequence[Agenda]], None]] = {
    EFFECT: effect,
    BILL: bill,
    GRACE: grace,
    LAPSE: lapse,
    REMIND: remind,
}
