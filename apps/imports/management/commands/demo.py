"""``manage.py demo``: a company of our own invention with about 2,000 policies, ready to be tried."""

import os
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from apps.core import clock
from apps.core.context import job
from apps.core.errors import BusinessError
from apps.imports.demo.services import Demo, build
from apps.operations import selectors as operations

SIZE = 2000


class Command(BaseCommand):
    """Writes the passwords of the demo accounts where only their owner can read them, and nowhere else."""

    help = "Generate the demonstration: offices, accounts, products and a book of policies. Needs an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing where a business day is open already")
        parser.add_argument("--size", type=int, default=SIZE, help="policies in the book")
        parser.add_argument("--day", type=date.fromisoformat, metavar="DATE", help="first business day, default: today")
        accounts = Path(settings.BASE_DIR) / ".local" / "accounts.txt"
        parser.add_argument("--accounts", type=Path, default=accounts, help="where the passwords are written")

    def handle(self, *args: Any, size: int, day: date | None, accounts: Path, **options: Any) -> None:
        if options["if_empty"] and operations.has_begun():
            self.stdout.write("There is a book already.")
            return
        try:
            with transaction.atomic():  # no company without its passwords
                demo = build(job("demo", day or clock.office_now().date()), size=size)
                _write_accounts(accounts, demo)
        except BusinessError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{demo.imported.loaded.policies} policies. Accounts and passwords: {accounts}")


def _write_accounts(path: Path, demo: Demo) -> None:
    lines = [
        f"{account.username:<12} {password:<18} {account.role:<24} {account.name}"
        for account, password in demo.passwords.items()
    ]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
