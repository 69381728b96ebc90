"""``manage.py rotate_field_keys``: seal personal data anew with the first key of ``FIELD_KEYS``."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.crypto import DecryptionFailed
from apps.parties import keys


class Command(BaseCommand):
    """Runs while people work; may be stopped and repeated."""

    help = "Seal all personal data anew with the current field key. Afterwards the old keys may be dropped."

    def handle(self, *args: Any, **options: Any) -> None:
        done: Counter[str] = Counter()
        try:
            for place, rows in keys.rotate():
                done[place] += rows
        except DecryptionFailed as error:
            raise CommandError(str(error)) from error
        for place, rows in done.items():
            self.stdout.write(f"{place}: {rows}")
        self.stdout.write(f"{done.total()} values sealed anew.")
