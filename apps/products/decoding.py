"""From a tree of text to dataclasses and back: the dataclass is the schema, every fault is named by row and column.

The tree comes from YAML (with line numbers) or from jsonb. Scalars stay text until a field's type reads them, so that
no number passes through a binary fraction.
"""

import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import yaml
from django.db.models import TextChoices

from .terms import Period, Unfit

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C where PyYAML has it: ten times as fast, of the same trees."""
NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?")
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,9}")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FULL_WIDTH = re.compile("[\uff01-\uff5e]")
BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True)
class Fault:
    """One wrong place of a source file: its row (line, from 1), its column (a header or a dotted path), and why."""

    file: str
    row: int
    column: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Node:
    """A value and where it stands. Scalars are text, None is an empty value."""

    value: "str | list[Node] | dict[str, Node] | None"
    row: int = 0
    path: str = ""

    def as_json(self) -> Any:
        match self.value:
            case dict():
                return {key: node.as_json() for key, node in self.value.items()}
            case list():
                return [node.as_json() for node in self.value]
        return self.value


class Faults(list[Fault]):
    """The faults found so far in one file."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file = file

    def add(self, row: int, column: str, code: str, /, **params: Any) -> None:
        self.append(Fault(self.file, row, column, code, params))


def number(text: str) -> Decimal:
    """An exact decimal in plain ASCII digits; anything else is a ValueError."""
    if not NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def whole_number(text: str) -> int:
    if not WHOLE_NUMBER.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _date(text: str) -> date:
    if not DATE.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _boolean(text: str) -> bool:
    if text not in BOOLEANS:
        raise ValueError(text)
    return BOOLEANS[text]


SCALARS: dict[type, tuple[Callable[[str], Any], str]] = {
    str: (str, "product_value_missing"),
    int: (whole_number, "product_not_a_whole_number"),
    bool: (_boolean, "product_not_true_or_false"),
    Decimal: (number, "product_not_a_number"),
    date: (_date, "product_not_a_date"),
    Period: (Period.parse, "product_not_a_period"),
}


def scalar_fault(text: str, code: str) -> tuple[str, dict[str, Any]]:
    """The code that says best what is wrong with a scalar: full-width characters are named as such."""
    return ("product_full_width" if FULL_WIDTH.search(text) else code), {"value": text}


def yaml_tree(text: str, faults: Faults) -> Node | None:
    """The tree of a YAML document with line numbers; a broken document or a repeated key is a fault."""
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, LOADER)):
            faults.add(1, "", "product_yaml_broken", problem="aliases are not supported")
            return None
        root = yaml.compose(text, LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        faults.add(mark.line + 1 if mark else 1, "", "product_yaml_broken", problem=error.problem)
        return None
    except yaml.YAMLError as error:
        faults.add(1, "", "product_yaml_broken", problem=str(error).splitlines()[0])
        return None
    return _from_yaml(root, "", faults) if root else Node(None, 1)


def _from_yaml(node: yaml.Node, path: str, faults: Faults) -> Node:
    row = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        empty = node.tag == "tag:yaml.org,2002:null"
        return Node(None if empty else node.value.strip(), row, path)
    if isinstance(node, yaml.SequenceNode):
        return Node([_from_yaml(item, f"{path}[{i}]", faults) for i, item in enumerate(node.value, 1)], row, path)
    members: dict[str, Node] = {}
    for key, value in node.value:
        name = str(key.value)
        where = f"{path}.{name}" if path else name
        if name in members:
            faults.add(key.start_mark.line + 1, where, "product_field_repeated", field=name)
        members[name] = _from_yaml(value, where, faults)
    return Node(members, row, path)


def json_tree(value: Any) -> Node:
    """The tree of a jsonb value as written by ``encode``."""
    if isinstance(value, dict):
        return Node({key: json_tree(member) for key, member in value.items()})
    if isinstance(value, list):
        return Node([json_tree(item) for item in value])
    return Node(value)


class Bad(Exception):
    """This part of the tree cannot be built; its faults are already noted."""


def decode(node: Node, kind: Any, faults: Faults) -> Any:
    """Build a value of type ``kind`` from the tree. Notes every fault it can reach, then raises ``Bad``."""
    if isinstance(kind, types.UnionType):
        if node.value is None:
            return None
        kind = next(option for option in kind.__args__ if option is not types.NoneType)
    origin = typing.get_origin(kind)
    if origin is tuple:
        return _sequence(node, typing.get_args(kind)[0], faults)
    if origin is Mapping:
        key_kind, member_kind = typing.get_args(kind)
        return _mapping(node, key_kind, member_kind, faults)
    if is_dataclass(kind) and kind not in SCALARS:
        return _record(node, kind, faults)
    return _scalar(node, kind, faults)


def _fail(node: Node, faults: Faults, code: str, **params: Any) -> typing.NoReturn:
    faults.add(node.row, node.path, code, **params)
    raise Bad


def _scalar(node: Node, kind: Any, faults: Faults) -> Any:
    if not isinstance(node.value, str) or not node.value:
        _fail(node, faults, "product_value_missing")
    try:
        if issubclass(kind, (StrEnum, TextChoices)):
            return kind(node.value)
        return SCALARS[kind][0](node.value)
    except ValueError:
        default = SCALARS[kind][1] if kind in SCALARS else "product_value_unknown"
        code, params = scalar_fault(node.value, default)
        _fail(node, faults, code, **params)


def _sequence(node: Node, kind: Any, faults: Faults) -> tuple[Any, ...]:
    if not isinstance(node.value, list):
        _fail(node, faults, "product_not_a_list")
    return tuple(_all(((item, kind) for item in node.value), faults))


def _mapping(node: Node, key_kind: Any, kind: Any, faults: Faults) -> dict[Any, Any]:
    if not isinstance(node.value, dict):
        _fail(node, faults, "product_not_a_mapping")
    keys = [(Node(key, member.row, member.path), key_kind) for key, member in node.value.items()]
    return dict(zip(_all(keys, faults), _all(((member, kind) for member in node.value.values()), faults), strict=True))


def _all(parts: Any, faults: Faults) -> list[Any]:
    """Decode every part before giving up, so that all faults are named at once."""
    done, bad = [], False
    for node, kind in parts:
        try:
            done.append(decode(node, kind, faults))
        except Bad:
            bad = True
    if bad:
        raise Bad
    return done


def stored_fields(kind: Any) -> Iterator[Field[Any]]:
    """The fields that stand in the file; the others are filled in by the program."""
    return (f for f in fields(kind) if f.metadata.get("stored", True))


def _record(node: Node, kind: Any, faults: Faults) -> Any:
    members = {} if node.value is None else node.value
    if not isinstance(members, dict):
        _fail(node, faults, "product_not_a_mapping")
    hints = typing.get_type_hints(kind)
    known = {f.name: f for f in stored_fields(kind)}
    before = len(faults)
    for name in members.keys() - known.keys():
        faults.add(members[name].row, members[name].path, "product_field_unknown", field=name)
    for name, spec in known.items():
        if name not in members and spec.default is MISSING and spec.default_factory is MISSING:
            faults.add(node.row, f"{node.path}.{name}".lstrip("."), "product_field_missing", field=name)
    present = [name for name in known if name in members]
    values = _all(((members[name], hints[name]) for name in present), faults)
    if len(faults) > before:
        raise Bad
    try:
        return kind(**dict(zip(present, values, strict=True)))
    except Unfit as unfit:
        column = f"{node.path}.{unfit.field_name}".lstrip(".")
        culprit = _find(node, unfit.field_name)
        faults.add(culprit.row, column, unfit.code, **unfit.params)
        raise Bad from None


def _find(node: Node, dotted: str) -> Node:
    """The deepest node that exists on the way to a field."""
    for name in dotted.split("."):
        if not isinstance(node.value, dict) or name not in node.value:
            break
        node = node.value[name]
    return node


def encode(value: Any) -> Any:
    """The jsonb form that ``decode(json_tree(...))`` reads back to an equal value: all scalars as text."""
    if is_dataclass(value) and not isinstance(value, Period):
        return {f.name: encode(getattr(value, f.name)) for f in stored_fields(value)}
    if isinstance(value, Mapping):
        return {str(key): encode(member) for key, member in value.items()}
    if isinstance(value, (tuple, list)):
        return [encode(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
