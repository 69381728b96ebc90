"""Questions 问题: the form of an item, drawn from its ``Input`` alone; plain posts, rows added and removed by buttons.

Every control is named after its place: ``BENEFICIARY_CHANGE.beneficiaries.0.share``. What was typed is never lost.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework.serializers import Field, ListSerializer

from apps.core.admin.pages import Text
from apps.core.api import Input, ids
from apps.core.api.inputs import CodeInput, DayInput, FlagInput, IdInput, read
from apps.core.api.problems import Problem
from apps.endorsements.base import EndorsementType
from apps.endorsements.inputs import AmountInput, NumberInput, ShareInput

LONGEST = 400
MOST_ROWS = 30
Options = Sequence[tuple[str, Text]]
OptionsOf = Callable[[str], Options]
"""What may be chosen where an id of some kind is asked for."""
CONTROLS: Mapping[type[Field], str] = {
    DayInput: "date",
    CodeInput: "select",
    IdInput: "select",
    FlagInput: "checkbox",
    NumberInput: "number",
    AmountInput: "amount",
    ShareInput: "share",
}


@dataclass
class Question:
    """One control: what it is called, what stands in it, and what is wrong with it."""

    name: str
    label: Text
    control: str
    value: str = ""
    options: Options = ()
    faults: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"id_{self.name.replace('.', '_')}"


@dataclass
class Rows:
    """Many of the same kind: each row has its questions, and a button that removes it."""

    name: str
    label: Text
    rows: list[list[Question]]
    faults: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"id_{self.name.replace('.', '_')}"


class Sheet:
    """The questions of one item, with what was typed, or with what stands now."""

    def __init__(self, kind: EndorsementType, known: Mapping[str, Any], data: QueryDict | None, of: OptionsOf) -> None:
        self.kind, self.of = kind, of
        self.input: Input = kind.Input()
        self.known = self._as_body(self.input, known)
        self.body = self.known if data is None else self._typed(self.input, kind.code, data)
        self.faults: dict[str, list[str]] = {}

    @property
    def code(self) -> str:
        return self.kind.code

    @property
    def unchanged(self) -> bool:
        """Whether it says what it said when it was opened."""
        return self.body == self.known

    def read(self) -> dict[str, Any] | None:
        """The validated answers; None, with a word at each place, if something is wrong."""
        try:
            return read(self.kind.Input, self.body)
        except Problem as problem:
            for fault in problem.errors:
                self.faults.setdefault(fault.pointer.strip("/").replace("/", "."), []).append(str(fault.message))
            return None

    def add_row(self, name: str, values: Mapping[str, str] | None = None) -> None:
        """Another row; an empty last one is filled first."""
        rows = self.body.setdefault(name, [])
        if values and rows and not any(rows[-1].values()):
            rows.pop()
        if len(rows) < MOST_ROWS:
            rows.append(dict(values or {}))

    def remove_row(self, name: str, number: int) -> None:
        rows = self.body.get(name, [])
        if 0 <= number < len(rows):
            rows.pop(number)

    def lists(self) -> list[tuple[str, Mapping[str, Field]]]:
        """The questions that have rows, with the fields of a row."""
        return [(name, _row(each)) for name, each in self.input.fields.items() if isinstance(each, ListSerializer)]

    def persons(self) -> Iterator[str]:
        """The people that are named in it, by their public ids."""
        for name, each in self.input.fields.items():
            if isinstance(each, ListSerializer):
                inner = _row(each)
                yield from (row.get(key, "") for row in self.body.get(name, ()) for key in inner if _person(inner[key]))
            elif _person(each):
                yield self.body.get(name, "")

    @property
    def asks_for_persons(self) -> bool:
        fields = [
            *self.input.fields.values(),
            *(each for _n, many in self.lists() for each in many.values()),
        ]
        return any(map(_person, fields))

    def questions(self) -> list[Question | Rows]:
        """What the page shows."""
        return [self._shown(name, each) for name, each in self.input.fields.items()]

    def wrong(self) -> list[tuple[str, Text, str]]:
        """Each fault with the place it leads to, for the summary on top."""
        found = []
        for each in self.questions():
            found += [(each.id, each.label, fault) for fault in each.faults]
            if isinstance(each, Rows):
                inner = (question for row in each.rows for question in row)
                found += [(question.id, question.label, fault) for question in inner for fault in question.faults]
        return found

    def _shown(self, name: str, each: Field) -> Question | Rows:
        if not isinstance(each, ListSerializer):
            return self._question((name,), each, self.body.get(name))
        rows = [
            [self._question((name, str(number), key), inner, row.get(key)) for key, inner in _row(each).items()]
            for number, row in enumerate(self.body.get(name, ()))
        ]
        return Rows(f"{self.code}.{name}", each.help_text or name, rows, self.faults.get(name, []))

    def _question(self, place: Sequence[str], each: Field, value: Any) -> Question:
        options: Options = ()
        if isinstance(each, CodeInput):
            options = [("", _("Please choose")), *each.labels.items()]
        elif isinstance(each, IdInput):
            options = [("", _("Please choose")), *self.of(each.kind)]
        control = CONTROLS.get(type(each), "text")
        text = "on" if value is True else "" if value in (None, False) else str(value)
        at = ".".join(place)
        return Question(
            f"{self.code}.{at}", each.help_text or place[-1], control, text, options, self.faults.get(at, [])
        )

    def _typed(self, of: Any, prefix: str, data: QueryDict) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for name, each in of.fields.items():
            place = f"{prefix}.{name}"
            if isinstance(each, ListSerializer):
                count = min(_number(data.get(f"{place}.rows", "")), MOST_ROWS)
                body[name] = [self._typed(each.child, f"{place}.{number}", data) for number in range(count)]
            elif (value := _of_post(each, data.get(place, ""))) is not None:
                body[name] = value
        return body

    def _as_body(self, of: Any, known: Mapping[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for name, each in of.fields.items():
            if name not in known:
                continue
            if isinstance(each, ListSerializer):
                body[name] = [self._as_body(each.child, row) for row in known[name]]
            else:
                body[name] = _of_value(each, known[name])
        return body


def _row(many: ListSerializer) -> Mapping[str, Field]:
    """The fields of one row."""
    return cast(Input, many.child).fields


def _person(each: Field) -> bool:
    return isinstance(each, IdInput) and each.kind == "party"


def _of_post(each: Field, typed: str) -> Any:
    """What was typed, as a client of the API would send it; None if nothing was."""
    text = typed.replace("\x00", "").strip()[:LONGEST]
    if isinstance(each, FlagInput):
        return text == "on"
    if isinstance(each, NumberInput):
        return int(text) if text.isascii() and text.isdigit() else text or None
    if isinstance(each, AmountInput):
        text = text.replace(",", "")
    return text or None


def _of_value(each: Field, value: Any) -> Any:
    """A value as a client of the API would send it."""
    match value:
        case UUID():
            assert isinstance(each, IdInput)
            return ids.write(each.kind, value)
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
    if isinstance(each, CodeInput):
        return next((name for name, stored in each.values.items() if stored == value), "")
    return value


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
