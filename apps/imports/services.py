"""Importing a book 存量导入: read, map, check, load; all of it in one transaction, or nothing (P66)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import transaction

from apps.audit import services as audit
from apps.core.context import Context
from apps.core.errors import Conflict, Refusal, refuse
from apps.core.locks import only_one_transaction
from apps.core.staging import chunks, run
from apps.policies import bulk as policies

from . import events, selectors, staging
from .cells import Wrong
from .checking import RowReader
from .faults import Faults, FileRefused
from .fields import PERSONS
from .loading import Loaded, load
from .mapping import BookMapping
from .models import PortfolioImport
from .reading import BookFile, Cells, open_file, rows
from .references import read_references

AT_ONCE = 5000
Keyed = tuple[int, str, str, Cells]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or in a dry run would do. ``again``: this very file had been imported by this mapping."""

    rows: int
    known: int
    loaded: Loaded
    again: bool = False


@transaction.atomic
def import_portfolio(
    ctx: Context, *, path: Path, mapping: BookMapping, cutover: date | None = None, dry_run: bool = False
) -> Imported:
    """Take over the policies of a file as of the cut-over, the open business day unless said otherwise.

    The same file by the same mapping adds nothing, a changed file adds the rows whose keys are new. Refuses a file
    with wrong cells (``FileRefused`` names them), a cut-over in the future, and what is no CSV text. A dry run is the
    same act rolled back.
    """
    cutover = cutover or ctx.business_date
    if cutover > ctx.business_date:
        raise refuse("import_cutover_in_future", cutover=cutover, today=ctx.business_date)
    if not only_one_transaction("import_portfolio"):
        raise Conflict(Refusal("import_running"))
    file = open_file(path)
    if before := selectors.same_import(file.sha256, mapping.sha256):
        return Imported(before.rows, before.rows, Loaded(), again=True)
    staging.begin()
    read, known = _stage(file, mapping, cutover)
    batch = PortfolioImport.objects.create(
        file_name=path.name,
        file_sha256=file.sha256,
        mapping_name=mapping.name,
        mapping_sha256=mapping.sha256,
        cutover_on=cutover,
        rows=read,
        known=known,
        imported=read - known,
        imported_by=ctx.actor,
    )
    loaded = load(ctx, mapping.book, batch.pk)
    audit.record(
        ctx,
        events.PORTFOLIO_IMPORTED,
        batch.pk,
        file=path.name,
        mapping=mapping.name,
        cutover_on=cutover,
        imported=loaded.policies,
        known=known,
    )
    _check_now()
    transaction.set_rollback(dry_run)
    return Imported(read, known, loaded)


def _check_now() -> None:
    """Let the database check what it would check at commit, so that a dry run is told as well."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("SET CONSTRAINTS ALL DEFERRED")


def _stage(file: BookFile, mapping: BookMapping, cutover: date) -> tuple[int, int]:
    """Stage the sound rows that are new; say how many rows there are and how many are known. Refuses wrong cells."""
    faults, read, known = Faults(), 0, 0
    reader = RowReader(mapping, read_references(), cutover, faults)
    for chunk in chunks(rows(file, mapping.columns, faults), AT_ONCE):
        fresh = list(_fresh(chunk, mapping))
        read, known = read + len(chunk), known + len(chunk) - len(fresh)
        staging.stage_keys((number, key, policy_number) for number, key, policy_number, _cells in fresh)
        _note_taken(fresh, mapping, faults)
        placed = (reader.read(number, key, cells) for number, key, _policy_number, cells in fresh)
        staging.stage([row for row in placed if row], cutover)
    _check_file(mapping, faults)
    if faults.total:
        raise FileRefused(faults)
    if not read:
        raise refuse("import_no_rows")
    return read, known


def _fresh(chunk: list[tuple[int, Cells]], mapping: BookMapping) -> Iterator[Keyed]:
    """The rows whose keys are new, each with its key and policy number as the file has them."""
    keys = [cells[mapping.row_key].strip() for _number, cells in chunk]
    known = selectors.known_keys(mapping.book, keys)
    source = mapping.fields["policy_number"]
    for key, (number, cells) in zip(keys, chunk, strict=True):
        if key not in known:
            try:
                yield number, key, source.text(cells), cells
            except Wrong:
                yield number, key, "", cells


def _note_taken(fresh: list[Keyed], mapping: BookMapping, faults: Faults) -> None:
    taken = policies.known_numbers(policy_number for _number, _key, policy_number, _cells in fresh)
    for number, _key, policy_number, _cells in fresh:
        if policy_number in taken:
            faults.add(number, mapping.column_of("policy_number"), "import_number_taken")


def _check_file(mapping: BookMapping, faults: Faults) -> None:
    """What no single row can tell: keys, numbers and documents that stand in the file twice, or are somebody else's."""
    number_column = mapping.column_of("policy_number")
    if mapping.row_key != number_column:
        for number, first in staging.repeated("row_key"):
            faults.add(number, mapping.row_key, "import_key_twice", first=first)
    for number, first in staging.repeated("policy_number"):
        faults.add(number, number_column, "import_number_twice", first=first)
    for number, place in staging.strangers():
        faults.add(number, mapping.column_of(f"{PERSONS[place]}_id_number"), "import_identity_of_another")
