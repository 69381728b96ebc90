"""Common guards 公共校验 (domain/endorsements §3): why an item may not be asked for now, and what removes it. Pure."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from apps.core.dates import add_years
from apps.core.errors import Refusal
from apps.products.states import WindowAnchor
from apps.products.terms import ItemWindow

from .base import EndorsementType
from .situation import Situation
from .states import Signer

NOT_TOGETHER = frozenset({frozenset({"POLICYHOLDER_CHANGE", "PREMIUM_FREQUENCY_CHANGE"})})
"""Items that may not stand in one case (not_in_same_batch)."""
HOLD_REMEDY = {"pledge": "PLEDGE_RELEASE", "lost_document": "LOSS_REPORT_LIFT", "legal": "JUDICIAL_UNFREEZE"}


@dataclass(frozen=True)
class Open:
    """Another case that is under way on the same policy: its number and the item it is about."""

    number: str
    code: str
    mutex: str


def blockers(kind: EndorsementType, at: Situation, asked_on: date) -> Iterator[Refusal]:
    """Everything common that bars this item on this policy now; each names the item that removes it, if one does.

    The product's window is judged by the day the request was accepted: waiting for its day does not close it.
    """
    if at.status not in kind.statuses:
        remedy = "REINSTATEMENT" if at.status == "SUSPENDED" else ""
        yield Refusal("status_not_allowed", {"status": at.status, "remedy": remedy})
    if not kind.internal and at.item_terms(kind.code) is None:
        yield Refusal("product_not_allowed", {"product": at.main_product.code})
    if not in_window(kind.code, at, asked_on):
        yield Refusal("outside_window")
    if kind.not_in_flight and at.in_flight:
        yield Refusal("debit_in_flight")
    if kind.no_arrears and at.arrears:
        yield Refusal("arrears_open", {"remedy": "RENEWAL_PREMIUM_PAYMENT"})
    for hold in sorted(at.holds & set(kind.blocking)):
        yield Refusal("held", {"hold": hold, "remedy": HOLD_REMEDY.get(hold, "")})


def in_window(code: str, at: Situation, on: date) -> bool:
    """可办理期间: whether a day lies in the product's window for the item; both edges count."""
    item = at.item_terms(code)
    window = item.window if item else None
    return window is None or any(_within(window, anchor, on) for anchor in _anchors(window, at, on))


def _anchors(window: ItemWindow, at: Situation, on: date) -> Iterable[date]:
    start = at.terms.effective_on
    match window.anchor:
        case WindowAnchor.START:
            return [start]
        case WindowAnchor.ANNIVERSARY:
            years = on.year - start.year
            return [add_years(start, each) for each in (years - 1, years, years + 1) if each >= 0]
        case _:
            return [at.paid_to] if at.paid_to else []


def _within(window: ItemWindow, anchor: date, on: date) -> bool:
    first = anchor + timedelta(days=window.from_day) if window.from_day is not None else date.min
    last = anchor + timedelta(days=window.to_day) if window.to_day is not None else date.max
    return first <= on <= last


def signers_missing(kind: EndorsementType, at: Situation, signed: Collection[str]) -> Iterator[Refusal]:
    """签名规则: who must still sign, by the alternative nearest to what is there (E-05, E-07).

    The holder who is himself the insured signs once; for an insured under age his guardian signs.
    """
    given = _standing(at, frozenset(map(Signer, signed)))
    lacking = min((wanted - given for wanted in _alternatives(kind, at)), key=lambda each: (len(each), sorted(each)))
    for signer in sorted(lacking):
        code = "minor_without_guardian" if signer == Signer.GUARDIAN else "consent_missing"
        yield Refusal(code, {"signer": signer})


def signers_wanted(kind: EndorsementType, at: Situation) -> tuple[frozenset[Signer], ...]:
    """Who must sign, as alternatives; the holder who is himself the insured stands there once."""
    same = at.terms.holder == at.insured
    wanted = (
        frozenset(Signer.HOLDER if same and each == Signer.INSURED else each for each in alternative)
        for alternative in _alternatives(kind, at)
    )
    return tuple(dict.fromkeys(wanted))


def _alternatives(kind: EndorsementType, at: Situation) -> Iterator[frozenset[Signer]]:
    minor = at.people[at.insured].is_minor(at.today)
    for wanted in kind.signers:
        yield wanted - {Signer.INSURED} | {Signer.GUARDIAN} if minor and Signer.INSURED in wanted else wanted


def _standing(at: Situation, signed: frozenset[Signer]) -> frozenset[Signer]:
    same = at.terms.holder == at.insured
    both = {Signer.HOLDER, Signer.INSURED}
    return signed | both if same and signed & both else signed


def papers_of_persons(at: Situation, signed: Collection[str]) -> Iterator[Refusal]:
    """证件过期: the identity document of everybody who signs must be valid on the day it is handed in."""
    people = {Signer.HOLDER: at.terms.holder, Signer.INSURED: at.insured}
    for signer in sorted(set(map(Signer, signed)) & people.keys()):
        valid_to = at.people[people[signer]].id_valid_to
        if valid_to and valid_to < at.today:
            yield Refusal("id_expired", {"signer": signer, "valid_to": valid_to, "remedy": "ID_DOCUMENT_RENEWAL"})


def conflicts(kind: EndorsementType, others: Iterable[Open]) -> Iterator[Refusal]:
    """互斥: one open item of a class on one policy; what touches something else goes on beside it."""
    for other in others:
        if kind.mutex != "none" and other.mutex == kind.mutex:
            yield Refusal("conflicting_case", {"number": other.number, "remedy": "ENDORSEMENT_WITHDRAWAL"})


def together(codes: Collection[str]) -> Iterator[Refusal]:
    """Whether these items may stand in one case: none twice, and none of the pairs that exclude each other."""
    if len(set(codes)) < len(codes):
        yield Refusal("item_twice")
    for pair in NOT_TOGETHER:
        if pair <= set(codes):
            yield Refusal("not_in_same_batch")
