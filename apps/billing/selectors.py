"""Questions about instalments, receipts and the books."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from apps.accounts import permissions, scoping
from apps.accounts.models import User
from apps.core.dates import Frequency
from apps.core.money import ZERO
from apps.policies import selectors as policies
from apps.policies.selectors import PremiumFacts
from apps.policies.states import PolicyStatus, PremiumStatus

from .models import (
    OPEN_PAYOUTS,
    UNPAID,
    Adjustment,
    AdjustmentPart,
    Allocation,
    Instalment,
    Payout,
    PayoutPart,
    Posting,
    PutOff,
    Receipt,
    ReceiptRequest,
)
from .rules import MOST_BILLS_A_NIGHT, Money, Schedule, period_end
from .states import Account, AdjustmentStatus, Channel, InstalmentStatus, PayoutStatus, ReceiptStatus

PREMIUM_PAYING = (PremiumStatus.PAYING, PremiumStatus.GRACE)
MOST_COUNTED = 1000
OPEN = [InstalmentStatus.PLANNED, InstalmentStatus.OVERDUE, *UNPAID]


def instalments_visible_to(user: User) -> QuerySet[Instalment]:
    """The instalments of the policies this user may see (P44)."""
    return Instalment.objects.filter(_of_visible_policies(user))


def receipts_visible_to(user: User) -> QuerySet[Receipt]:
    """The receipts of the policies this user may see; unidentified money for those who match or write off."""
    matches = any(permissions.allows(user, f"reconcile_write_off.{right}") for right in "REA")
    return Receipt.objects.filter(_with_unidentified(_of_visible_policies(user), matches))


def requests_visible_to(user: User) -> QuerySet[ReceiptRequest]:
    """The corrections asked for on receipts this user may see."""
    return ReceiptRequest.objects.filter(receipt__in=receipts_visible_to(user))


def requests_reached_by(user: User, permission: str) -> QuerySet[ReceiptRequest]:
    """The corrections on whose receipts a permission lets this user act."""
    return ReceiptRequest.objects.filter(receipt__in=receipts_reached_by(user, permission))


def receipts_reached_by(user: User, permission: str) -> QuerySet[Receipt]:
    """The receipts on which a permission lets this user act; unidentified money has no branch to be out of reach."""
    return Receipt.objects.filter(_with_unidentified(_of_visible_policies(user, permission), True))


def _with_unidentified(reach: Q, wanted: bool) -> Q:
    """An empty filter reaches everything already."""
    return reach | Q(policy=None) if reach and wanted else reach


def _of_visible_policies(user: User, permission: str = "policy_read.R") -> Q:
    return scoping.rows(
        user,
        permission,
        branch="policy__branch",
        agent_user="policy__agent__user",
        object_type="policies.policy",
        opened="policy",
    )


def open_instalments(policy_id: int) -> QuerySet[Instalment]:
    """What is planned or unpaid, in order of due date."""
    return Instalment.objects.filter(policy=policy_id, status__in=OPEN).order_by("due_on", "pk")


def in_flight(policy_ids: Iterable[int]) -> set[int]:
    """资金在途: policies with a receipt that waits for confirmation; they do not lapse meanwhile (decision 26)."""
    waiting = Receipt.objects.filter(policy__in=set(policy_ids), status=ReceiptStatus.KEYED)
    return set(waiting.values_list("policy", flat=True))


def money_left(policy_ids: Iterable[int]) -> dict[int, list[Money]]:
    """The receipts of each policy with money not used yet; policies without any are left out."""
    receipts = (
        Receipt.objects.filter(policy__in=set(policy_ids), status=ReceiptStatus.CONFIRMED)
        .annotate(left=F("amount") - _taken(Allocation) - _taken(AdjustmentPart) - _taken(PayoutPart))
        .filter(left__gt=0)
    )
    found = defaultdict(list)
    for policy_id, *money in receipts.order_by("policy", "pk").values_list("policy", "pk", "left", "value_on"):
        found[policy_id].append(Money(*money))
    return dict(found)


def _taken(parts: type[Allocation] | type[AdjustmentPart] | type[PayoutPart]) -> Coalesce:
    """What of a receipt is used for premium, billed or extra, or set aside to be paid out."""
    of_receipt = parts.objects.filter(receipt=OuterRef("pk")).order_by().values("receipt")
    return Coalesce(Subquery(of_receipt.annotate(sum=Sum("amount")).values("sum")), ZERO)


def payout_of(receipt_id: int) -> Payout | None:
    """The payout that holds money of this receipt, if one does."""
    standing = PayoutPart.objects.filter(receipt=receipt_id, reverses=None, reversed_by=None)
    return Payout.objects.filter(parts__in=standing).first()


def payouts_visible_to(user: User) -> QuerySet[Payout]:
    """The payouts of the policies this user may see."""
    return Payout.objects.filter(_of_visible_policies(user))


def payouts_reached_by(user: User, permission: str) -> QuerySet[Payout]:
    """The payouts on which a permission lets this user act (P44)."""
    return Payout.objects.filter(_of_visible_policies(user, permission))


def adjustments_visible_to(user: User) -> QuerySet[Adjustment]:
    """The extra premiums of the policies this user may see."""
    return Adjustment.objects.filter(_of_visible_policies(user))


def open_adjustments(policy_id: int) -> QuerySet[Adjustment]:
    """The extra premiums of a policy that are asked for and not paid, the oldest first."""
    return Adjustment.objects.filter(policy=policy_id, status=AdjustmentStatus.OPEN).order_by("demanded_on", "pk")


def adjustments_of(subject_type: str, subject_id: int) -> QuerySet[Adjustment]:
    """The extra premiums asked for one change, in whatever state, the oldest first."""
    return Adjustment.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("pk")


def extra_paid_by(receipt_id: int) -> tuple[str, ...]:
    """The numbers of the extra premiums that hold money of this receipt."""
    held = AdjustmentPart.objects.filter(receipt=receipt_id, reverses=None, reversed_by=None)
    return tuple(held.order_by("pk").values_list("adjustment__number", flat=True))


def payouts_of(subject_type: str, subject_id: int) -> QuerySet[Payout]:
    """What one change owes the customer, in whatever state, the oldest first."""
    return Payout.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("pk")


@dataclass(frozen=True, slots=True)
class ChargedPeriod:
    """One period charged: premium ``amount`` in the policy's currency from ``due_on`` to the day before ``until``."""

    number: int
    due_on: date
    until: date
    amount: Decimal
    status: str


def charged(policy_id: int) -> list[ChargedPeriod]:
    """已收/应收期间: the periods whose premium is paid or receivable, in order of due date.

    Planned and cancelled ones are not charged, nor is what was written back when cover was suspended (OVERDUE): it is
    charged again if the suspension is undone. Nothing stands here for what was paid before billing knew the policy: the
    premium matched when it was issued, and what an imported one had paid before its cut-over.
    """
    return _periods(policy_id, [InstalmentStatus.PAID, *UNPAID])


def began(policy_id: int) -> date | None:
    """The due date of the first instalment we ever planned; before it premium was settled outside our books."""
    first = Instalment.objects.filter(policy=policy_id).order_by("due_on").values_list("due_on", flat=True)
    return first.first()


def paid_premiums(policy_id: int) -> list[ChargedPeriod]:
    """已收期间: the periods whose premium is paid, in order of due date."""
    return _periods(policy_id, [InstalmentStatus.PAID])


def _periods(policy_id: int, states: Sequence[str]) -> list[ChargedPeriod]:
    rows = Instalment.objects.filter(policy=policy_id, status__in=states).order_by("due_on", "pk")
    about = policies.premium_facts([policy_id])
    return [
        ChargedPeriod(
            each.number,
            each.due_on,
            each.until or period_end(schedule_of(about[policy_id]), each.due_on),
            each.amount,
            each.status,
        )
        for each in rows
    ]


def put_off(policy_ids: Iterable[int]) -> dict[int, list[date]]:
    """缓期开单: the days on which changes take effect, before which nothing due then or later is billed."""
    found = defaultdict(list)
    for policy_id, day in PutOff.objects.filter(policy__in=set(policy_ids)).values_list("policy", "due_on"):
        found[policy_id].append(day)
    return found


def suspense_balance(policy_id: int) -> Decimal:
    """暂收余额: money received for this policy and not used, from the books."""
    return -_balance(Posting.objects.filter(policy=policy_id, account=Account.SUSPENSE))


def receivable_balance(policy_id: int) -> Decimal:
    """应收余额: what the books hold against this policy; equals its billed, in-grace and reversed instalments."""
    return _balance(Posting.objects.filter(policy=policy_id, account=Account.RECEIVABLE))


def _balance(postings: QuerySet[Posting]) -> Decimal:
    return postings.aggregate(sum=Coalesce(Sum("amount"), ZERO))["sum"]


def balances() -> dict[tuple[str, str], Decimal]:
    """科目余额: the balance of every account and currency; the whole sums to zero."""
    rows = (
        Posting.objects.values_list("account", "currency").annotate(sum=Sum("amount")).order_by("account", "currency")
    )
    return {(account, currency): total for account, currency, total in rows}


def billable(facts: Iterable[PremiumFacts], on: date) -> set[int]:
    """Policies that may be billed on this day: paying, not barred, and not billed as often as a night allows (P25)."""
    paying = {about.id for about in facts if pays(about)}
    billed = (
        Instalment.objects.filter(policy__in=paying, billed_on=on).values_list("policy").annotate(times=Count("pk"))
    )
    full = {policy_id for policy_id, times in billed if times >= MOST_BILLS_A_NIGHT}
    return paying - full - policies.premium_barred(paying)


def still_to_bill(instalment_ids: Iterable[int]) -> set[int]:
    """Those that are still planned although their policy is in force."""
    planned = Instalment.objects.filter(pk__in=set(instalment_ids), status=InstalmentStatus.PLANNED)
    owners = dict(planned.values_list("pk", "policy"))
    facts = policies.premium_facts(owners.values())
    return {key for key, policy_id in owners.items() if pays(facts[policy_id])}


def pays(about: PremiumFacts) -> bool:
    """Whether the policy is in force and pays regular premium: only then is it billed."""
    return about.status == PolicyStatus.IN_FORCE and about.premium_status in PREMIUM_PAYING and about.premium > 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a policy stands: the oldest due date not paid, the last one there is, and whether one is in grace."""

    next_due: date | None = None
    last_due: date | None = None
    in_grace: bool = False


def standing(policy_ids: Iterable[int]) -> dict[int, Standing]:
    """The standing of each policy; one without open instalments has nothing due."""
    ids = list(policy_ids)
    rows = (
        Instalment.objects.filter(policy__in=ids)
        .exclude(status=InstalmentStatus.CANCELLED)
        .values_list("policy")
        .annotate(
            next_due=Min("due_on", filter=Q(status__in=OPEN)),
            last_due=Max("due_on"),
            grace=Count("pk", filter=Q(status=InstalmentStatus.IN_GRACE)),
        )
    )
    found = {policy_id: Standing(next_due, last_due, bool(grace)) for policy_id, next_due, last_due, grace in rows}
    return {policy_id: found.get(policy_id, Standing()) for policy_id in ids}


def schedule_of(about: PremiumFacts) -> Schedule:
    """The payment plan of a policy."""
    return Schedule(about.effective_on, Frequency(about.frequency), about.premium_ends_on or about.ends_on)


def due_figures(user: User, today: date) -> dict[str, int]:
    """What is due, in grace and lapsed as of today, for the workbench: one walk along the index on due dates."""
    week, longest_grace = timedelta(days=7), timedelta(days=150)
    unpaid = Q(status__in=[InstalmentStatus.PLANNED, *UNPAID])
    grace, overdue = Q(status=InstalmentStatus.IN_GRACE), InstalmentStatus.OVERDUE
    near = Q(due_on__range=(today - longest_grace, today + week))
    return (
        instalments_visible_to(user)
        .filter(near)
        .aggregate(
            due_today=Count("pk", filter=unpaid & Q(due_on=today)),
            due_soon=Count("pk", filter=unpaid & Q(due_on__gt=today)),
            in_grace=Count("pk", filter=grace),
            grace_ends=Count("pk", filter=grace & Q(grace_ends_on__range=(today, today + week))),
            suspended=Count("pk", filter=Q(status=overdue, grace_ends_on=today - timedelta(days=1))),
        )
    )


def payout_figures(user: User) -> dict[str, int]:
    """Payouts that wait for somebody, by state: along the index on open ones."""
    waiting = (PayoutStatus.REQUESTED, PayoutStatus.APPROVED, PayoutStatus.RETURNED)
    open_ones = payouts_visible_to(user).filter(status__in=OPEN_PAYOUTS)
    return open_ones.aggregate(**{status.value: Count("pk", filter=Q(status=status)) for status in waiting})


def ids_by_reference(channel_ref: str) -> list[int]:
    """The receipts with this transaction number, of whatever channel; one that was rejected is not among them."""
    posted = Receipt.objects.filter(channel__in=Channel.values, channel_ref=channel_ref)
    return list(posted.exclude(status=ReceiptStatus.REJECTED).values_list("pk", flat=True))


def counts_by_month(
    user: User, stretches: Sequence[tuple[date, date]], states: Sequence[str]
) -> dict[tuple[date, str], int]:
    """How many instalments of each state fall due in each stretch of days, by its first day; each counted to one beyond
    ``MOST_COUNTED``, along the index on state and due date, all in one statement."""
    cells = [(first, last, state) for first, last in stretches for state in states]
    seen = instalments_visible_to(user).order_by().values("pk")
    parts = [seen.filter(status=state, due_on__range=(first, last))[: MOST_COUNTED + 1] for first, last, state in cells]
    try:
        statements = [part.query.sql_with_params() for part in parts]
    except EmptyResultSet:
        return {(first, state): 0 for first, _last, state in cells}
    counted = ", ".join(f"(SELECT count(*) FROM ({sql}) AS cell)" for sql, _params in statements)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counted}", [param for _sql, params in statements for param in params])
        found = cursor.fetchone()
    return {(first, state): count for (first, _last, state), count in zip(cells, found, strict=True)}


def receipt_figures(user: User) -> dict[str, int]:
    """Receipts that wait for a second person, and money nobody knows the policy of."""
    waiting = Q(status=ReceiptStatus.KEYED)
    unidentified = Q(status=ReceiptStatus.CONFIRMED, policy=None)
    return (
        receipts_visible_to(user)
        .filter(waiting | unidentified)
        .aggregate(waiting=Count("pk", filter=waiting), unidentified=Count("pk", filter=unidentified))
    )
