"""``manage.py demo``: a company of our own invention with its book, ready to be tried."""

import os
import re
from argparse import ArgumentTypeError
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from apps.core import clock
from apps.core.context import job
from apps.core.errors import BusinessError
from apps.imports.demo.recipe import Account
from apps.imports.demo.services import fill, found
from apps.operations import selectors as operations

SIZE = 2000
SIZES = re.compile(r"([1-9][0-9]{0,6})([kKmM]?)")
TIMES = {"": 1, "k": 1_000, "m": 1_000_000}
LARGEST = 2_000_000


def size(text: str) -> int:
    """A whole number, or one of thousands or millions: 2000, 10k, 1M."""
    found = SIZES.fullmatch(text)
    policies = int(found[1]) * TIMES[found[2].lower()] if found else 0
    if not 0 < policies <= LARGEST:
        raise ArgumentTypeError(f"write it like 2000, 10k or 1M, up to {LARGEST:,}")
    return policies


class Command(BaseCommand):
    """Writes the passwords of the demo accounts where only their owner can read them, and nowhere else."""

    help = "Generate the demonstration: offices, accounts, products and a book of policies. Needs an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing where a business day is open already")
        parser.add_argument("--size", type=size, default=SIZE, help="policies in the book: 2000, 10k, 100k, 1M")
        parser.add_argument("--day", type=date.fromisoformat, metavar="DATE", help="first business day, default: today")
        accounts = Path(settings.BASE_DIR) / ".local" / "accounts.txt"
        parser.add_argument("--accounts", type=Path, default=accounts, help="where the passwords are written")
        parser.add_argument(
            "--processes", type=int, default=os.cpu_count() or 1, help="processes that write a large book"
        )

    def handle(self, *args: Any, size: int, day: date | None, accounts: Path, **options: Any) -> None:
        if options["if_empty"] and operations.has_begun():
            self.stdout.write("There is a book already.")
            return
        ctx = job("demo", day or clock.office_now().date())
        done = 0
        try:
            with transaction.atomic():  # no company without its passwords
                company = found(ctx, size=size)
                _write_accounts(accounts, company.passwords)
            for done in fill(ctx, company.book, size=size, processes=options["processes"]):
                if done < size:
                    self.stdout.write(f"{done:,} of {size:,} policies")
        except BusinessError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{done} policies. Accounts and passwords: {accounts}")


def _write_accounts(path: Path, passwords: Mapping[Account, str]) -> None:
    lines = [
        f"{account.username:<12} {password:<18} {account.role:<24} {account.name}"
        for account, password in passwords.items()
    ]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
