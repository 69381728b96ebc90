"""Shapes 表示: what the API shows of a row, declared once: read by the specification, and compiled to one SELECT.

Rows become JSON without model instances and serializers, and without writing the statement anew for each call: the
ORM takes longer to compose it than PostgreSQL to answer. Only the rows' own query (scope, filters, page) is composed
each time; it stands inside as ``id IN (…)``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

import orjson
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Choices, F, Model, QuerySet, TextField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, JSONArray

from apps.core.money import Currency

from . import ids

Row = dict[str, Any]
Schema = dict[str, Any]


class Field:
    """One member of a shape: the columns it is made of (paths or expressions), and how it is built from them."""

    name: str

    def __init__(self, about: str = "", *columns: str, null: bool = False, example: Any = None) -> None:
        self.about, self._columns, self.null, self.example = about, columns, null, example

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @property
    def columns(self) -> Sequence[Any]:
        return self._columns or (self.name,)

    def builder(self, plain: bool) -> Callable[..., Any] | None:
        """Makes the member from its columns; None if its only column is the member. ``plain`` shows customers whole."""
        return None

    def type_schema(self) -> Schema:
        raise NotImplementedError

    def schema(self) -> Schema:
        schema = self.type_schema()
        if self.null:
            nullable = {"type": [schema["type"], "null"]} if "type" in schema else {}
            schema = schema | nullable if nullable else {"oneOf": [schema, {"type": "null"}]}
            if "enum" in schema:
                schema["enum"] = [*schema["enum"], None]
        if self.about:
            schema["description"] = self.about
        if self.example is not None:
            schema["examples"] = [self.example]
        return schema


class Id(Field):
    """A typed opaque id; the object's own, or a reference."""

    def __init__(self, kind: str, column: Any = "public_id", about: str = "", *, null: bool = False) -> None:
        super().__init__(about, column, null=null)
        self.kind = kind

    def builder(self, plain: bool) -> Callable[..., Any]:
        kind = self.kind

        def build(public_id: UUID | str | None) -> str | None:
            if public_id is None:
                return None
            return ids.write(kind, public_id if isinstance(public_id, UUID) else UUID(public_id))

        return build

    def type_schema(self) -> Schema:
        return {"type": "string", "pattern": ids.pattern(self.kind)}


class Text(Field):
    def type_schema(self) -> Schema:
        return {"type": "string"}


class Number(Field):
    def type_schema(self) -> Schema:
        return {"type": "integer"}


class Flag(Field):
    def type_schema(self) -> Schema:
        return {"type": "boolean"}


class Day(Field):
    def type_schema(self) -> Schema:
        return {"type": "string", "format": "date"}


class Moment(Field):
    """A timestamp in UTC, to the millisecond."""

    def builder(self, plain: bool) -> Callable[..., Any]:
        return moment

    def type_schema(self) -> Schema:
        return {"type": "string", "format": "date-time"}


class Decimals(Field):
    """A number that must stay exact: text."""

    @property
    def columns(self) -> Sequence[Any]:
        return tuple(Cast(F(column), TextField()) for column in super().columns)

    def type_schema(self) -> Schema:
        return {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}


class Code(Field):
    """A state or code as its name in lower case; the stored value is our own affair."""

    def __init__(self, choices: type[Choices], about: str = "", *columns: str, null: bool = False) -> None:
        super().__init__(about, *columns, null=null)
        self.codes = codes(choices)

    def builder(self, plain: bool) -> Callable[..., Any]:
        return self.codes.get

    def type_schema(self) -> Schema:
        return {"type": "string", "enum": list(self.codes.values())}


class Money(Field):
    """``{"amount":"1234.50","currency":"CNY"}``: the amount is text, with the currency's decimals."""

    def __init__(self, about: str = "", amount: str = "", currency: str = "currency", *, null: bool = False) -> None:
        super().__init__(about, null=null)
        self.amount, self.currency = amount, currency

    @property
    def columns(self) -> Sequence[Any]:
        return Cast(F(self.amount or self.name), TextField()), self.currency

    def builder(self, plain: bool) -> Callable[..., Any]:
        return money

    def type_schema(self) -> Schema:
        return {"$ref": "#/components/schemas/Money"}


class Many(Field):
    """Rows that hang on the row, each in its own shape. ``rows`` is their queryset, filtered by ``OuterRef("pk")``."""

    def __init__(self, shape: type["Shape"], rows: QuerySet, about: str = "") -> None:
        super().__init__(about)
        self.shape, self.rows = shape, rows

    @property
    def columns(self) -> Sequence[Any]:
        columns = [column for field in self.shape.fields().values() for column in field.columns]
        return (ArraySubquery(self.rows.values_list(JSONArray(*columns))),)

    def builder(self, plain: bool) -> Callable[..., Any]:
        make = assembler(self.shape.fields().values(), plain)

        def build(rows: Iterable[Any]) -> list[Row]:
            return [make(orjson.loads(row) if isinstance(row, str) else row) for row in rows]

        return build

    def type_schema(self) -> Schema:
        return {"type": "array", "items": {"$ref": f"#/components/schemas/{self.shape.__name__}"}}


class Nested(Field):
    """An object, or a list of them, that an operation builds itself: only told of, never selected."""

    def __init__(self, shape: type["Shape"], about: str = "", *, many: bool = True) -> None:
        super().__init__(about)
        self.shape, self.many = shape, many

    def type_schema(self) -> Schema:
        item = {"$ref": f"#/components/schemas/{self.shape.__name__}"}
        return {"type": "array", "items": item} if self.many else item


class One(Field):
    """What another row says, reached by ``path``, in a shape of its own; for ``expand``."""

    def __init__(self, shape: type["Shape"], path: str, *, null: bool = False) -> None:
        super().__init__(null=null)
        self.shape, self.path = shape, path

    @property
    def columns(self) -> Sequence[Any]:
        return [f"{self.path}__{column}" for field in self.shape.fields().values() for column in field.columns]

    def builder(self, plain: bool) -> Callable[..., Any]:
        make = assembler(self.shape.fields().values(), plain)
        return lambda *columns: make(columns) if columns[0] is not None else None

    def type_schema(self) -> Schema:
        return {"$ref": f"#/components/schemas/{self.shape.__name__}"}


@dataclass(frozen=True)
class Expansion:
    """What stands in for a member when ``expand`` asks for it, and the scope and permission that takes."""

    field: Field
    scope: str
    permission: str


@dataclass(frozen=True)
class Want:
    """Which members are wanted (all, if none is named), which of them expanded, and whether customers stand in full."""

    names: tuple[str, ...] = ()
    expand: tuple[str, ...] = ()
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A row: its key and version, which stay in the house, and what is shown of it."""

    pk: int
    version: str
    row: Row


class Shape:
    """Subclass, name the model, declare the members. The class's name is the component's in the specification.

    ``row_version`` is SQL that differs after every change of the row: by itself the row's own ``xmin``.
    ``expandable`` are the members that stand in for others when ``expand`` asks for them.
    """

    model: ClassVar[type[Model]]
    row_version: ClassVar[str] = "{table}.xmin::text"
    expandable: ClassVar[Mapping[str, Expansion]] = {}

    def __init_subclass__(cls) -> None:
        for name, expansion in cls.expandable.items():
            expansion.field.name = name

    @classmethod
    def fields(cls) -> dict[str, Field]:
        return {name: field for kind in reversed(cls.__mro__) for name, field in vars(kind).items() if _is_field(field)}

    @classmethod
    def schema(cls) -> Schema:
        members = {name: field.schema() for name, field in cls.fields().items()}
        for name, expansion in cls.expandable.items():
            members[name] = {"oneOf": [members[name], expansion.field.schema()]}
        return object_schema(members, cls.__doc__ or "")

    @classmethod
    def read(cls, rows: QuerySet, want: "Want | None" = None, order: Sequence[str] = ()) -> list["Found"]:
        """These rows in that order, shaped."""
        shape: Any = cls
        sql, params, build = _compiled(shape, want or Want())
        try:
            inner, scope = rows.values("pk").query.sql_with_params()
        except EmptyResultSet:
            return []
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} IN ({inner}){_order_by(cls.model, order)}", (*params, *scope))
            return [Found(row[0], row[1], build(row[2:])) for row in cursor.fetchall()]


def assembler(fields: Iterable[Field], plain: bool = False) -> Callable[[Sequence[Any]], Row]:
    """Makes an object from the columns of these fields, in their order."""
    plan = []
    place = 0
    for field in fields:
        width = len(field.columns)
        plan.append((field.name, field.builder(plain), place, place + width))
        place += width

    def assemble(columns: Sequence[Any]) -> Row:
        return {name: make(*columns[a:b]) if make else columns[a] for name, make, a, b in plan}

    return assemble


@cache
def _compiled(shape: Any, want: Want) -> tuple[str, tuple, Callable[..., Row]]:
    """``SELECT id, version, … FROM … WHERE id`` and the maker of objects; composed once in the life of a process."""
    fields = [_wanted(shape, name, want) for name in want.names or shape.fields()]
    table = f'"{shape.model._meta.db_table}"'
    columns = [
        RawSQL(shape.row_version.format(table=table), ()),
        *(column for field in fields for column in field.columns),
    ]
    named = {f"c{place}": F(column) if isinstance(column, str) else column for place, column in enumerate(columns)}
    rows = shape.model._base_manager.order_by().annotate(**named).values_list("pk", *named)
    sql, params = rows.query.sql_with_params()
    return f'{sql} WHERE {table}."{_key(shape.model)}"', tuple(params), assembler(fields, want.plain)


def _wanted(shape: type[Shape], name: str, want: Want) -> Field:
    if name not in want.expand:
        return shape.fields()[name]
    return shape.expandable[name].field


def _key(model: type[Model]) -> str:
    assert model._meta.pk
    return str(model._meta.pk.column)


def _order_by(model: type[Model], order: Sequence[str]) -> str:
    parts = []
    for name in order:
        bare = name.lstrip("-")
        field: Any = model._meta.pk if bare == "pk" else model._meta.get_field(bare)
        column = field.column
        parts.append(f'"{model._meta.db_table}"."{column}" {"DESC" if name.startswith("-") else "ASC"}')
    return f" ORDER BY {', '.join(parts)}" if parts else ""


def _is_field(value: Any) -> bool:
    return isinstance(value, Field)


def codes(choices: type[Choices]) -> dict[Any, str]:
    """Each stored value with its name as the API writes it."""
    return {member.value: member.name.lower() for member in choices}


def money(amount: str | None, currency: str) -> dict[str, str] | None:
    return None if amount is None else {"amount": amount, "currency": currency}


def moment(at: datetime | str | None) -> str | None:
    """``2026-11-22T03:00:00.000Z``."""
    if at is None:
        return None
    at = datetime.fromisoformat(at) if isinstance(at, str) else at
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def object_schema(properties: dict[str, Schema], about: str = "", required: Sequence[str] | None = None) -> Schema:
    """An object that has these members and no others."""
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    wanted = list(properties) if required is None else list(required)
    if wanted:
        schema["required"] = wanted
    return schema | ({"description": " ".join(about.split())} if about else {})


MONEY = object_schema(
    {
        "amount": {"type": "string", "pattern": r"^-?\d{1,16}\.\d{2}$", "examples": ["1200.00"]},
        "currency": {"type": "string", "enum": [each.value for each in Currency]},
    },
    "An amount 金额 as text, with exactly the decimals of its currency.",
)
