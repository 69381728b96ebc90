"""``manage.py compile_messages``: make the catalogues readable for the running program; quick when nothing changed."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.core import catalogue


class Command(BaseCommand):
    help = "Compile the translations in locale/ that are newer than what was compiled before."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for path in catalogue.compile_all():
            self.stdout.write(f"compiled {path.name} of {path.parents[1].name}")
