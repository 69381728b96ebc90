"""Unsaved rows of a night, as both ways through the ORM make them; decided by the product's own rules."""

import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from apps.billing.models import UNPAID, Instalment, Posting
from apps.billing.rules import Schedule, following, grace_ends_on
from apps.billing.states import Account, InstalmentStatus, PostingKind
from apps.core.context import Context
from apps.core.dates import Frequency
from apps.core.money import ZERO
from apps.operations.agenda import BILL, GRACE, LAPSE, REMIND
from apps.operations.models import Agenda
from apps.policies.models import Policy
from apps.policies.states import PolicyStatus, SuspensionCause
from apps.products import selectors as products
from apps.products.terms import ProductTerms
from apps.renewals import rules
from apps.renewals.models import Reminder
from apps.renewals.states import ReminderStatus

ONE_DAY = timedelta(days=1)


def terms(policy: Policy) -> ProductTerms:
    return products.terms_of(policy.product_version_id)


def legs(ctx: Context, kind: PostingKind, debit: Account, credit: Account, of: Instalment) -> list[Posting]:
    """The two legs of one transaction."""
    transaction = uuid.uuid4()
    return [
        Posting(
            transaction_id=transaction,
            kind=kind,
            account=account,
            policy_id=of.policy_id,
            instalment_id=of.pk,
            amount=sign * of.amount,
            currency=of.currency,
            business_date=ctx.business_date,
        )
        for account, sign in ((debit, 1), (credit, -1))
    ]


def next_instalment(policy: Policy, last_number: int, last_due: date) -> Instalment:
    """The one to plan after the last."""
    plan = Schedule(policy.effective_on, Frequency(policy.frequency), policy.premium_ends_on)
    due = following(
        plan, paid_to=policy.paid_to, cutover_on=policy.cutover_on, last_number=last_number, last_due=last_due
    )
    assert due, "the book's premiums last longer than the night"
    about = terms(policy)
    return Instalment(
        policy_id=policy.pk,
        number=due.number,
        due_on=due.due_on,
        grace_ends_on=grace_ends_on(due.due_on, about.grace_days, about.grace_rolls),
        amount=policy.premium,
        currency=policy.currency,
    )


def billing_entry(policy: Policy, planned: Instalment) -> Agenda:
    return _entry(BILL, planned.due_on - timedelta(days=terms(policy).bill_days_before), planned)


def dunning_entries(ctx: Context, policy: Policy, billed: Instalment) -> list[Agenda]:
    nights = (billed.due_on + timedelta(days=days - 1) for days in cadence(policy))
    first = min(night for night in nights if night >= ctx.business_date)
    return [
        _entry(GRACE, billed.due_on + ONE_DAY, billed),
        _entry(LAPSE, billed.grace_ends_on + ONE_DAY, billed),
        _entry(REMIND, first, billed),
    ]


def _entry(kind: str, due_on: date, instalment: Instalment) -> Agenda:
    return Agenda(kind=kind, due_on=due_on, policy_id=instalment.policy_id, subject_id=instalment.pk)


def story(instalment: Instalment) -> dict[str, Any]:
    """What the event of an act says: the instalment as it was before."""
    return {
        "number": instalment.number,
        "amount": instalment.amount,
        "currency": instalment.currency,
        "due_on": instalment.due_on,
        "grace_ends_on": instalment.grace_ends_on,
        "in_grace": instalment.status == InstalmentStatus.IN_GRACE,
    }


def cadence(policy: Policy) -> tuple[int, ...]:
    return terms(policy).reminder_days[Frequency(policy.frequency)]


def planning(ctx: Context, entry: Agenda, policy: Policy, instalment: Instalment) -> rules.Planning:
    stages = rules.stages(cadence(policy), instalment.due_on, instalment.grace_ends_on)
    return rules.planning(stages, since=entry.due_on, on=ctx.business_date)


def reminder(ctx: Context, instalment: Instalment, stage: rules.Stage) -> Reminder:
    return Reminder(
        instalment=instalment,
        policy_id=instalment.policy_id,
        stage=stage.days,
        stage_on=stage.on,
        expires_on=stage.useful_until,
        planned_on=ctx.business_date,
        status=ReminderStatus.PLANNED,
    )


def reminder_story(instalment: Instalment, stage: rules.Stage) -> dict[str, Any]:
    return {
        "instalment": instalment.pk,
        "number": instalment.number,
        "stage": stage.days,
        "stage_on": stage.on,
        "expires_on": stage.useful_until,
        "tone": rules.tone(stage.days, stage.on, instalment.grace_ends_on),
    }


def lapse_facts(policy: Policy, instalment: Instalment, *, in_flight: bool, held: bool) -> rules.LapseFacts:
    return rules.LapseFacts(
        unpaid=instalment.status in UNPAID,
        in_force=policy.status == PolicyStatus.IN_FORCE,
        grace_ends_on=instalment.grace_ends_on,
        receipt_in_flight=in_flight,
        blocking_hold=held,
        non_forfeiture=terms(policy).non_forfeiture.default,
    )


def suspension_story(instalment: Instalment, suspended_on: date) -> dict[str, Any]:
    return {
        "suspended_on": suspended_on,
        "cause": SuspensionCause.NON_PAYMENT,
        "instalment": instalment.pk,
        "number": instalment.number,
        "due_on": instalment.due_on,
        "grace_ends_on": instalment.grace_ends_on,
        "amount": instalment.amount,
        "currency": instalment.currency,
        "in_suspense": ZERO,
        "reminders_sent": [],
    }


def due(kind: str, on: date) -> Iterable[Agenda]:
    """What is on the agenda, in its order."""
    return Agenda.objects.filter(kind=kind, due_on__lte=on).order_by("due_on", "policy_id", "subject_id")
