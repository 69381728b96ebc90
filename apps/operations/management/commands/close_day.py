"""``manage.py close_day [--through DATE] [--dry-run] [--json]``: the close of business from the command line."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.errors import BusinessError
from apps.core.json import dumps
from apps.operations import selectors, services
from apps.operations.close import DayResult, StepResult

COUNTS = ("due", "done", "skipped", "failed")


class Command(BaseCommand):
    """Closes the open day, or every day up to a date; a dry run shows what would happen and changes nothing."""

    help = "Close the open business day; with --through, every day up to that date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--through", type=date.fromisoformat, metavar="DATE", help="the last day to close")
        parser.add_argument("--dry-run", action="store_true", help="show what would happen and change nothing")
        parser.add_argument("--json", action="store_true", help="print the results as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            results = services.close_day(
                selectors.job_context("command"), through=options["through"], dry_run=options["dry_run"]
            )
        except BusinessError as error:
            raise CommandError(f"{error} ({error.code})") from error
        if options["json"]:
            self.stdout.write(dumps([_plain(result) for result in results]))
        else:
            for result in results:
                self._table(result)

    def _table(self, result: DayResult) -> None:
        would = "would close" if result.dry_run else "closed"
        self.stdout.write(self.style.MIGRATE_HEADING(f"{result.day:%Y-%m-%d} {would}   {result.digest[:16]}"))
        self.stdout.write(_line("", COUNTS))
        for step in result.steps:
            line = _line(step.step, _counts(step))
            self.stdout.write(self.style.WARNING(line) if step.failed or step.skipped else line)


def _counts(step: StepResult) -> Sequence[int]:
    return step.due, step.done, step.skipped, step.failed


def _line(label: str, values: Sequence[object]) -> str:
    return f"  {label:<16}" + "".join(f"{value:>10}" for value in values)


def _plain(result: DayResult) -> dict[str, Any]:
    steps = [
        {"step": step.step, "label": str(step.label), **dict(zip(COUNTS, _counts(step), strict=True))}
        for step in result.steps
    ]
    return {"day": result.day, "digest": result.digest, "dry_run": result.dry_run, "steps": steps}
