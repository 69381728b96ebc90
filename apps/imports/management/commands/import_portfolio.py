"""``manage.py import_portfolio FILE --mapping MAPPING.yaml``: take over the policies of another system's file."""

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.errors import BusinessError
from apps.imports import services
from apps.imports.faults import FileRefused
from apps.imports.mapping import read_mapping
from apps.operations import selectors as operations


class Command(BaseCommand):
    """Prints each wrong cell as ``row:column sentence [code]`` and changes nothing if there is one."""

    help = "Import a portfolio from a CSV file: all rows or none. The same file twice adds nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--mapping", type=Path, required=True, help="a YAML file, or the name of a shipped mapping")
        parser.add_argument("--cutover", type=date.fromisoformat, metavar="DATE", help="default: the open business day")
        parser.add_argument("--dry-run", action="store_true", help="check and load, then roll everything back")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, file: Path, mapping: Path, cutover: date | None, **options: Any) -> None:
        try:
            done = services.import_portfolio(
                operations.job_context("import_portfolio"),
                path=file,
                mapping=read_mapping(mapping),
                cutover=cutover,
                dry_run=options["dry_run"],
            )
        except FileRefused as refused:
            self._print_faults(refused, as_json=options["json"])
            raise CommandError(str(refused)) from None
        except BusinessError as error:
            lines = [_place(refusal.params) + f"{refusal} [{refusal.code}]" for refusal in error.refusals]
            raise CommandError("\n".join(lines)) from None
        self.stdout.write(_json(done, options["dry_run"]) if options["json"] else _text(done, options["dry_run"]))

    def _print_faults(self, refused: FileRefused, *, as_json: bool) -> None:
        faults = refused.faults
        if as_json:
            cells = [fault.as_json() for fault in faults.named]
            self.stdout.write(
                json.dumps({"imported": 0, "wrong_cells": faults.total, "cells": cells}, ensure_ascii=False)
            )
            return
        for fault in faults.named:
            self.stderr.write(f"{fault.row}:{fault.column}  {fault} [{fault.code}]")
        if faults.total > len(faults.named):
            self.stderr.write(f"… and {faults.total - len(faults.named)} more")


def _place(params: Any) -> str:
    """Where a mapping is wrong."""
    return f"{params['file']}:{params['row']}:{params['column']}  " if {"file", "row", "column"} <= set(params) else ""


def _text(done: services.Imported, dry_run: bool) -> str:
    if done.again:
        return f"This file was imported by this mapping before: nothing added ({done.rows} rows)."
    would = "would be " if dry_run else ""
    loaded = done.loaded
    return (
        f"{done.rows} rows: {loaded.policies} policies {would}imported, {done.known} here already; "
        f"{loaded.parties} customers, {loaded.owed} unpaid instalments."
    )


def _json(done: services.Imported, dry_run: bool) -> str:
    told = {"rows": done.rows, "known": done.known, "again": done.again, "dry_run": dry_run}
    return json.dumps({**told, **asdict(done.loaded)})
