"""Sixty hostile files and more: each is refused with its code and nothing kept, or kept without what was hostile."""

import re
from io import BytesIO

import pikepdf
import pytest
from django.test import Client
from PIL import Image

from apps.audit.models import Event
from apps.core.errors import Refused
from apps.documents import services as documents
from apps.documents import storing
from apps.documents.models import Document, DocumentPart

from .hostile import MARKS, REMADE, Hostile, corpus

pytestmark = pytest.mark.django_db
HOSTILE = list(corpus())


def test_the_corpus_is_large_enough():
    assert len({each.story for each in HOSTILE}) == len(HOSTILE) >= 60


@pytest.mark.promise("P61", "P62")
@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.story)
def test_a_hostile_file_is_refused_or_loses_its_sting(ctx, handed_in, hostile: Hostile):
    if hostile.fate != REMADE:
        with pytest.raises(Refused) as refused:
            handed_in(filename=hostile.name, content=hostile.content)
        assert refused.value.code == hostile.fate
        assert str(refused.value) not in ("", hostile.fate)
        assert not Document.objects.exists()
        assert not DocumentPart.objects.exists()
        assert not Event.objects.filter(subject_type="documents.document").exists()
        return
    document = handed_in(filename=hostile.name, content=hostile.content)
    kept, name = documents.hand_out(ctx, document), storing.filename_of(document)
    assert not [mark for mark in MARKS if mark in kept]
    assert not re.search(r"[\\/\x00-\x1f\u202a-\u202e]", name)
    assert len(name) <= 200
    whole(kept)


def whole(kept: bytes) -> None:
    """What is kept can be read to its end, and is plain."""
    if not kept.startswith(b"%PDF"):
        Image.open(BytesIO(kept)).load()
        return
    read = pikepdf.open(BytesIO(kept), attempt_recovery=False)
    assert set(read.Root.keys()) <= {"/Type", "/Pages"}
    assert not list(read.docinfo.keys())
    assert not [page for page in read.pages if len(page.get("/Annots", []))]


def test_a_parser_that_takes_too_long_is_given_up(handed_in, monkeypatch):
    monkeypatch.setattr("apps.documents.intake.SECONDS", 0.01)
    with pytest.raises(Refused) as refused:
        handed_in()
    assert refused.value.code == "document_broken"


@pytest.mark.promise("P57")
def test_the_parser_sees_nothing_of_our_environment(handed_in, monkeypatch, tmp_path):
    program = tmp_path / "spy.py"
    program.write_text("import os, sys\nsys.stdout.write(repr(sorted(os.environ)))\n", encoding="utf-8")
    monkeypatch.setattr("apps.documents.intake.PROGRAM", program)
    document = handed_in()
    assert b"FIELD_KEYS" not in storing.content_of(document)
    assert b"DATABASE_URL" not in storing.content_of(document)


def test_a_name_that_breaks_lines_breaks_no_header(handed_in, client: Client):
    from apps.core.admin.handing import attachment

    document = handed_in(filename='a"\r\nSet-Cookie: x=1.png')
    answer = attachment(b"x", document.media_type, storing.filename_of(document))
    assert "\n" not in answer["Content-Disposition"]
    assert "Set-Cookie" not in answer.headers
