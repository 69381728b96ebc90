"""Taking a file into the book 入册: read, check, load; in one transaction, or rows at a time (P66).

A file as a whole comes in or does not. Row by row, what is sound comes in and what is wrong is named; the row keys of
what is in already make it safe to begin again anywhere.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction

from apps.audit import services as audit
from apps.core.context import Context
from apps.core.errors import refuse
from apps.core.failure import describe
from apps.core.isolation import attempt
from apps.core.staging import chunks, run
from apps.policies import bulk as policies

from . import events, selectors, staging
from .cells import Wrong
from .checking import RowReader
from .faults import MOST_NAMED, Faults, FileRefused
from .fields import PERSONS
from .loading import Loaded, load
from .mapping import BookMapping
from .models import PortfolioImport
from .reading import BookFile, Cells, rows
from .references import References, read_references
from .rows import Row
from .rules import Standing
from .states import Phase
from .styles import date_styles

IMPORT_LOCK = "import_portfolio"
AT_ONCE = 5000
Keyed = tuple[int, str, str, Cells]
Placed = tuple[Row, Standing]
OnProgress = Callable[[Phase, int], None]


def silent(phase: Phase, rows: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or in a dry run would do. ``again``: this very file had been imported by this mapping."""

    rows: int
    known: int
    loaded: Loaded
    again: bool = False
    batch_id: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Intake:
    """How a file is read: its mapping and cut-over, what its rows may name, and how the dates of its columns look."""

    file: BookFile
    mapping: BookMapping
    cutover: date
    references: References
    reader: Callable[[Faults], RowReader]


def intake(file: BookFile, mapping: BookMapping, cutover: date, *, within: str = "") -> Intake:
    """Rows may name the branches whose path begins with ``within``."""
    references, styles = read_references(within), date_styles(file, mapping)
    return Intake(
        file, mapping, cutover, references, lambda faults: RowReader(mapping, references, cutover, faults, styles)
    )


@transaction.atomic
def import_whole(
    ctx: Context, what: Intake, *, dry_run: bool = False, most: int = MOST_NAMED, on_progress: OnProgress = silent
) -> Imported:
    """All rows that are new, or none. The same file by the same mapping adds nothing. The caller holds ``IMPORT_LOCK``.

    Refuses a file with wrong cells (``FileRefused`` names the first ``most``), and one without rows. A dry run is the
    same act rolled back.
    """
    if before := selectors.same_import(what.file.sha256, what.mapping.sha256):
        return Imported(before.rows, before.rows, Loaded(), again=True, batch_id=before.pk)
    staging.begin()
    read, known = _stage(what, most, on_progress)
    on_progress(Phase.LOADING, read)
    batch = open_batch(ctx, what, rows=read, known=known, imported=read - known)
    loaded = load(ctx, what.mapping.book, batch.pk)
    record_batch(ctx, batch)
    _check_now()
    transaction.set_rollback(dry_run)
    return Imported(read, known, loaded, batch_id=None if dry_run else batch.pk)


def open_batch(ctx: Context, what: Intake, **counts: int) -> PortfolioImport:
    """The row that says which file by which mapping came in."""
    return PortfolioImport.objects.create(
        file_name=what.file.name,
        file_sha256=what.file.sha256,
        mapping_name=what.mapping.name,
        mapping_sha256=what.mapping.sha256,
        cutover_on=what.cutover,
        imported_by=ctx.actor,
        **counts,
    )


def record_batch(ctx: Context, batch: PortfolioImport) -> None:
    audit.record(
        ctx,
        events.PORTFOLIO_IMPORTED,
        batch.pk,
        file=batch.file_name,
        mapping=batch.mapping_name,
        cutover_on=batch.cutover_on,
        imported=batch.imported,
        known=batch.known,
    )


def _check_now() -> None:
    """Let the database check what it would check at commit, so that a dry run is told as well."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("SET CONSTRAINTS ALL DEFERRED")


def _stage(what: Intake, most: int, on_progress: OnProgress) -> tuple[int, int]:
    """Stage the sound rows that are new; say how many rows there are and how many are known. Refuses wrong cells."""
    mapping, faults, read, known = what.mapping, Faults(most), 0, 0
    reader = what.reader(faults)
    for chunk in chunks(rows(what.file, mapping.columns, faults), AT_ONCE):
        fresh = list(_fresh(chunk, mapping))
        read, known = read + len(chunk), known + len(chunk) - len(fresh)
        staging.stage_keys((number, key, policy_number) for number, key, policy_number, _cells in fresh)
        staging.stage(_sound(fresh, reader, mapping, faults), what.cutover)
        on_progress(Phase.CHECKING, read)
    _check_file(mapping, faults)
    if faults.total:
        raise FileRefused(faults, known)
    if not read:
        raise refuse("import_no_rows")
    return read, known


def _sound(fresh: Sequence[Keyed], reader: RowReader, mapping: BookMapping, faults: Faults) -> list[Placed]:
    """The rows that are right in themselves; the others are noted."""
    _note_taken(fresh, mapping, faults)
    placed = (reader.read(number, key, cells) for number, key, _policy_number, cells in fresh)
    return [row for row in placed if row]


def _fresh(chunk: Sequence[tuple[int, Cells]], mapping: BookMapping) -> Iterator[Keyed]:
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


def _note_taken(fresh: Sequence[Keyed], mapping: BookMapping, faults: Faults) -> None:
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
    _note_strangers(mapping, faults)


def _note_strangers(mapping: BookMapping, faults: Faults) -> set[int]:
    """The rows with a document that is another person's."""
    strange = list(staging.strangers())
    for number, place in strange:
        faults.add(number, mapping.column_of(f"{PERSONS[place]}_id_number"), "import_identity_of_another")
    return {number for number, _place in strange}


@dataclass(frozen=True, slots=True)
class Part:
    """What became of some rows: how many were known, how many came in, and what is wrong with the others."""

    known: int
    imported: int
    faults: Faults


def import_rows(
    ctx: Context,
    what: Intake,
    batch_id: int,
    chunk: Sequence[tuple[int, Cells]],
    faults: Faults,
    wrong: Collection[int],
) -> Part:
    """Take in those of some rows that are sound, in the caller's transaction.

    ``wrong`` are the rows known to be wrong, ``faults`` what reading them has found already. A row only the database
    refuses is found by halving, and noted like the others.
    """
    mapping, reader = what.mapping, what.reader(faults)
    tried = [row for row in chunk if row[0] not in wrong and not faults.of(row[0])]
    fresh = list(_fresh(tried, mapping))
    placed = _sound(fresh, reader, mapping, faults)

    def bring_in(part: Sequence[Placed]) -> int:
        return _load_all_but_strangers(ctx, what, batch_id, list(part), faults)

    outcome = attempt(placed, bring_in)
    for (row, _standing), error in outcome.failures:
        faults.add(row.number, "", "import_row_refused", reason=describe(error))
    return Part(len(tried) - len(fresh), sum(outcome.results), faults)


def _load_all_but_strangers(ctx: Context, what: Intake, batch_id: int, placed: list[Placed], faults: Faults) -> int:
    """Stage, and stage again without those who carry another's document, until none is left."""
    while placed:
        staging.begin()
        staging.stage_keys((row.number, row.key, row.policy_number) for row, _standing in placed)
        staging.stage(placed, what.cutover)
        if not (strange := _note_strangers(what.mapping, faults)):
            return load(ctx, what.mapping.book, batch_id).policies
        placed = [each for each in placed if each[0].number not in strange]
    return 0
