"""Comparing Terms 条件比对: what lies between two contracts, place by place. Pure; one truth for every reader.

Clerk, checker, slip, API and the rebase of a case all read these differences (W10, B5, B9, screen S7).
"""

import re
import typing
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from apps.core.values import read

from .terms import Beneficiary, Coverage, Life, Terms

Value = Decimal | date | str | int | None
Things = dict[str, dict[str, Value]]

LISTS = ("lives", "coverages", "beneficiaries")
ORDER = "order"
PLACE = re.compile(r"(?P<group>\w+)(\[(?P<key>[^\]]*)\])?(\.(?P<field>\w+))?")


class Kind(StrEnum):
    """变更类别: whether the thing itself came, went, or has another value."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """差异: one place where two contracts differ.

    ``path`` is stable: "frequency", "lives[12].born_on", "coverages[C1+2].premium",
    "beneficiaries[party=12,order=1].share", and "coverages.order" for things kept in another order. People are ids.
    All facts of a thing that came are ``added``, of one that went ``removed``.
    """

    path: str
    kind: Kind
    before: Value
    after: Value

    @property
    def thing(self) -> str:
        """What it is about: "coverages[C1+2]", "frequency"."""
        return self.path.partition(".")[0]

    @property
    def group(self) -> str:
        """The kind of thing: "coverages"."""
        return _place(self.path)["group"]

    @property
    def key(self) -> str:
        """Which one of its kind: "C1+2"; empty for what there is only one of."""
        return _place(self.path)["key"]

    @property
    def field(self) -> str:
        """Which fact of the thing: "premium"; for what is a single fact its own name."""
        return _place(self.path)["field"] or self.group


def _place(path: str) -> dict[str, str]:
    match = PLACE.fullmatch(path)
    assert match, path
    return match.groupdict(default="")


def differences(before: Terms, after: Terms) -> tuple[Difference, ...]:
    """What makes ``after`` of ``before``, in the order of the contract; nothing if, and only if, they are equal."""
    return tuple(_differences(before, after))


def _differences(before: Terms, after: Terms) -> Iterator[Difference]:
    for each in fields(Terms):
        old, new = getattr(before, each.name), getattr(after, each.name)
        if each.name in LISTS:
            yield from _of_list(each.name, _things(old), _things(new))
        elif old != new:
            yield Difference(each.name, Kind.CHANGED, old, new)


def _things(listed: Iterable[Life | Coverage | Beneficiary]) -> Things:
    """The facts of each thing, by what tells it apart from the others of its kind."""
    found = {}
    for thing in listed:
        key, told_by = _key(thing)
        found[key] = {each.name: getattr(thing, each.name) for each in fields(thing) if each.name not in told_by}
    return found


def _key(thing: Life | Coverage | Beneficiary) -> tuple[str, tuple[str, ...]]:
    match thing:
        case Life():
            return str(thing.party), ("party",)
        case Coverage():
            return thing.code, ("code",)
    return f"party={thing.party},order={thing.benefit_order}", ("party", "benefit_order")


def _of_list(group: str, old: Things, new: Things) -> Iterator[Difference]:
    for key in (*old, *(key for key in new if key not in old)):
        yield from _of_thing(f"{group}[{key}]", old.get(key), new.get(key))
    kept, now = [key for key in old if key in new], [key for key in new if key in old]
    if kept != now:
        # The first coverage is the main one, the first life the one rated: order says something.
        yield Difference(f"{group}.{ORDER}", Kind.CHANGED, "; ".join(kept), "; ".join(now))


def _of_thing(thing: str, old: Mapping[str, Value] | None, new: Mapping[str, Value] | None) -> Iterator[Difference]:
    kind = Kind.ADDED if old is None else Kind.REMOVED if new is None else Kind.CHANGED
    for name in old or new or ():
        before, after = (old or {}).get(name), (new or {}).get(name)
        if before != after:
            yield Difference(f"{thing}.{name}", kind, before, after)


FACTS = {
    name: hint
    for kind in (Terms, Life, Coverage, Beneficiary)
    for name, hint in typing.get_type_hints(kind).items()
    if name not in LISTS
}
"""Of what type each fact is, so that differences kept as JSON read back as they were."""


def difference_of(data: Mapping[str, Any]) -> Difference:
    """A difference as ``core.values.to_json`` wrote it."""
    found = Difference(data["path"], Kind(data["kind"]), None, None)
    hint = FACTS.get(found.field, str)
    before, after = (None if data[side] is None else read(hint, data[side]) for side in ("before", "after"))
    return replace(found, before=before, after=after)


def untouched(before: Terms, after: Terms) -> tuple[Coverage, ...]:
    """The coverages that stay exactly as they are."""
    return tuple(each for each in after.coverages if each in before.coverages)


def paths(differences: Iterable[Difference]) -> frozenset[str]:
    """Where the differences lie."""
    return frozenset(difference.path for difference in differences)


def overlap(a: Collection[str], b: Collection[str]) -> bool:
    """Whether two sets of paths touch the same thing, so that one change cannot be made without regard to the other.

    Beneficiaries are one thing, since their shares depend on each other; coverages and lives are told apart. Another
    order touches all of its kind.
    """
    return any(_touch(_place(one), _place(other)) for one in a for other in b)


def _touch(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    together = one["group"] == "beneficiaries" or not (one["key"] and other["key"])
    return one["group"] == other["group"] and (together or one["key"] == other["key"])
