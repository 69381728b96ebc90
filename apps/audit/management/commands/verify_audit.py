"""``manage.py verify_audit [--anchors FILE …]``: prove that no sealed row was changed, deleted, inserted or moved."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from apps.audit import verify
from apps.audit.models import Block
from apps.audit.states import Stream

SHOWN = 20


class Command(BaseCommand):
    """Exit code 0 when every row is as it was sealed, 1 when not."""

    help = "Verify the sealed chains of events and accesses; with --anchors also that no end was cut off."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchors", type=Path, nargs="+", metavar="FILE", help="the anchor files kept outside the database"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        findings = [finding for stream in Stream for finding in self._verify(stream)]
        if paths := options["anchors"]:
            findings += self._verify_anchors(paths)
        if findings:
            sys.exit(1)

    def _verify(self, stream: Stream) -> list[verify.Finding]:
        findings = verify.verify(stream)
        self._report(findings)
        if not findings:
            blocks = Block.objects.filter(stream=stream)
            rows = sum(blocks.values_list("row_count", flat=True))
            sentence = _("{stream}: {rows} rows in {blocks} blocks are as they were sealed.")
            self.stdout.write(sentence.format(stream=stream, rows=rows, blocks=blocks.count()))
        return findings

    def _verify_anchors(self, paths: list[Path]) -> list[verify.Finding]:
        for path in paths:
            if not path.is_file():
                raise CommandError(_("There is no anchor file {path}.").format(path=path))
        for mark in verify.restores(*paths):
            sentence = _(
                "{stream}: a restore at {at} kept {number} blocks; what was anchored behind them was given up."
            )
            self.stdout.write(sentence.format(stream=mark.stream, at=mark.at, number=mark.number))
        findings = verify.verify_anchors(*paths)
        self._report(findings)
        if not findings:
            self.stdout.write(_("Every anchored block is in its place."))
        return findings

    def _report(self, findings: list[verify.Finding]) -> None:
        for finding in findings[:SHOWN]:
            self.stdout.write(self.style.ERROR(str(finding)))
        if len(findings) > SHOWN:
            self.stdout.write(self.style.ERROR(_("… and {n} more.").format(n=len(findings) - SHOWN)))
