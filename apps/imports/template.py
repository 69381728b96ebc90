"""The template 导入模板 that needs no mapping, and the file of wrong rows somebody takes home to correct."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import override

from apps.core.errors import Refusal
from apps.core.files import FileKind
from apps.core.sheets import write_csv, write_xlsx
from apps.products.terms import ProductTerms

from . import stored
from .fields import RIDERS, fields
from .mapping import BookMapping, read_mapping
from .models import Upload
from .reading import FAULT_COLUMN

STANDARD, CONTENT = Path("standard"), Path(__file__).parent / "template.yaml"
WIDTH = 18
ROWS_TO_FILL = 1000
ROWS_AT_ONCE = 1000

Line = Sequence[str]


def template(kind: FileKind, *, products: Sequence[ProductTerms] = (), branches: Sequence[str] = ()) -> bytes:
    """The standard template; as a spreadsheet with a guide to its columns, the products, and example rows.

    The rows to be filled in are formatted as text, so that what is typed keeps all its digits.
    """
    said, mapping = _content(), read_mapping(STANDARD)
    header = mapping.columns
    examples = [header, *([row.get(column, "") for column in header] for row in said["examples"])]
    if kind is FileKind.CSV:
        return write_csv(examples)
    titles = said["sheets"]
    codes = {
        "branch": branches,
        "product": [terms.code for terms in products if not terms.is_rider],
        **{f"{prefix}_product": [terms.code for terms in products if terms.is_rider] for prefix in RIDERS},
    }
    sheets: dict[str, Sequence[Line]] = {
        titles["fill"]: [header, *[[""] * len(header)] * ROWS_TO_FILL],
        titles["guide"]: list(_guide(mapping, codes)),
        titles["products"]: list(_products(products)),
        titles["examples"]: examples,
    }
    return write_xlsx(sheets, widths=[WIDTH] * len(header))


def _guide(mapping: BookMapping, codes: Mapping[str, Sequence[str]]) -> Iterator[Line]:
    said, known = _content(), fields()
    yield said["header"]
    for name, source in mapping.fields.items():
        about = said["guide"].get(name) or said["guide"][name.partition("_")[2]]
        needed = said["needed" if known[name].required and not source.value else "optional"]
        allowed = "、".join(codes.get(name, tuple(source.values)))
        yield source.column, needed, about["meaning"], about["format"], allowed


def _products(products: Sequence[ProductTerms]) -> Iterator[Line]:
    """Each product with its name, and what a rider attaches to."""
    said = _content()
    yield said["product_header"]
    for terms in products:
        role = said["rider" if terms.is_rider else "main"]
        yield terms.code, terms.name_zh, role, "、".join(terms.attachable_to)


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(CONTENT.read_text(encoding="utf-8"))
    return content


def wrong_rows(upload: Upload) -> bytes:
    """The rows in which something is wrong, as they are now, and beside each what to do about it.

    Of the upload's own kind, to be corrected and uploaded again; what comes in that way is known by its row keys.
    """
    lines = list(_wrong_rows(upload))
    kind = FileKind(upload.file_kind)
    return write_csv(lines) if kind is FileKind.CSV else write_xlsx({_content()["sheets"]["fill"]: lines})


def _wrong_rows(upload: Upload) -> Iterator[Line]:
    yield (*upload.columns, FAULT_COLUMN)
    why: dict[int, list[str]] = {}
    with override("zh-hans"):
        for fault in upload.faults.order_by("row", "pk").iterator():
            sentence = str(Refusal(fault.code, fault.params))
            why.setdefault(fault.row, []).append(f"{fault.column}：{sentence}" if fault.column else sentence)
    numbers = sorted(why)
    for start in range(0, len(numbers), ROWS_AT_ONCE):
        lines = stored.lines_at(upload, set(numbers[start : start + ROWS_AT_ONCE]))
        for number, line in sorted(lines.items()):
            cells = (line.cells + [""] * len(upload.columns))[: len(upload.columns)]
            yield (*cells, "；".join(why[number]))
