"""``manage.py note_bounces [file …]``: note the bounces in these files, or the one on standard input.

A mail server pipes its bounce mailbox here: ``bounces: "|manage.py note_bounces"``.
"""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from apps.core import clock
from apps.notifications import bounces, services
from apps.notifications.states import ChannelKind
from apps.operations.selectors import job_context


class Command(BaseCommand):
    help = "Note bounced e-mail (RFC 3464) from files or standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, help="one mail each; none: read one from standard input")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        """A mail that is no bounce is passed over: a mailbox holds other mail too."""
        now = clock.now()
        mails = [path.read_bytes() for path in files] or [sys.stdin.buffer.read(bounces.MOST_BYTES + 1)]
        read = [receipt for mail in mails for receipt in bounces.read(mail, now=now)]
        day = now.astimezone(clock.OFFICE_ZONE).date()
        count = services.note_receipts(job_context("bounces"), ChannelKind.EMAIL, read, day=day)
        self.stdout.write(f"{len(mails)} mails: {count.noted} noted, {count.unknown} about no letter of ours")
