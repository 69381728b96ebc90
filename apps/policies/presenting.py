"""Differences of contracts in the reader's language 比对展示: people masked, money and dates as on every page.

The clerk's wizard, the checker's page, the version diff (screen S7) and the slip show these same lines (W10, B5).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin.show import EMPTY, brief, day, frequency, money
from apps.parties import selectors as parties
from apps.parties.states import RelationshipCode, Sex
from apps.products import selectors as products
from apps.products.values import Period
from apps.products.wording import period

from .comparing import ORDER, Difference, Kind, differences, untouched
from .terms import Coverage, Terms

UNCHANGED = "unchanged"
PEOPLE = ("lives", "beneficiaries")
LABELS = {
    "holder": _("Policyholder"),
    "frequency": _("Frequency"),
    "currency": _("Currency"),
    "effective_on": _("Effective on"),
    "payment_account": _("Payment account"),
    "party": _("Customer"),
    "born_on": _("Born on"),
    "sex": _("Sex"),
    "occupation_class": _("Occupation class"),
    "code": _("Code"),
    "product": _("Product"),
    "version": _("Product version"),
    "policy_term": _("Policy term"),
    "payment_term": _("Payment term"),
    "sum_assured": _("Sum assured"),
    "premium": _("Premium"),
    "ends_on": _("Ends on"),
    "premium_ends_on": _("Premium ends on"),
    "extra_percent": _("Loading, per cent of the rate"),
    "extra_per_mille": _("Loading, per mille of the sum assured"),
    "rated_from": _("Rated from"),
    "share": _("Share"),
    "benefit_order": _("Benefit order"),
    "relationship": _("Relationship to the insured"),
    ORDER: _("Order"),
}
TITLES = {"lives": _("Insured"), "coverages": _("Coverage"), "beneficiaries": _("Beneficiary")}
ONLY_IF_ANY = ("extra_percent", "extra_per_mille")


@dataclass(frozen=True)
class Line:
    """One place, before and after, as text; ``kind`` is added, removed, changed or unchanged."""

    path: str
    label: str
    before: str
    after: str
    kind: str


@dataclass(frozen=True)
class Part:
    """What changes on one thing of the contract: a coverage, a person, or the contract itself."""

    title: str
    kind: str
    lines: tuple[Line, ...]


def parts(found: Iterable[Difference], currency: str, *, names: Mapping[int, str] | None = None) -> tuple[Part, ...]:
    """The differences, thing by thing. ``names`` tells people otherwise than masked, as a letter to them must."""
    listed = list(found)
    return _parts(listed, Words.of(listed, currency, names or {}))


def side_by_side(before: Terms, after: Terms) -> tuple[Part, ...]:
    """The differences of two contracts; then the coverages that stay as they are, so that nobody has to wonder."""
    listed = differences(before, after)
    words = Words.of(listed, after.currency)
    return (*_parts(listed, words, _in_all(before, after)), *(_same(each, words) for each in untouched(before, after)))


def unchanged(coverages: Iterable[Coverage], currency: str) -> tuple[Part, ...]:
    """Coverages that stay as they are, so that nobody has to wonder."""
    words = Words.of((), currency)
    return tuple(_same(each, words) for each in coverages)


def _parts(listed: Sequence[Difference], words: "Words", more: Iterable[Line] = ()) -> tuple[Part, ...]:
    """The contract itself first, with ``more`` lines about it; then thing by thing."""
    shown = [each for each in listed if each.field not in ONLY_IF_ANY or each.before or each.after]
    told = []
    if whole := (*(words.line(each) for each in shown if not each.key), *more):
        told.append(Part(_now("Contract"), Kind.CHANGED, whole))
    for _thing, group in groupby((each for each in shown if each.key), key=lambda each: each.thing):
        first, *rest = group
        told.append(Part(words.title(first), first.kind, tuple(map(words.line, (first, *rest)))))
    return tuple(told)


def _in_all(before: Terms, after: Terms) -> Iterator[Line]:
    """What one instalment costs, where that changes."""
    if before.premium != after.premium:
        old, new = (money(each.premium, each.currency) for each in (before, after))
        yield Line("premium", _now("Premium in all"), old, new, Kind.CHANGED)


def _same(coverage: Coverage, words: "Words") -> Part:
    lines = []
    for name in ("sum_assured", "premium"):
        text = words.value(name, getattr(coverage, name))
        lines.append(Line(f"coverages[{coverage.code}].{name}", str(LABELS[name]), text, text, UNCHANGED))
    return Part(words.coverage(coverage.code), UNCHANGED, tuple(lines))


@dataclass(frozen=True)
class Words:
    """What ids and codes are called, read once for all differences."""

    currency: str
    people: Mapping[int, str]
    accounts: Mapping[int, str]
    products: Mapping[str, str] = field(default_factory=products.names)

    @classmethod
    def of(cls, listed: Iterable[Difference], currency: str, names: Mapping[int, str] | None = None) -> "Words":
        ids = {party for each in listed for party in people_in(each)} - set(names or {})
        accounts = {int(id) for each in listed if each.field == "payment_account" for id in _sides(each) if id}
        people = (parties.masked_names(ids) if ids else {}) | dict(names or {})
        return cls(currency, people, parties.account_labels(accounts) if accounts else {})

    def title(self, difference: Difference) -> str:
        if difference.group == "coverages":
            return self.coverage(difference.key)
        return f"{TITLES[difference.group]} {self.person(difference.key)}"

    def line(self, difference: Difference) -> Line:
        name, group = difference.field, difference.group
        label = f"{TITLES[group]}: {LABELS[name]}" if name == ORDER else str(LABELS[name])
        before, after = (self.value(name, value, group) for value in _sides(difference))
        return Line(difference.path, label, before, after, difference.kind)

    def coverage(self, code: str) -> str:
        return f"{TITLES['coverages']} {code}"

    def person(self, key: str) -> str:
        """By the key of a life or a beneficiary; of the latter with the benefit order."""
        party, _comma, rank = key.removeprefix("party=").partition(",order=")
        name = self.people.get(int(party), EMPTY)
        return f"{name} · {LABELS['benefit_order']} {rank}" if rank else name

    def value(self, name: str, value: Any, group: str = "") -> str:
        if value is None or value == "":
            return EMPTY
        if name == ORDER:
            return self._in_order(str(value), group)
        return READ[name](self, value) if name in READ else str(brief(value))

    def _in_order(self, keys: str, group: str) -> str:
        return "; ".join(self.person(key) if group in PEOPLE else key for key in keys.split("; "))


READ: dict[str, Callable[[Words, Any], str]] = {
    "holder": lambda words, party: words.people.get(party, EMPTY),
    "frequency": lambda words, code: frequency(code),
    "payment_account": lambda words, account: words.accounts.get(account, EMPTY),
    "effective_on": lambda words, on: day(on),
    "born_on": lambda words, on: day(on),
    "sex": lambda words, code: str(Sex(code).label),
    "occupation_class": lambda words, number: str(number),
    "product": lambda words, code: f"{words.products.get(code, '')} {code}".strip(),
    "version": lambda words, number: str(number),
    "policy_term": lambda words, code: str(period(Period.parse(code))),
    "payment_term": lambda words, code: str(period(Period.parse(code))),
    "sum_assured": lambda words, amount: money(amount, words.currency),
    "premium": lambda words, amount: money(amount, words.currency),
    "ends_on": lambda words, on: day(on),
    "premium_ends_on": lambda words, on: day(on),
    "extra_percent": lambda words, percent: f"{percent:f} %",
    "extra_per_mille": lambda words, per_mille: f"{per_mille:f} ‰",
    "rated_from": lambda words, on: day(on),
    "share": lambda words, share: f"{share:.2%}",
    "relationship": lambda words, code: str(RelationshipCode(code).label),
}


def _sides(difference: Difference) -> tuple[Any, Any]:
    return difference.before, difference.after


def people_in(difference: Difference) -> Iterator[int]:
    """The ids of the people a difference speaks of."""
    if difference.field == "holder":
        yield from (int(party) for party in _sides(difference) if party)
    if difference.group in PEOPLE:
        keys = str(difference.before).split("; ") if difference.field == ORDER else [difference.key]
        yield from (int(key.removeprefix("party=").partition(",")[0]) for key in keys)
