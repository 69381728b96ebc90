"""Suggesting a mapping 映射建议: what columns are probably about; and a mapping made of what a person chose."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from apps.core.errors import refuse

from .cells import DateStyle
from .fields import fields

WORDS = Path(__file__).parent / "words.yaml"
ASIDE = re.compile(r"\(.*?\)|\[.*?\]|[\s_*:.\-/]")
RESIDENT_ID = "111"


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person says of a file: the field of each column ("" for none), constants, and what cells stand for.

    ``yearly``: premiums are those of a year, whatever the frequency.
    """

    book: str
    row_key: str
    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    yearly: bool = False


def suggest(columns: Sequence[str]) -> dict[str, str]:
    """The field each column is probably about, each field once."""
    known, found = _fields_by_word(), dict[str, str]()
    for column in columns:
        name = known.get(_plain(column), "")
        found[column] = name if name not in found.values() else ""
    return found


def code_for(name: str, cell: str) -> str:
    """What a cell of a coded field commonly stands for; "" if nobody knows."""
    return _values().get(coded(name), {}).get(_plain(cell), "")


def coded(name: str) -> str:
    """The list of words a field's values are found in: that of the field itself, or of its part of a person."""
    return name if name in _values() else name.partition("_")[2]


def is_coded(name: str) -> bool:
    return coded(name) in _values()


def compose(choices: Choices) -> str:
    """The YAML of the mapping somebody chose. Refuses a field taken from two columns, and a file without row key."""
    if not choices.columns.get(choices.row_key):
        raise refuse("import_mapping_key_missing")
    made: dict[str, dict[str, Any]] = {name: {"value": value} for name, value in choices.constants.items() if value}
    for column, name in choices.columns.items():
        if name and "column" in made.get(name, {}):
            raise refuse("import_mapping_two_columns", field=name, first=made[name]["column"], second=column)
        if name:
            made[name] = {**made.get(name, {}), "column": column}
            if values := choices.values.get(column):
                made[name]["values"] = dict(values)
    if choices.yearly and "premium" in made:
        made["premium"]["yearly"] = "true"
    _add_id_types(made)
    return _as_yaml(choices, made)


def _add_id_types(made: dict[str, dict[str, Any]]) -> None:
    """A document without a type is a resident ID."""
    for name in [name for name in made if name.endswith("_id_number")]:
        made.setdefault(name.replace("_id_number", "_id_type"), {"value": RESIDENT_ID})


def _as_yaml(choices: Choices, made: Mapping[str, Any]) -> str:
    tree = {
        "book": choices.book,
        "row_key": choices.row_key,
        "dates": str(DateStyle.AUTO),
        "fields": {name: made[name] for name in fields() if name in made},
        "ignored": [column for column, name in choices.columns.items() if not name],
    }
    return yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, width=120)


def _plain(text: str) -> str:
    return ASIDE.sub("", unicodedata.normalize("NFKC", text).casefold())


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return words


@cache
def _values() -> dict[str, dict[str, str]]:
    return {name: {_plain(word): code for word, code in values.items()} for name, values in _words()["values"].items()}


@cache
def _fields_by_word() -> dict[str, str]:
    words, known = _words(), fields()
    found = {_plain(word): name for name, called in words["fields"].items() for word in called}
    for prefix, groups in words["groups"].items():
        for part, parts in words["parts"].items():
            if f"{prefix}_{part}" in known:
                for word in _joined(groups, parts):
                    found.setdefault(word, f"{prefix}_{part}")
    return found


def _joined(groups: Iterable[str], parts: Iterable[str]) -> Iterable[str]:
    return (_plain(group + part) for group in groups for part in parts)
