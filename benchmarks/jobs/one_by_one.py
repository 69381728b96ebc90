"""The same night object by object: lock, ask, transition, ``save()``, ``record()``; a transaction for each."""

from collections.abc import Callable

from django.db import transaction

from apps.audit import services as audit
from apps.billing import events as billing
from apps.billing.models import Instalment, Posting, Receipt
from apps.billing.states import Account, PostingKind, ReceiptStatus
from apps.core.context import Context
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
from benchmarks.jobs import rows
from benchmarks.meter import Meter


def run(meter: Meter) -> None:
    ctx = selectors.job_context("benchmark")
    with meter:
        for kind, act in ACTS.items():
            for entry in rows.due(kind, ctx.business_date):
                with transaction.atomic():
                    act(ctx, entry)


def effect(ctx: Context, entry: Agenda) -> None:
    policy = _policy(entry)
    policy.take_effect()
    policy.save()
    audit.record(ctx, policies.TOOK_EFFECT, policy.pk, policy_id=policy.pk)
    entry.delete()


def bill(ctx: Context, entry: Agenda) -> None:
    policy, instalment = _policy(entry), _instalment(entry)
    told = rows.story(instalment)
    instalment.bill(ctx.business_date)
    instalment.save()
    Posting.objects.bulk_create(rows.legs(ctx, PostingKind.BILL, Account.RECEIVABLE, Account.PREMIUM, instalment))
    audit.record(ctx, billing.BILLED, instalment.pk, policy_id=policy.pk, **told)
    for each in rows.dunning_entries(ctx, policy, instalment):
        each.save()
    last = Instalment.objects.filter(policy=policy).order_by("number").last()
    planned = rows.next_instalment(policy, last.number, last.due_on)
    planned.save()
    audit.record(ctx, billing.PLANNED, planned.pk, policy_id=policy.pk, **rows.story(planned))
    rows.billing_entry(policy, planned).save()
    entry.delete()


def grace(ctx: Context, entry: Agenda) -> None:
    policy, instalment = _policy(entry), _instalment(entry)
    told = rows.story(instalment)
    instalment.enter_grace()
    instalment.save()
    audit.record(ctx, billing.GRACE_STARTED, instalment.pk, policy_id=policy.pk, **told)
    policy.enter_grace()
    policy.save()
    audit.record(ctx, policies.GRACE_STARTED, policy.pk, policy_id=policy.pk)
    entry.delete()


def lapse(ctx: Context, entry: Agenda) -> None:
    policy, instalment = _policy(entry), _instalment(entry)
    facts = rows.lapse_facts(
        policy,
        instalment,
        in_flight=Receipt.objects.filter(policy=policy, status=ReceiptStatus.KEYED).exists(),
        held=Hold.objects.filter(policy=policy, kind__in=BLOCKING_LAPSE, released_on=None).exists(),
    )
    decision = renewal_rules.lapse_decision(facts, ctx.business_date)
    told = rows.story(instalment)
    instalment.fall_overdue()
    instalment.save()
    Posting.objects.bulk_create(rows.legs(ctx, PostingKind.WRITE_BACK, Account.PREMIUM, Account.RECEIVABLE, instalment))
    audit.record(ctx, billing.FELL_OVERDUE, instalment.pk, policy_id=policy.pk, **told)
    policy.suspend(decision.suspended_on)
    policy.fall_overdue()
    policy.save()
    grounds = rows.suspension_story(instalment, decision.suspended_on)
    audit.record(ctx, policies.SUSPENDED, policy.pk, policy_id=policy.pk, **grounds)
    Agenda.objects.filter(kind__in=(GRACE, LAPSE, REMIND), subject_id=instalment.pk).delete()


def remind(ctx: Context, entry: Agenda) -> None:
    instalment = Instalment.objects.select_related("policy").get(pk=entry.subject_id)
    policy = instalment.policy
    consent = Consent.objects.filter(party=policy.holder_id, purpose=ConsentPurpose.REMINDERS).order_by("pk").last()
    assert consent is None or consent.given
    plan = rows.planning(ctx, entry, policy, instalment)
    if plan.current:
        reminder = rows.reminder(ctx, instalment, plan.current)
        reminder.save()
        told = rows.reminder_story(instalment, plan.current)
        audit.record(ctx, renewals.PLANNED, reminder.pk, policy_id=policy.pk, **told)
    if plan.next_on:
        entry.due_on = plan.next_on
        entry.save()
    else:
        entry.delete()


def _policy(entry: Agenda) -> Policy:
    return Policy.objects.select_for_update(no_key=True).get(pk=entry.policy_id)


def _instalment(entry: Agenda) -> Instalment:
    return Instalment.objects.select_for_update(no_key=True).get(pk=entry.subject_id)


ACTS: dict[str, Callable[[Context, Agenda], None]] = {
    EFFECT: effect,
    BILL: bill,
    GRACE: grace,
    LAPSE: lapse,
    REMIND: remind,
}
