"""Our demonstration book through the import, file by file, as of an open business day; written by another process."""

import tempfile
from pathlib import Path

from apps.core.context import job
from apps.imports.demo import writing
from apps.imports.demo.services import MAPPING, found
from apps.imports.mapping import read_mapping
from apps.imports.services import import_portfolio
from benchmarks.due import NIGHT
from benchmarks.meter import Meter


def run(meter: Meter, *, rows: int) -> dict[str, int]:
    ctx = job("benchmark", NIGHT)
    company = found(ctx, size=rows)
    with tempfile.TemporaryDirectory() as folder:
        files = list(writing.files(company.book, rows, Path(folder), processes=1))
        mapping = read_mapping(MAPPING)
        with meter:
            imported = [import_portfolio(ctx, path=path, mapping=mapping).loaded for path in files]
    assert sum(each.policies for each in imported) == rows
    return {"parties": sum(each.parties for each in imported)}
