"""Planning 试算引擎: what a set of items would do to each policy they touch, computed by replay and changing nothing.

A quote shows it, an approval decides upon it, and applying carries out exactly it: one computation, three uses (P28).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from apps.core import clock
from apps.core.errors import Refusal, Refused
from apps.core.money import ZERO
from apps.policies import selectors as policies
from apps.policies.comparing import Difference, differences
from apps.policies.rules import check_riders, check_terms
from apps.policies.terms import Terms

from . import guards, rules, selectors
from .base import EndorsementType, Moment, Payment
from .models import Endorsement, EndorsementItem
from .rules import Entry, Impact, Timeline
from .selectors import change_of, kind_of
from .situation import Situation
from .states import Signer


@dataclass(frozen=True)
class ItemPlan:
    """One item: its day, what it changes, what it costs and pays, and everything that bars it."""

    item: EndorsementItem
    effective_on: date
    differences: tuple[Difference, ...] = ()
    premium: Decimal = ZERO
    payments: tuple[Payment, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    referral: tuple[Refusal, ...] = ()
    papers: tuple[str, ...] = ()
    signers: tuple[frozenset[Signer], ...] = ()

    @property
    def paid_out(self) -> Decimal:
        return sum((each.amount for each in self.payments), ZERO)


@dataclass(frozen=True)
class PolicyPlan:
    """One policy: its history as known and as wanted, and the money between the two."""

    situation: Situation
    known: Timeline
    wanted: Timeline
    items: tuple[ItemPlan, ...]
    impacts: tuple[Impact, ...]
    charges: tuple[tuple[rules.Charge, rules.Charge | None], ...] = field(default=())

    @property
    def premium(self) -> Decimal:
        """保费差额: positive is paid by the customer, negative is paid back to him."""
        return sum((each.premium for each in self.items), ZERO)

    @property
    def paid_out(self) -> Decimal:
        return sum((each.paid_out for each in self.items), ZERO)

    @property
    def pays_out(self) -> bool:
        """Whether money goes to the policyholder."""
        return self.premium < ZERO or self.paid_out > ZERO

    @property
    def before(self) -> Terms:
        return self.known.last

    @property
    def after(self) -> Terms:
        return self.wanted.last


def plan(case: Endorsement, items: Sequence[EndorsementItem], today: date) -> list[PolicyPlan]:
    """What these items of a case would do, policy by policy, each upon those before it."""
    by_policy: dict[int, list[EndorsementItem]] = {}
    for item in items:
        by_policy.setdefault(item.policy_id, []).append(item)
    return [_plan_policy(case, policy_id, mine, today) for policy_id, mine in sorted(by_policy.items())]


def _plan_policy(case: Endorsement, policy_id: int, items: Sequence[EndorsementItem], today: date) -> PolicyPlan:
    at = selectors.situation(policy_id, today, case.received_on)
    base, standing = selectors.base_of(policy_id), selectors.standing(policy_id)
    known = selectors.entries(standing)
    steps = _Steps(case, at, base, known, _horizon(at, case, items))
    plans = tuple(steps.take(item) for item in items)
    before, after = rules.replay(base, known), rules.replay(base, steps.entries)
    return PolicyPlan(
        situation=at,
        known=before,
        wanted=after,
        items=plans,
        impacts=tuple(rules.impacts(before, after, steps.horizon, at.was_free)),
        charges=tuple(steps.moved(before, after)),
    )


def _horizon(at: Situation, case: Endorsement, items: Iterable[EndorsementItem]) -> date:
    """Premium is settled for what fell due before this day: the end of the last period that stays in the books.

    A period that begins with the change or later and is not paid is charged anew; a paid one stays and is settled.
    """
    since = min((day_of(item, case, at) for item in items), default=at.today)
    kept = [each.until for each in at.charged if each.paid or each.due_on < since]
    return max(kept, default=at.began)


def day_of(item: EndorsementItem, case: Endorsement, at: Situation) -> date:
    """生效日: frozen at acceptance, or as it would be if everything were settled today."""
    if item.effective_on is not None:
        return item.effective_on
    kind, change = kind_of(item), change_of(item)
    if (target := kind.voids(change)) is not None:
        undone = selectors.item_of(pk=target)
        return undone.effective_on or at.today
    return kind.effective_on(change, at, accepted_on=case.accepted_on or at.today, settled_on=at.today)


class _Steps:
    """The items of one policy taken one after another, each upon the history that those before it made."""

    def __init__(self, case: Endorsement, at: Situation, base: Terms, known: Sequence[Entry], horizon: date) -> None:
        self.case, self.at, self.base, self.entries, self.horizon = case, at, base, list(known), horizon
        self.signed = selectors.signed(case.pk)
        self.others = selectors.under_way([at.policy_id], case.pk)[at.policy_id]

    def take(self, item: EndorsementItem) -> ItemPlan:
        kind, change = kind_of(item), change_of(item)
        on = day_of(item, self.case, self.at)
        before = rules.replay(self.base, self.entries)
        at = replace(self.at, terms=before.on(max(on, self.base.effective_on)))
        asked_on = self.case.accepted_on or at.today
        refusals = [*guards.blockers(kind, at, asked_on), *kind.check(change, at), *guards.conflicts(kind, self.others)]
        wanted, undoing = self._with(item, on)
        refusals += undoing
        after = rules.replay(self.base, wanted)
        refusals += [each for key, why in after.conflicts for each in why if key == item.pk]
        spared = [*refusals, *self._unsound(at.terms)]
        refusals += [each for each in self._unsound(after.on(_shown(on, after))) if each not in spared]
        payments: tuple[Payment, ...] = ()
        if not refusals:
            payments, refusals = _try(lambda: tuple(kind.payments(change, at, on)), refusals)
        self.entries = wanted
        return ItemPlan(
            item=item,
            effective_on=on,
            differences=differences(before.on(_shown(on, before)), after.on(_shown(on, after))),
            premium=rules.difference(before, after, self.horizon, self.at.was_free),
            payments=payments,
            refusals=tuple(refusals),
            referral=tuple(kind.referral(change, at)),
            papers=_papers(kind, change, at),
            signers=guards.signers_wanted(kind, at),
        )

    def _with(self, item: EndorsementItem, on: date) -> tuple[list[Entry], list[Refusal]]:
        kind, change = kind_of(item), change_of(item)
        target = kind.voids(change)
        if target is not None:
            found = [each for each in self.entries if each.item != target]
            return found, why_not_undo(target, self.at.policy_id)
        received_at: datetime = self.case.received_at or clock.now()
        moment = Moment(on, self.at.products)
        added = Entry(item.pk, on, received_at, lambda terms: kind.apply(terms, change, moment))
        return [*self.entries, added], []

    def _unsound(self, terms: Terms) -> list[Refusal]:
        """What keeps Terms from being a contract."""
        products = {each.code: selectors.product(each.product, each.version) for each in terms.coverages}
        return [*check_terms(terms), *check_riders(terms, products)]

    def moved(self, known: Timeline, wanted: Timeline) -> Iterator[tuple[rules.Charge, rules.Charge | None]]:
        """The instalments that the wanted history charges differently, beside what was charged."""
        then, now = (
            {each.due_on: each for each in rules.charges(told, self.horizon) if not self.at.was_free(each.due_on)}
            for told in (known, wanted)
        )
        for due_on in sorted(then.keys() | now.keys()):
            before, after = then.get(due_on), now.get(due_on)
            if not (before and after and before.amount == after.amount):
                yield before or rules.Charge(due_on, None, ZERO), after


def _shown(on: date, timeline: Timeline) -> date:
    """The day whose Terms are compared: the effective day, or the first day of a contract that begins later."""
    return max(on, timeline.stretches[0].since)


def _papers(kind: EndorsementType, change: Any, at: Situation) -> tuple[str, ...]:
    """The papers of one item; the product may ask for others (``ItemTerms.documents``)."""
    own = at.item_terms(kind.code)
    return kind.papers(change, at) if own is None or own.documents is None else tuple(own.documents)


def _try(compute: Any, refusals: list[Refusal]) -> tuple[Any, list[Refusal]]:
    try:
        return compute(), refusals
    except Refused as refused:
        return (), [*refusals, *refused.refusals]


def why_not_undo(target: int, policy_id: int) -> list[Refusal]:
    """Why an item of a policy cannot be undone: not in effect, undone already, undoing another, or its money gone."""
    item = selectors.item_of(pk=target)
    if item.policy_id != policy_id or item.applied_on is None:
        return [Refusal("item_not_in_effect")]
    if item.undone_on is not None:
        return [Refusal("item_undone_already")]
    if kind_of(item).voids(change_of(item)) is not None:
        return [Refusal("reversal_not_reversible")]
    return [Refusal("payout_already_sent", {"number": each.number}) for each in selectors.sent_payouts(target)]


def without_account(case: Endorsement, plans: Iterable[PolicyPlan]) -> list[Refusal]:
    """付费账户: money goes to the account named in the case, where the case is of its holder (B-10)."""
    owing = [each for each in plans if each.pays_out]
    return [Refusal("account_missing")] if any(account_of(case, each) is None for each in owing) else []


def account_of(case: Endorsement, plan: PolicyPlan) -> int | None:
    """Where money of a policy goes: what the case names, or what another holder's premiums are debited from."""
    ours = plan.situation.terms.holder == case.policy.holder_id
    return case.account_id if ours else plan.situation.terms.payment_account


def policies_of(plans: Iterable[PolicyPlan]) -> list[int]:
    return [each.situation.policy_id for each in plans]


def all_refusals(plans: Iterable[PolicyPlan]) -> list[Refusal]:
    """Everything that bars the case: its items in order, and later items that could not stand."""
    found = list(plans)
    own = [
        replace(refusal, at=f"/items/{item.item.position}/change")
        for each in found
        for item in each.items
        for refusal in item.refusals
    ]
    later = any(impact.conflict for each in found for impact in each.impacts)
    return [*own, *([Refusal("later_item_conflicts")] if later else [])]


def bases(policy_ids: Collection[int]) -> Mapping[int, int]:
    """The revisions of the policies a plan was computed on."""
    return policies.revisions(policy_ids)
