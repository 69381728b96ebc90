"""The permission matrix 权限矩阵 as values: roles × actions × capabilities, read once from ``permissions.yaml``.

A file that is not whole is refused at start: every action has a cell for every role, and every word in a cell is
from the file's own vocabularies.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import get_language

SOURCE = Path(__file__).with_name("permissions.yaml")


@dataclass(frozen=True)
class Term:
    """A code with its names in both languages; prints as the reader's language has it."""

    code: str
    zh: str
    en: str

    def __str__(self) -> str:
        return self.zh if (get_language() or "").startswith("zh") else self.en


@dataclass(frozen=True)
class Grant:
    """What one cell grants: how far it reaches, and what narrows it."""

    scope: str
    limit: str = ""
    only: str = ""
    when: tuple[str, ...] = ()


@dataclass(frozen=True)
class Role(Term):
    """角色. One that is not enabled by default counts only where the company has switched it on."""

    kind: str
    default_scope: str
    enabled_by_default: bool


@dataclass(frozen=True)
class Action(Term):
    """操作: what can be done, and by which role with which capability (R, C, E, A, X)."""

    group: str
    step_up: str
    cells: Mapping[str, Mapping[str, Grant]]

    def grant(self, role: str, capability: str) -> Grant | None:
        return self.cells[role].get(capability)


@dataclass(frozen=True)
class Duty:
    """职责分离: acts that two different persons must do (P47), each as actions or groups and capabilities."""

    code: str
    first: Mapping[str, tuple[str, ...]]
    second: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Invariant:
    """What must hold over the whole table: capabilities these roles never have, the only scopes they may have."""

    code: str
    roles: tuple[str, ...]
    actions: tuple[str, ...]
    forbid: tuple[str, ...]
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Matrix:
    """The whole file."""

    counts: Mapping[str, int]
    scopes: tuple[str, ...]
    roles: Mapping[str, Role]
    actions: Mapping[str, Action]
    most_rows: Mapping[str, int]
    duties: tuple[Duty, ...]
    invariants: tuple[Invariant, ...]

    def split(self, permission: str) -> tuple[Action, str]:
        """``"policy_read.R"`` → its action and capability. An unknown one is a programmer's mistake: KeyError."""
        code, _, capability = permission.rpartition(".")
        if capability not in CAPABILITIES:
            raise KeyError(f"no such capability: {permission}")
        return self.actions[code], capability

    def grants(self, roles: frozenset[str], permission: str) -> tuple[Grant, ...]:
        """What these roles together are granted of one permission."""
        action, capability = self.split(permission)
        found = (action.grant(role, capability) for role in sorted(roles))
        return tuple(grant for grant in found if grant)

    def permissions(self) -> Iterator[str]:
        """Every permission somebody may hold."""
        for action in self.actions.values():
            for capability in CAPABILITIES:
                if any(capability in cell for cell in action.cells.values()):
                    yield f"{action.code}.{capability}"


CAPABILITIES = ("R", "C", "E", "A", "X")


@cache
def matrix() -> Matrix:
    """The product's own matrix."""
    return read(yaml.safe_load(SOURCE.read_text(encoding="utf-8")))


def read(data: Mapping[str, Any]) -> Matrix:
    """Turn the file's content into values; ValueError names the cell that is missing or says an unknown word."""
    for code, action in data["actions"].items():
        if set(action["cells"]) != set(data["roles"]):
            raise ValueError(f"permission matrix: {code} has not exactly one cell per role")
        for role, cell in action["cells"].items():
            for capability, grant in cell.items():
                _check(data, f"{code}/{role}/{capability}", capability, grant)
    return Matrix(
        counts=data["meta"]["counts"],
        scopes=tuple(data["scopes"]),
        roles={code: _role(code, entry) for code, entry in data["roles"].items()},
        actions={code: _action(code, entry) for code, entry in data["actions"].items()},
        most_rows={code: limit["max_rows"] for code, limit in data["limits"].items() if "max_rows" in limit},
        duties=tuple(_duty(pair) for pair in data["separation_of_duty"]["pairs"]),
        invariants=tuple(_invariant(entry) for entry in data["invariants"]),
    )


def _check(data: Mapping[str, Any], cell: str, capability: str, grant: Mapping[str, Any]) -> None:
    words = {
        "capabilities": [capability],
        "scopes": [grant["scope"]],
        "limits": [grant["limit"]] if "limit" in grant else [],
        "only": [grant["only"]] if "only" in grant else [],
        "conditions": grant.get("when", []),
    }
    for vocabulary, used in words.items():
        if unknown := set(used) - set(data[vocabulary]):
            raise ValueError(f"permission matrix: {cell} says {unknown}, which is not among the {vocabulary}")


def _role(code: str, entry: Mapping[str, Any]) -> Role:
    return Role(code, entry["zh"], entry["en"], entry["kind"], entry["default_scope"], entry["enabled_by_default"])


def _action(code: str, entry: Mapping[str, Any]) -> Action:
    cells = {
        role: {capability: _grant(grant) for capability, grant in cell.items()} for role, cell in entry["cells"].items()
    }
    return Action(code, entry["zh"], entry["en"], entry["group"], entry["step_up"], cells)


def _grant(entry: Mapping[str, Any]) -> Grant:
    return Grant(entry["scope"], entry.get("limit", ""), entry.get("only", ""), tuple(entry.get("when", ())))


def _duty(entry: Mapping[str, Any]) -> Duty:
    first, second = ({key: tuple(words) for key, words in entry[side].items()} for side in ("first", "second"))
    return Duty(entry["code"], first, second)


def _invariant(entry: Mapping[str, Any]) -> Invariant:
    parts = (tuple(entry[key]) for key in ("roles", "actions", "forbid", "scopes"))
    return Invariant(entry["code"], *parts)
