"""Derivations 计算过程 as people read them: every figure opens what it was computed from (screen S6.5, W6).

Apps name what their traces hold: ``trace_words({"value_before": _("Value at the start of the year")})``.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.money import HALF_UP, Trace

from .pages import Text
from .show import day

_words: dict[str, Text] = {HALF_UP: _("half up to the fen")}


@dataclass(frozen=True)
class Derivation:
    """How one amount came about: by which rule, from which values, out of which row of which table."""

    rule: Text
    result: str
    inputs: tuple[tuple[Text, str], ...]
    table: str
    rounding: Text


def trace_words(names: Mapping[str, Text]) -> None:
    """What readers call the rules and inputs of an app's traces."""
    _words.update(names)


def derivation(trace: Trace | Mapping[str, Any]) -> Derivation:
    """A trace, or what ``as_json`` wrote of one, in the reader's language."""
    told: Mapping[str, Any] = trace.as_json() if isinstance(trace, Trace) else trace
    return Derivation(
        rule=_named(told["rule"]),
        result=_shown(told["result"]),
        inputs=tuple((_named(name), _shown(value)) for name, value in told["inputs"].items()),
        table=" · ".join(filter(None, (told.get("table_version", ""), told.get("table_row", "")))),
        rounding=_named(told.get("rounding", "")),
    )


def _named(name: str) -> Text:
    return _words.get(name) or name.replace("_", " ")


def _shown(text: str) -> str:
    """Numbers grouped, with all their digits; days in full."""
    with suppress(InvalidOperation):
        return f"{Decimal(text):,f}"
    with suppress(ValueError):
        return day(date.fromisoformat(text))
    return str(_words.get(text, text))
