"""``manage.py declare_restore --reason TEXT``: say that the database was restored to an earlier moment.

Anchors written after that moment would otherwise testify, rightly, that an end is missing. Run it once after a restore,
where the anchor file is, and keep the old file.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit.anchors import declare_restore
from apps.core.errors import BusinessError
from apps.operations import selectors


class Command(BaseCommand):
    """Leaves an event and a signed mark; ``verify_audit`` shows it for ever."""

    help = "Declare a restore to an earlier moment, in the history and in the anchor file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", required=True, help="what happened, and who decided")

    def handle(self, *args: Any, reason: str, **options: Any) -> None:
        try:
            declare_restore(selectors.job_context("command"), reason)
        except BusinessError as error:
            raise CommandError(f"{error} ({error.code})") from error
        self.stdout.write("The restore is declared.")
