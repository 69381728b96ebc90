"""``manage.py endorsement_manual``: write the manual page of the endorsement items anew."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.endorsements import manual

FILE = Path(settings.BASE_DIR) / "docs" / "endorsement-items.md"


class Command(BaseCommand):
    help = "Write docs/endorsement-items.md as it follows from the types."

    def handle(self, *args: Any, **options: Any) -> None:
        FILE.write_text(manual.written(), encoding="utf-8")
        self.stdout.write(FILE.name)
