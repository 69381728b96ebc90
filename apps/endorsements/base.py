"""EndorsementType 保全项目类型: all that the house knows of one kind of change stands in one class, in one file.

A subclass with a ``code`` registers itself. Its facts are defaults; a product version may override windows, limits and
documents (``ItemTerms``). Registry, catalogue, API schema, form, checklist and manual page are read from it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.functional import Promise

from apps.core.api import Input
from apps.core.context import Context
from apps.core.errors import Refusal
from apps.core.money import Trace
from apps.core.registry import Registry
from apps.policies.terms import Terms

from .situation import Products, Situation
from .states import EffectiveRule, Mode, Mutex, Reversible, Review, Signer

TYPES: Registry["EndorsementType"] = Registry("endorsement item")

HOLDER_SIGNS = (frozenset({Signer.HOLDER}),)
ALL_SIGN = (frozenset({Signer.HOLDER, Signer.INSURED}),)
WHOSE_LIFE_SIGNS = (frozenset({Signer.INSURED}),)


@dataclass(frozen=True)
class Moment:
    """When and by which products a change is applied: never the clock, so that a replay gives the same twice."""

    effective_on: date
    products: Products


@dataclass(frozen=True)
class Payment:
    """应付: so much, of what ``kind`` of payout, for which coverage (blank: all), and how it came about."""

    kind: str
    coverage: str
    amount: Decimal
    trace: Trace


@dataclass(frozen=True)
class Acted:
    """An item as its side effects need it: which one, of which case, on which policy, and what it says."""

    item_id: int
    endorsement_id: int
    policy_id: int
    effective_on: date
    change: Any
    kept: Mapping[str, Any]


class EndorsementType:
    """保全项目. Sources of the facts: domain/endorsements.yaml, cited in ``basis``.

    ``permission`` is the action of the permission matrix. ``signers`` are the alternatives of who must sign: all of one
    set. ``statuses`` are the policy statuses in which it may be asked for; ``blocking`` the kinds of holds that bar it.
    """

    code: ClassVar[str] = ""
    label: ClassVar[str | Promise]
    summary: ClassVar[str | Promise]
    basis: ClassVar[tuple[str, ...]]
    permission: ClassVar[str]
    signers: ClassVar[tuple[frozenset[Signer], ...]] = HOLDER_SIGNS
    materials: ClassVar[tuple[str, ...]] = ()
    effective: ClassVar[EffectiveRule]
    mutex: ClassVar[Mutex] = Mutex.NONE
    mode: ClassVar[Mode] = Mode.CHANGE
    review: ClassVar[Review] = Review.BACK_DATED
    reversible: ClassVar[Reversible] = Reversible.REPLAY
    clocks: ClassVar[tuple[str, ...]] = ("POS_ACCEPT", "POS_DEFICIENCY", "POS_DONE_NO_MONEY")
    statuses: ClassVar[tuple[str, ...]] = ("IN_FORCE", "PENDING_EFFECT")
    blocking: ClassVar[tuple[str, ...]] = ("legal", "aml", "dispute")
    not_in_flight: ClassVar[bool] = False
    no_arrears: ClassVar[bool] = False
    underwritten: ClassVar[bool] = False
    ordinal: ClassVar[bool] = False
    """Whether a change carries the number of its ``layer``, given once when it is entered."""
    internal: ClassVar[bool] = False
    """Whether it is begun from another page than the choice of items."""

    Input: ClassVar[type[Input]]
    Change: ClassVar[type]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.code:
            TYPES.add(cls.code, cls())

    def __str__(self) -> str:
        return str(self.label)

    def parse(self, data: Mapping[str, Any], asked: Situation) -> Any:
        """The validated input as a frozen ``Change``: row ids, codes and amounts, never personal data."""
        raise NotImplementedError

    def shown(self, change: Any) -> Mapping[str, Any]:
        """The change as its form shows it again: the reverse of ``parse``."""
        raise NotImplementedError

    def current(self, at: Situation) -> Mapping[str, Any]:
        """The answers as they stand on the policy now: what the form begins with."""
        return {}

    def check(self, change: Any, at: Situation) -> Iterator[Refusal]:
        """What the item itself forbids beside the common guards, one refusal per fault."""
        yield from ()

    def apply(self, terms: Terms, change: Any, moment: Moment) -> Terms:
        """保全变更: the Terms after the change. Pure; raises ``Refused`` where the change cannot stand on them."""
        return terms

    def payments(self, change: Any, at: Situation, on: date) -> Iterable[Payment]:
        """What is paid out to the holder beside a difference of premium, line by line."""
        return ()

    def papers(self, change: Any, at: Situation) -> tuple[str, ...]:
        """The materials this very change needs."""
        return self.materials

    def referral(self, change: Any, at: Situation) -> Iterable[Refusal]:
        """Why underwriting must answer first; nothing if it need not."""
        return ()

    def underwritten_as(self, change: Any, *, extra_percent: Decimal, extra_per_mille: Decimal) -> Any:
        """The change with the loadings underwriting decided on."""
        return change

    def carry_out(self, ctx: Context, acted: Acted) -> Mapping[str, Any]:
        """What the change does beside the Terms: at a person, or to the state of the policy. Once for a case, by the
        item on the case's own policy. Returns what must be kept to take it back."""
        return {}

    def take_back(self, ctx: Context, acted: Acted) -> None:
        """Undo ``carry_out``."""

    def replaces(self, later: Any, earlier: Any) -> bool:
        """Whether a later change of this kind has done away with what an earlier one did beside the Terms."""
        return False

    def voids(self, change: Any) -> int | None:
        """The item that this one undoes, if it does."""
        return None

    def prepare(self, ctx: Context, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put what is personal of the input where personal data lives, before the rest becomes a change."""
        return data

    def spread(self, change: Any, policy_id: int) -> Iterable[tuple[int, Any]]:
        """The other policies a change must reach as well, and what it is there."""
        return ()

    @property
    def waits(self) -> bool:
        """Whether its day hangs on when it is approved or paid."""
        return self.effective in WAITING

    def effective_on(self, change: Any, at: Situation, *, accepted_on: date, settled_on: date) -> date:
        """生效日 by the rule of the item; ``settled_on`` is the day of approval, or of full payment if it is paid."""
        return RESOLVE[self.effective](at, accepted_on, settled_on)


WAITING = frozenset({EffectiveRule.APPROVAL_NEXT_DAY, EffectiveRule.PAID_NEXT_DAY, EffectiveRule.SCHEDULED})


def _next_day(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


RESOLVE = {
    EffectiveRule.AT_ONCE: lambda at, accepted, settled: at.received_on,
    EffectiveRule.ACCEPTANCE: lambda at, accepted, settled: accepted,
    EffectiveRule.APPROVAL_NEXT_DAY: lambda at, accepted, settled: _next_day(settled),
    EffectiveRule.PAID_NEXT_DAY: lambda at, accepted, settled: _next_day(settled),
    EffectiveRule.SCHEDULED: lambda at, accepted, settled: _next_day(settled),
    EffectiveRule.NEXT_DUE: lambda at, accepted, settled: at.paid_to or _next_day(settled),
    EffectiveRule.CONTRACT_START: lambda at, accepted, settled: at.terms.effective_on,
    EffectiveRule.EVENT_DATE: lambda at, accepted, settled: at.received_on,
}
