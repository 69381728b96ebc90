"""Clocks 时限表: every statutory and internal period, read from ``clocks.yaml`` and checked to the last key at start.

A *duty* is ours and becomes a Deadline row; a *window* is a period of rights or risk and is derived, never stored.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from apps.core.registry import Registry

FILE = Path(__file__).with_name("clocks.yaml")
CODE = re.compile(r"[A-Z][A-Z_]+")
EVENT = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*")
OWNERS = frozenset(
    (
        *("submissions", "products", "policies", "documents", "servicing", "billing"),
        *("endorsements", "renewals", "claims", "complaints"),
    )
)
REQUIRED = frozenset({"kind", "zh", "owner", "anchor", "n", "unit", "src", "rule", "cert"})
COMMON = REQUIRED | {"done", "guard", "param", "alt"}
ALLOWED = {
    "duty": COMMON | {"pause", "restart", "cancel", "legal", "on_expire"},
    "window": COMMON | {"party", "short_term", "max_with"},
}


class Kind(StrEnum):
    """Whose period it is 性质."""

    DUTY = "duty"
    WINDOW = "window"


class Unit(StrEnum):
    """How it is counted 单位 (T-05)."""

    WORKING = "WORKING"
    NATURAL = "NATURAL"
    MONTH = "MONTH"
    YEAR = "YEAR"


class ClockError(ValueError):
    """The table of clocks is wrong; the message names the clock and the key."""


@dataclass(frozen=True)
class Pause:
    """Days after the one event and up to the other are not counted."""

    start: str
    end: str


@dataclass(frozen=True)
class Alternative:
    """Another anchor with another length, whichever applies."""

    anchor: str
    n: int


@dataclass(frozen=True)
class Clock:
    """One period: ``n`` units after its anchor. Event names are strings, because the apps above declare them."""

    code: str
    kind: Kind
    zh: str
    owner: str
    anchors: tuple[str, ...]
    n: int
    unit: Unit
    src: str
    rule: str
    cert: str
    done: tuple[str, ...] = ()
    pauses: tuple[Pause, ...] = ()
    restart: tuple[str, ...] = ()
    cancel: tuple[str, ...] = ()
    guard: str = ""
    param: str = ""
    alt: Alternative | None = None
    legal: bool = True
    customers: bool = False
    on_expire: str = ""

    def __str__(self) -> str:
        return self.zh


def load(text: str) -> Registry[Clock]:
    """Read a table of clocks; raises ``ClockError`` at the first thing that is not as the header of the table says."""
    clocks: Registry[Clock] = Registry("clock")
    for code, row in _rows(text):
        if code in clocks:
            raise ClockError(f"{code}: stands in the table twice")
        try:
            clocks.add(code, _clock(code, row))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ClockError(f"{code}: {error}") from error
    return clocks


def _rows(text: str) -> Iterable[tuple[str, Any]]:
    """The rows in order, repeated ones too: a YAML mapping alone would keep the last silently."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        raise ClockError("the table of clocks is not a mapping")
    loader = yaml.SafeLoader("")
    return [(key.value, loader.construct_object(row, deep=True)) for key, row in root.value]


def _clock(code: str, row: Mapping[str, Any]) -> Clock:
    _demand(bool(CODE.fullmatch(code)), "code", code)
    kind = Kind(row["kind"])
    missing, unknown = REQUIRED - row.keys(), row.keys() - ALLOWED[kind]
    _demand(not missing, "missing keys", sorted(missing))
    _demand(not unknown, f"keys that a {kind} does not have", sorted(unknown))
    _demand(kind is Kind.WINDOW or "done" in row, "a duty without an end", "done")
    _demand(row["owner"] in OWNERS, "owner", row["owner"])
    _demand(type(row["n"]) is int and row["n"] > 0, "n", row["n"])
    _demand(str(row["cert"])[:1] in ("V", "P", "M"), "cert", row["cert"])
    _demand(type(row.get("legal", True)) is bool, "legal", row.get("legal"))
    _demand(row.get("party", "customer") == "customer", "party", row.get("party"))
    return Clock(
        code=code,
        kind=kind,
        zh=_text(row["zh"]),
        owner=row["owner"],
        anchors=_events(row["anchor"].split("|")),
        n=row["n"],
        unit=Unit(row["unit"]),
        src=_text(row["src"]),
        rule=_text(row["rule"]),
        cert=_text(row["cert"]),
        done=_events(row.get("done")),
        pauses=tuple(_pause(pause) for pause in _list(row.get("pause"))),
        restart=_events(row.get("restart")),
        cancel=_events(row.get("cancel")),
        guard=row.get("guard", ""),
        param=row.get("param", ""),
        alt=_alternative(row["alt"]) if "alt" in row else None,
        legal=row.get("legal", True),
        customers="party" in row,
        on_expire=row.get("on_expire", ""),
    )


def _pause(value: Mapping[str, Any]) -> Pause:
    _demand(value.keys() == {"from", "to"}, "pause", value)
    return Pause(*_events([value["from"], value["to"]]))


def _alternative(value: Mapping[str, Any]) -> Alternative:
    _demand(value.keys() == {"anchor", "n"} and type(value["n"]) is int and value["n"] > 0, "alt", value)
    (anchor,) = _events(value["anchor"])
    return Alternative(anchor, value["n"])


def _events(value: Any) -> tuple[str, ...]:
    names = tuple(_list(value))
    for name in names:
        _demand(isinstance(name, str) and bool(EVENT.fullmatch(name)), "event name", name)
    return names


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    _demand(isinstance(value, str) and bool(value.strip()), "text", value)
    return str(value)


def _demand(holds: bool, what: str, value: Any) -> None:
    if not holds:
        raise ClockError(f"{what}: {value!r}")


CLOCKS = load(FILE.read_text(encoding="utf-8"))


def duties() -> list[Clock]:
    return [clock for clock in CLOCKS if clock.kind is Kind.DUTY]
