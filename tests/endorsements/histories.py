"""Histories of policies for the laws of the engine: days go by, premium is billed and paid, cases come and go."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.db.models import Sum

from apps.billing import services as billing
from apps.billing.models import UNPAID, Instalment, Payout, Posting
from apps.core.context import Context
from apps.core.errors import BusinessError
from apps.deadlines.models import Deadline
from apps.deadlines.states import DeadlineStatus
from apps.endorsements import selectors
from apps.endorsements import services as endorsements
from apps.endorsements.models import Endorsement
from apps.endorsements.services.effect import adjustments
from apps.endorsements.states import EndorsementStatus as S
from apps.endorsements.states import Signer
from apps.operations.models import Agenda
from apps.parties.models import Party
from apps.policies import selectors as policies
from apps.policies.models import Policy, PolicyCoverage, PolicyRole, PolicyVersion
from apps.policies.terms import Terms
from tests import factories as make
from tests import premiums
from tests.conftest import TODAY

from . import cases

BORN = date(1986, 5, 17)
NIGHTLY = ("endorse", "bill")
ONE_DAY = timedelta(days=1)
_references = count(1)


@dataclass
class Book:
    """One policy on its way through the days, and the office that works on it."""

    office: cases.Office
    policy: Policy
    holder: Party
    account: int
    today: date = TODAY
    seen: set[int] = field(default_factory=set)

    def at(self, ctx: Context) -> Context:
        return ctx.on(self.today)

    # --- days -------------------------------------------------------------------------------------------------------

    def go_to(self, day: date) -> None:
        """Nights that have work are closed in turn; premium is paid on the day it falls due."""
        while self.today < day:
            tonight = Agenda.objects.filter(policy_id=self.policy.pk, kind__in=NIGHTLY, due_on__lte=self.today)
            if tonight.exists():
                premiums.night(make.the_system(), self.today, *NIGHTLY)
            later = Agenda.objects.filter(policy_id=self.policy.pk, kind__in=NIGHTLY, due_on__gt=self.today)
            stops = [*later.values_list("due_on", flat=True), *self._dues(), day]
            self.today = min(stop for stop in stops if stop > self.today)
            self._pay_what_is_due()

    def _dues(self) -> list[date]:
        unpaid = Instalment.objects.filter(policy=self.policy, status__in=UNPAID, due_on__gt=self.today)
        return list(unpaid.values_list("due_on", flat=True))

    def _pay_what_is_due(self) -> None:
        due = Instalment.objects.filter(policy=self.policy, status__in=UNPAID, due_on__lte=self.today)
        for amount in due.values_list("amount", flat=True):
            self.pay(amount)

    def pay(self, amount: Decimal) -> None:
        make.a_receipt(self.policy, str(amount), value_on=self.today, on=self.today, ref=f"H{next(_references):08d}")

    # --- cases ------------------------------------------------------------------------------------------------------

    def entered(self, *items: tuple[str, Any]) -> Endorsement:
        return endorsements.create(self.at(self.office.made), policy_id=self.policy.pk, items=items)

    def accepted(self, case: Endorsement) -> Endorsement:
        ctx = self.at(self.office.made)
        for signer in (Signer.HOLDER, Signer.INSURED, Signer.COMPANY):
            endorsements.sign(ctx, case.pk, signer=signer)
        endorsements.name_account(ctx, case.pk, self.account)
        endorsements.submit(ctx, case.pk)
        for paper in selectors.papers_missing(case.pk):
            endorsements.receive_paper(ctx, case.pk, paper)
        return endorsements.accept(ctx, case.pk)

    def decided(self, case: Endorsement) -> Endorsement:
        at_today = on_day(self.office, self.today)
        return self._paid(cases.decided(at_today, case))

    def _paid(self, case: Endorsement) -> Endorsement:
        for asked in adjustments(case.pk):
            if asked.status == "OPEN":
                self.pay(asked.amount)
        return cases.again(case)

    def carried_out(self, *items: tuple[str, Any]) -> Endorsement:
        return self.decided(self.accepted(self.entered(*items)))

    def tried(self, *items: tuple[str, Any]) -> Endorsement | None:
        """The case brought to its end; None if it is refused, or barred on its day, and then taken back."""
        case = None
        try:
            case = self.entered(*items)
            case = self.accepted(case)
            case = self.decided(case)
        except BusinessError:
            if case is not None and cases.again(case).status not in (S.CLOSED, S.PAYOUT):
                endorsements.withdraw(self.at(self.office.made), case.pk, reason="refused")
            return None
        return case

    def settle_payouts(self) -> None:
        """Everything owed to the customer is approved, sent and paid."""
        people = [Context(f"user:cashier{n}", self.today, person=f"cashier{n}") for n in range(2)]
        for payout in Payout.objects.filter(policy=self.policy, status="REQUESTED"):
            for person in people[: payout.approvals]:
                billing.approve_payout(person, payout.pk)
            billing.send_payout(people[0], payout.pk)
            billing.note_payout_paid(people[0], payout.pk, paid_on=self.today, bank_ref=f"B{payout.pk}")


def on_day(office: cases.Office, today: date) -> cases.Office:
    """The same people on another day."""
    moved = cases.Office.__new__(cases.Office)
    moved.made, moved.checked, moved.decides = (ctx.on(today) for ctx in (office.made, office.checked, office.decides))
    return moved


def a_book(office: cases.Office, *, paid_ahead: bool = False, frequency: str = "annual") -> Book:
    """A policy of three years, whose third instalment is billed and paid; the fourth is billed, and paid if wanted."""
    holder = make.a_person()
    policy = cases.a_priced_policy(holder, paid_to=date(2025, 12, 5), frequency=frequency)
    book = Book(office, policy, holder, cases.account_of(holder.pk), today=date(2025, 11, 1))
    book.go_to(TODAY)
    if paid_ahead:
        for amount in Instalment.objects.filter(policy=policy, status__in=UNPAID).values_list("amount", flat=True):
            book.pay(amount)
    return book


# --- what is compared -------------------------------------------------------------------------------------------------


def named(book: Book, terms: Terms) -> Terms:
    """The contract with the holder under no id, and layers numbered in their order."""
    lives = tuple(replace(each, party=0) for each in terms.lives)
    layers = (f"C1+{n}" for n in count(2))
    covers = tuple(replace(each, code=next(layers)) if each.is_layer else each for each in terms.coverages)
    return replace(terms, holder=0, lives=lives, coverages=covers)


def told(book: Book, days: list[date]) -> list[Terms]:
    return [named(book, policies.terms_on(book.policy.pk, day)) for day in days]


def cuts(*books: Book) -> list[date]:
    """Every day on which a version of one of the books begins, and the days beside it."""
    began = set(
        PolicyVersion.objects.filter(policy__in=[each.policy.pk for each in books]).values_list(
            "effective_on", flat=True
        )
    )
    return sorted({day + timedelta(days=n) for day in began for n in (-1, 0, 1)} - {min(began) - ONE_DAY})


def projected(book: Book) -> list[tuple]:
    """Roles and coverages: who and what, from when to when."""
    roles = [
        (role, 0 if party == book.holder.pk else party, order, share, relationship, begun, ended)
        for role, party, order, share, relationship, begun, ended in PolicyRole.objects.filter(
            policy=book.policy
        ).values_list("role", "party", "benefit_order", "share", "relationship", "from_date", "to_date")
    ]
    covers = [
        (code.partition("+")[0], *facts)
        for code, *facts in PolicyCoverage.objects.filter(policy=book.policy).values_list(
            "code", "sum_assured", "premium", "from_date", "to_date"
        )
    ]
    return sorted(map(repr, roles + covers))


COLUMNS = ("status", "premium_status", "frequency", "premium", "sum_assured", "paid_to", "premium_ends_on", "ends_on")


def columns(book: Book) -> Mapping[str, Any]:
    return Policy.objects.values(*COLUMNS).get(pk=book.policy.pk)


def balances(book: Book) -> dict[str, Decimal]:
    """科目余额 of one policy."""
    sums = Posting.objects.filter(policy=book.policy).order_by().values_list("account").annotate(Sum("amount"))
    return {account: amount for account, amount in sums if amount}


def schedule(book: Book) -> list[tuple]:
    """What is open: planned or unpaid."""
    rows = Instalment.objects.filter(policy=book.policy).exclude(status__in=["PAID", "CANCELLED"])
    return list(rows.order_by("due_on").values_list("due_on", "until", "amount", "status"))


def clocks(book: Book) -> list[str]:
    """The duties that are open."""
    running = (DeadlineStatus.RUNNING, DeadlineStatus.PAUSED, DeadlineStatus.BREACHED)
    found = Deadline.objects.filter(policy_id=book.policy.pk, status__in=running)
    return sorted(found.values_list("clock", flat=True))


def postings() -> set[tuple]:
    return set(Posting.objects.values_list("pk", "account", "amount", "policy_id", "kind"))


def person(book: Book) -> tuple[date, str]:
    return Party.objects.values_list("born_on", "sex").get(pk=book.holder.pk)


# --- what may happen --------------------------------------------------------------------------------------------------

Op = Callable[[Book], tuple[str, Any]]


def increase_by(amount: int) -> Op:
    def op(book: Book) -> tuple[str, Any]:
        return "SUM_ASSURED_INCREASE", {"sum_assured": cases.now(book.policy).sum_assured + amount}

    return op


def decrease_to(amount: int) -> Op:
    return lambda book: ("SUM_ASSURED_DECREASE", {"sum_assured": Decimal(amount)})


def every(frequency: str) -> Op:
    return lambda book: cases.frequency(frequency)


def born(day: date) -> Op:
    return lambda book: cases.correction(book.holder, day)


def for_benefit_of(*children: Party) -> Op:
    def op(book: Book) -> tuple[str, Any]:
        shares = {1: ["100"], 2: ["40", "60"]}[len(children)]
        return cases.beneficiaries(*zip(children, shares, strict=True))

    return op
