"""``manage.py make_messages``: bring the catalogue up to the sources (``make messages``)."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.core import catalogue


class Command(BaseCommand):
    help = "Collect the texts of the sources and of the theme into locale/, keeping what is translated."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        lacking = catalogue.renew()
        self.stdout.write(f"{catalogue.source()}: {lacking} without a translation")
