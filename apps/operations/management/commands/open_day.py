"""``manage.py open_day DATE``: open the very first business day of a new installation."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.context import job
from apps.core.errors import BusinessError
from apps.operations import services


class Command(BaseCommand):
    """Once in the life of a book: later days open when the one before closes."""

    help = "Open the very first business day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("date", type=date.fromisoformat, help="YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        day = options["date"]
        try:
            services.open_first_day(job("command", day), day)
        except BusinessError as error:
            raise CommandError(f"{error} ({error.code})") from error
        self.stdout.write(f"Business day {day} is open.")
