"""``manage.py load_products [DIR]``: load product folders; without DIR, the demonstration products shipped here."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import clock
from apps.core.context import Context, job
from apps.core.errors import BusinessError, Refusal, Refused
from apps.operations import selectors as operations
from apps.products import services


class Command(BaseCommand):
    """Prints each fault as ``file:row:column sentence [code]`` and changes nothing if there is one."""

    help = "Load products from a directory: each changed folder becomes a new version, all of them or none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", nargs="?", type=Path, default=services.SHIPPED, metavar="DIR")

    def handle(self, *args: Any, directory: Path, **options: Any) -> None:
        try:
            loaded = services.load_products(_context(), directory=directory)
        except BusinessError as error:
            for refusal in error.refusals:
                self.stderr.write(describe(refusal))
            raise CommandError(f"Nothing was loaded: {len(error.refusals)} faults.") from error
        for version in loaded.added:
            self.stdout.write(f"loaded {version}")
        self.stdout.write(f"{len(loaded.added)} loaded, {loaded.unchanged} unchanged")


def _context() -> Context:
    """On the open business day. Products come before the first one opens; then it is the office's date."""
    try:
        return operations.job_context("load_products")
    except Refused:
        return job("load_products", clock.office_now().date())


def describe(refusal: Refusal) -> str:
    """One line for one fault; a fault of the directory as a whole has no place in a file."""
    place = ":".join(str(refusal.params[part]) for part in ("file", "row", "column") if refusal.params.get(part))
    return f"{place}  {refusal} [{refusal.code}]".strip()
