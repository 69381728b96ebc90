"""The manual page says what the types say."""

from apps.endorsements import manual
from apps.endorsements.base import TYPES
from apps.endorsements.management.commands.endorsement_manual import FILE


def test_the_manual_page_is_as_it_follows_from_the_types():
    assert FILE.read_text(encoding="utf-8") == manual.written(), "manage.py endorsement_manual"


def test_the_manual_names_every_item():
    page = manual.written()
    assert all(f"## {kind.code}\n" in page for kind in TYPES)
