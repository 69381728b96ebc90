"""Product folders 产品文件: ``product.yaml`` with the terms, ``rates.csv``, and ``cash_values.csv`` if it has values.

Reading touches no database. A folder is read whole: every fault is named by file, row and column, and terms are
returned only when there is none.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from apps.core.errors import refuse

from .decoding import Bad, Fault, Faults, decode, yaml_tree
from .states import TableKind
from .tables import read_tables
from .terms import ProductTerms, Table

TERMS_FILE = "product.yaml"
TABLE_FILES = {TableKind.RATE: "rates.csv", TableKind.CASH_VALUE: "cash_values.csv"}


@dataclass(frozen=True)
class ProductFiles:
    """One product folder as found on disk. ``digest`` tells whether anything in it has changed."""

    folder: str
    contents: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        sha = hashlib.sha256()
        for name, content in sorted(self.contents.items()):
            sha.update(f"{name}:{len(content)}:".encode())
            sha.update(content)
        return sha.hexdigest()


def find_products(directory: Path) -> list[ProductFiles]:
    """The product folders directly in ``directory``. Refuses a directory that is missing or holds none."""
    if not directory.is_dir():
        raise refuse("product_directory_missing", directory=str(directory))
    folders = sorted(path.parent for path in directory.glob(f"*/{TERMS_FILE}"))
    if not folders:
        raise refuse("product_directory_empty", directory=str(directory))
    names = (TERMS_FILE, *TABLE_FILES.values())
    return [
        ProductFiles(folder.name, {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()})
        for folder in folders
    ]


def read_product(files: ProductFiles) -> tuple[ProductTerms | None, list[Fault]]:
    """The terms with their tables, or the faults that stand in the way."""
    faults = Faults(f"{files.folder}/{TERMS_FILE}")
    terms = _read_terms(files.contents[TERMS_FILE], faults)
    if terms is None:
        return None, faults
    tables: dict[tuple[TableKind, str], Table] = {}
    for kind, name in TABLE_FILES.items():
        table_faults = Faults(f"{files.folder}/{name}")
        tables |= _read_table_file(kind, terms, files.contents.get(name), table_faults)
        faults += table_faults
    return (None if faults else replace(terms, tables=tables)), faults


def _read_terms(content: bytes, faults: Faults) -> ProductTerms | None:
    text = _text(content, faults)
    tree = yaml_tree(text, faults) if text is not None else None
    if tree is None:
        return None
    try:
        terms: ProductTerms = decode(tree, ProductTerms, faults)
    except Bad:
        return None
    return terms if not faults else None


def _text(content: bytes, faults: Faults) -> str | None:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        faults.add(content[: error.start].count(b"\n") + 1, "", "product_file_not_utf8")
        return None


def _read_table_file(
    kind: TableKind, terms: ProductTerms, content: bytes | None, faults: Faults
) -> dict[tuple[TableKind, str], Table]:
    """All tables of one file. The file must be there exactly when a coverage asks for it."""
    wanted = any(coverage.basis(kind) for coverage in terms.coverages)
    if content is None or not wanted:
        if content is not None or wanted:
            faults.add(1, "", "product_file_missing" if wanted else "product_file_not_wanted")
        return {}
    text = _text(content, faults)
    return {} if text is None else read_tables(kind, terms, text, faults)
