"""What the acts of billing leave behind, for many rows at once: events, postings and agenda entries."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from apps.audit import services as audit
from apps.audit.events import EventType
from apps.audit.services import Fact
from apps.core.bulk import Statement
from apps.core.context import Context
from apps.core.dates import Frequency
from apps.core.errors import Conflict, Refusal
from apps.operations import services as operations
from apps.operations.agenda import BILL, GRACE, LAPSE, REMIND
from apps.operations.services import AgendaRow
from apps.policies.selectors import PremiumFacts
from apps.products import selectors as products
from apps.products.terms import ProductTerms

from . import selectors
from .models import Instalment, Receipt
from .posting import Legs, pair, post, post_whole
from .rows import Row
from .rules import billing_day, first_reminder, next_reminder
from .states import Account, PostingKind, ReceiptStatus

ONE_DAY = timedelta(days=1)
DUNNING = (GRACE, LAPSE, REMIND)
Premium = Instalment | Row


STORY = """
    SELECT id AS subject_id, policy_id, '' AS reason, jsonb_build_object(
        'number', number, 'amount', amount::text, 'currency', currency, 'due_on', due_on,
        'grace_ends_on', grace_ends_on, 'in_grace', status = 'IN_GRACE') AS payload
    FROM billing_instalment WHERE id = ANY(%s) ORDER BY policy_id, id
"""


def tell(ctx: Context, event: EventType, instalment_ids: Collection[int]) -> None:
    """Record one event about each instalment, with what stands in the database at this moment."""
    if instalment_ids:
        audit.record_rows(ctx, event, Statement(STORY, [list(instalment_ids)]))


def tell_of_receipts(ctx: Context, event: EventType, receipts: Iterable[Receipt], reason: str = "") -> None:
    """Record one event about each receipt."""
    audit.record_many(ctx, event, [Fact(each.pk, each.policy_id, _receipt(each), reason) for each in receipts])


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {
        "number": receipt.number,
        "amount": receipt.amount,
        "currency": receipt.currency,
        "channel": receipt.channel,
        "value_on": receipt.value_on,
    }


def enter(receipts: Collection[Receipt]) -> None:
    """Insert new receipts, all or none. Refuses ``receipt_known``, also if one was entered a moment ago (P22)."""
    try:
        with transaction.atomic():
            Receipt.objects.bulk_create(receipts)
    except IntegrityError as error:
        known = _known_of(receipts)
        if known is None:
            raise
        about = {"ref": known.channel_ref, "number": known.number, "on": known.keyed_on}
        raise Conflict(Refusal("receipt_known", about)) from error


def _known_of(receipts: Collection[Receipt]) -> Receipt | None:
    """One that stands already under the transaction number of any of these."""
    refs = {(each.channel, each.channel_ref) for each in receipts}
    same = Receipt.objects.filter(
        channel__in={channel for channel, _ in refs}, channel_ref__in={ref for _, ref in refs}
    ).exclude(status=ReceiptStatus.REJECTED)
    return next((each for each in same if (each.channel, each.channel_ref) in refs), None)


def take_in(ctx: Context, receipts: Iterable[Receipt]) -> None:
    """实收: the money is in the bank, and in suspense until it is used."""
    post(ctx, PostingKind.RECEIPT, (money(each, Account.BANK, Account.SUSPENSE) for each in receipts))


def money(receipt: Receipt, debit: Account, credit: Account) -> Legs:
    """The whole of a receipt, from one account to another."""
    about = {"policy_id": receipt.policy_id, "receipt_id": receipt.pk}
    return pair(debit, credit, receipt.amount, receipt.currency, **about)


def allocated(instalment: Premium, receipt_id: int, amount: Decimal, debit: Account, credit: Account) -> Legs:
    """A part of a receipt used for an instalment, or taken back from it."""
    about = {"policy_id": instalment.policy_id, "instalment_id": instalment.pk, "receipt_id": receipt_id}
    return pair(debit, credit, amount, instalment.currency, **about)


def charge(ctx: Context, instalment_ids: Collection[int]) -> None:
    """应收: the premium becomes receivable."""
    post_whole(ctx, PostingKind.BILL, Account.RECEIVABLE, Account.PREMIUM, instalment_ids)


def write_back(ctx: Context, instalment_ids: Collection[int]) -> None:
    """冲回应收: the premium is not receivable any more."""
    post_whole(ctx, PostingKind.WRITE_BACK, Account.PREMIUM, Account.RECEIVABLE, instalment_ids)


def plan_bills(instalments: Iterable[Premium], facts: Mapping[int, PremiumFacts]) -> None:
    """Put the billing of planned instalments on the agenda: so many days before they fall due as their product says.

    A change that is to take effect before then puts it off.
    """
    rows = list(instalments)
    changes = selectors.put_off(each.policy_id for each in rows)

    def day(each: Premium) -> date:
        days_before = _terms(facts[each.policy_id]).bill_days_before
        return billing_day(each.due_on, days_before, changes.get(each.policy_id, ()))

    operations.schedule(BILL, [(day(each), each.policy_id, each.pk) for each in rows])


def plan_dunning(
    ctx: Context, instalments: Iterable[Premium], facts: Mapping[int, PremiumFacts], *, again: bool = False
) -> None:
    """Put grace, lapse and reminders of unpaid instalments on the agenda (B-03); what is past already comes tonight.

    Premium owed ``again`` goes on with the reminder next to come: its earlier ones had their time.
    """
    unpaid, tonight = list(instalments), ctx.business_date
    operations.schedule(GRACE, [(max(each.due_on + ONE_DAY, tonight), each.policy_id, each.pk) for each in unpaid])
    plan_lapses(unpaid)
    operations.schedule(REMIND, _reminders(unpaid, facts, tonight if again else None))


def plan_lapses(unpaid: Iterable[Premium]) -> None:
    """Put the end of grace on the agenda, the day after its last day (B-03)."""
    operations.schedule(LAPSE, [(each.grace_ends_on + ONE_DAY, each.policy_id, each.pk) for each in unpaid])


def _reminders(
    unpaid: Iterable[Premium], facts: Mapping[int, PremiumFacts], not_before: date | None
) -> list[AgendaRow]:
    rows = []
    for each in unpaid:
        about = facts[each.policy_id]
        stages = _terms(about).reminder_days.get(Frequency(about.frequency), ())
        first = next_reminder(stages, each.due_on, not_before) if not_before else first_reminder(stages, each.due_on)
        if first:
            rows.append((first, each.policy_id, each.pk))
    return rows


def _terms(about: PremiumFacts) -> ProductTerms:
    return products.terms_of(about.product_version_id)


def stop_dunning(instalment_ids: Iterable[int]) -> None:
    """Take grace, lapse and reminders of these instalments off the agenda."""
    ids = list(instalment_ids)
    for kind in DUNNING:
        operations.unschedule(kind, ids)
