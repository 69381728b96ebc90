"""``manage.py openapi``: write the specification of the REST API anew, unless that would break its clients."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core.api import breaking, specification

FILE = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"


class Command(BaseCommand):
    """Refuses to take anything away within a dated version that was released (P68)."""

    help = "Write docs/openapi.yaml as it follows from the code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--unreleased", action="store_true", help="the dated version is in nobody's hands yet")

    def handle(self, *args: Any, unreleased: bool, **options: Any) -> None:
        document = specification.build()
        if FILE.exists() and not unreleased:
            before = yaml.safe_load(FILE.read_text(encoding="utf-8"))
            if before["info"]["version"] == document["info"]["version"] and (lost := breaking.breaks(before, document)):
                raise CommandError("This needs a new dated version (apps/core/api/versions.py): " + "; ".join(lost))
        FILE.write_text(specification.written(document), encoding="utf-8")
        self.stdout.write(f"{FILE.name}: {sum(map(len, document['paths'].values()))} operations")
