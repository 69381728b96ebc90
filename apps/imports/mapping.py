"""Mapping 映射: what the columns of a file mean, as a YAML file beside it. A frozen value; knows no rules of rows."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from apps.core.errors import Refusal, Refused, refuse
from apps.products.decoding import Bad, Faults, decode, yaml_tree
from apps.products.terms import Unfit

from .cells import DateStyle, Wrong
from .fields import fields
from .generating import FIELDS as GENERATED_FIELDS
from .generating import Generated
from .reading import Cells

SHIPPED = Path(__file__).parent / "mappings"
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field comes from: a column, or a constant ``value`` (with a column: what its empty cell means).

    ``values`` translates the cell, "-" into nothing; a cell not listed is wrong. An amount is multiplied by ``times``,
    and cut to one instalment if ``yearly``.
    """

    column: str = ""
    value: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    times: Decimal = Decimal(1)
    yearly: bool = False

    def __post_init__(self) -> None:
        if not self.column and not self.value:
            raise Unfit("column", "product_value_missing")

    def text(self, cells: Cells) -> str:
        """The text a row has for this field, "" for nothing; ``Wrong`` for a cell ``values`` does not list."""
        text = (cells[self.column].strip() if self.column else "") or self.value
        if self.values and text:
            if text not in self.values:
                raise Wrong("import_value_unknown", {"allowed": ", ".join(self.values)})
            text = self.values[text]
        return "" if text == NOTHING else text


@dataclass(frozen=True, slots=True)
class BookMapping:
    """映射: what one kind of file says.

    ``book`` names the portfolio: within it a ``row_key`` is imported once, whatever the file. A column is a source of
    ``fields``, the row key, the basis of ``generated``, or ``ignored``: any other is an error of the file. With
    ``assume_paid`` a policy in force without a paid-to date counts as paid up to its last due date before the cut-over.
    """

    book: str
    row_key: str
    fields: Mapping[str, Source]
    dates: DateStyle = DateStyle.ISO
    ignored: tuple[str, ...] = ()
    assume_paid: bool = False
    generated: Generated | None = None
    name: str = field(default="", metadata={"stored": False})
    sha256: str = field(default="", metadata={"stored": False})

    def __post_init__(self) -> None:
        known = fields()
        for name in self.fields:
            if name not in known:
                raise Unfit(f"fields.{name}", "product_field_unknown", field=name)
        made = GENERATED_FIELDS if self.generated else ()
        for name, spec in known.items():
            if spec.required and name not in self.fields and name not in made:
                raise Unfit("fields", "product_field_missing", field=name)

    @property
    def columns(self) -> tuple[str, ...]:
        """The header a file of this kind must have, in any order."""
        sources = (source.column for source in self.fields.values() if source.column)
        basis = (self.generated.age_column,) if self.generated else ()
        return tuple(dict.fromkeys((self.row_key, *sources, *basis, *self.ignored)))

    @property
    def header_sha256(self) -> str:
        """The digest of its header, by which a file of the same shape is known."""
        return header_digest(self.columns)

    def column_of(self, name: str) -> str:
        """The header of the column a field comes from; the field's own name if it comes from none."""
        source = self.fields.get(name)
        return source.column if source and source.column else name


def header_digest(columns: Iterable[str]) -> str:
    """Equal for equal columns in any order."""
    return hashlib.sha256("\x1f".join(sorted(columns)).encode()).hexdigest()


def shipped() -> list[BookMapping]:
    """The mappings that come with the product."""
    return [read_mapping(path) for path in sorted(SHIPPED.glob("*.yaml"))]


def read_mapping(path: Path) -> BookMapping:
    """The mapping in a YAML file, or the shipped one of that name. Refuses with one refusal per wrong entry."""
    if not path.suffix and (SHIPPED / f"{path}.yaml").is_file():
        path = SHIPPED / f"{path}.yaml"
    if not path.is_file():
        raise refuse("import_file_missing", file=str(path))
    return parse_mapping(path.stem, path.read_bytes())


def parse_mapping(name: str, content: bytes) -> BookMapping:
    """The mapping a YAML text says. Refuses with one refusal per wrong entry, named by line and entry."""
    faults = Faults(f"{name}.yaml")
    try:
        tree = yaml_tree(content.decode("utf-8-sig"), faults)
        mapping: BookMapping | None = decode(tree, BookMapping, faults) if tree else None
    except UnicodeDecodeError:
        raise refuse("product_file_not_utf8", file=faults.file) from None
    except Bad:
        mapping = None
    if mapping is None or faults:
        places = ({**fault.params, "file": fault.file, "row": fault.row, "column": fault.column} for fault in faults)
        raise Refused(*(Refusal(fault.code, place) for fault, place in zip(faults, places, strict=True)))
    return replace(mapping, name=name, sha256=hashlib.sha256(content).hexdigest())
