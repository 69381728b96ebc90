"""Loading products 产品装载: a directory of product files becomes versions, all of it or nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from apps.audit import services as audit
from apps.core.context import Context
from apps.core.errors import Refusal, Refused

from .decoding import Fault, encode
from .events import VERSION_LOADED
from .models import Product, ProductTable, ProductTableRow, ProductVersion
from .selectors import terms_of
from .sources import TERMS_FILE, ProductFiles, find_products, read_product
from .terms import ProductTerms

SHIPPED = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Loaded:
    """What a load did: the versions it added, as "WHOLE01 v2", and how many folders were known already."""

    added: tuple[str, ...]
    unchanged: int


@dataclass(frozen=True)
class _Candidate:
    """A folder that is not known yet, read without fault."""

    files: ProductFiles
    terms: ProductTerms

    def fault(self, column: str, code: str, /, **params: Any) -> Fault:
        return Fault(f"{self.files.folder}/{TERMS_FILE}", 1, column, code, params)


@transaction.atomic
def load_products(ctx: Context, *, directory: Path = SHIPPED) -> Loaded:
    """Add a version for every product folder whose files are not known yet; known ones add nothing (PK-01 … PK-18).

    Refuses the whole directory if anything in it is wrong, with one refusal per fault; its parameters name file, row
    and column. A product keeps its line, and its versions take effect in the order of their numbers.
    """
    found = find_products(directory)
    _one_loader_at_a_time()
    codes = dict(ProductVersion.objects.values_list("digest", "product__code"))
    candidates, faults = _read([files for files in found if files.digest not in codes])
    owners = {files.folder: codes[files.digest] for files in found if files.digest in codes}
    newest = _newest_versions()
    faults += [*_repeated_codes(owners, candidates), *_history_faults(candidates, newest)]
    faults += _attachment_faults(candidates, newest)
    if faults:
        raise Refused(*map(_refusal, faults))
    added = tuple(str(_add_version(ctx, candidate, newest)) for candidate in candidates)
    return Loaded(added, len(found) - len(added))


def _one_loader_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('products.load_products'))")


def _newest_versions() -> dict[str, ProductVersion]:
    versions = ProductVersion.objects.select_related("product").defer("terms").order_by("number")
    return {version.product.code: version for version in versions}


def _read(changed: Iterable[ProductFiles]) -> tuple[list[_Candidate], list[Fault]]:
    candidates: list[_Candidate] = []
    faults: list[Fault] = []
    for files in changed:
        terms, found = read_product(files)
        faults += found
        if terms is not None:
            candidates.append(_Candidate(files, terms))
    return candidates, faults


def _repeated_codes(owners: Mapping[str, str], candidates: Iterable[_Candidate]) -> Iterator[Fault]:
    """Two folders that claim one product code."""
    folder_of = {code: folder for folder, code in owners.items()}
    for candidate in candidates:
        code, folder = candidate.terms.code, candidate.files.folder
        if (other := folder_of.setdefault(code, folder)) != folder:
            yield candidate.fault("code", "product_code_repeated", code=code, other=other)


def _history_faults(candidates: Iterable[_Candidate], newest: Mapping[str, ProductVersion]) -> Iterator[Fault]:
    for candidate in candidates:
        terms, before = candidate.terms, newest.get(candidate.terms.code)
        if before and before.product.line != terms.line:
            yield candidate.fault("line", "product_line_changed", line=before.product.get_line_display())
        if before and before.effective_on > terms.effective_on:
            yield candidate.fault("effective_on", "product_effective_too_early", current=before.effective_on)


def _attachment_faults(candidates: Iterable[_Candidate], newest: Mapping[str, ProductVersion]) -> Iterator[Fault]:
    """Riders whose main products are not there, or whose coverages would be taken for theirs."""
    known = {candidate.terms.code: candidate.terms for candidate in candidates}
    for candidate in candidates:
        for code in candidate.terms.attachable_to:
            main = known.get(code) or (terms_of(newest[code].pk) if code in newest else None)
            if main is None or main.is_rider:
                yield candidate.fault("attachable_to", "product_main_unknown", code=code)
                continue
            for coverage in candidate.terms.coverages:
                if main.coverage(coverage.code):
                    yield candidate.fault(
                        "attachable_to", "product_coverage_of_main", code=code, coverage=coverage.code
                    )


def _refusal(fault: Fault) -> Refusal:
    return Refusal(fault.code, {**fault.params, "file": fault.file, "row": fault.row, "column": fault.column})


def _add_version(ctx: Context, candidate: _Candidate, newest: Mapping[str, ProductVersion]) -> ProductVersion:
    terms, before = candidate.terms, newest.get(candidate.terms.code)
    product, _ = Product.objects.update_or_create(
        code=terms.code, defaults={"name_zh": terms.name_zh, "name_en": terms.name_en, "line": terms.line}
    )
    version = ProductVersion.objects.create(
        product=product,
        number=before.number + 1 if before else 1,
        effective_on=terms.effective_on,
        terms=encode(terms),
        digest=candidate.files.digest,
    )
    _add_tables(version, terms)
    audit.record(
        ctx,
        VERSION_LOADED,
        version.pk,
        code=terms.code,
        version=version.number,
        effective_on=terms.effective_on,
        digest=version.digest,
    )
    return version


def _add_tables(version: ProductVersion, terms: ProductTerms) -> None:
    for (kind, code), content in terms.tables.items():
        coverage = terms.coverage(code)
        basis = coverage.basis(kind) if coverage else None
        table = ProductTable.objects.create(
            version=version, kind=kind, coverage=code, factors=list(basis.factors) if basis else []
        )
        ProductTableRow.objects.bulk_create(
            [
                ProductTableRow(table=table, line=row.line, key=list(key), values=list(row.values))
                for key, row in content.rows.items()
            ],
            batch_size=500,
        )
