"""Quarantine: nothing is served before the scanner has seen it, and nothing is lost while it is away (P63)."""

import struct
import threading
from collections.abc import Iterator
from socketserver import BaseRequestHandler, ThreadingTCPServer

import pytest

from apps.audit import dispatch
from apps.audit.models import Access, Event
from apps.core import scanner
from apps.core.context import Context
from apps.core.errors import Conflict
from apps.documents import checks, selectors, tasks
from apps.documents import services as documents
from apps.documents.models import Document, DocumentPart
from apps.documents.states import DocumentStatus as S
from tests.factories import a_user

pytestmark = pytest.mark.django_db


class Clamd(BaseRequestHandler):
    """A scanner that speaks the protocol, and finds everything clean."""

    def handle(self) -> None:
        line = self.request.makefile("rb")
        command = line.read(10)
        assert command == b"zINSTREAM\0", command
        content = b""
        while size := struct.unpack("!L", line.read(4))[0]:
            content += line.read(size)
        self.server.seen.append(content)
        self.request.sendall(self.server.answer or self.verdict(content))

    def verdict(self, content: bytes) -> bytes:
        return b"stream: OK\0"


@pytest.fixture
def clamd(settings) -> Iterator[ThreadingTCPServer]:
    with ThreadingTCPServer(("127.0.0.1", 0), Clamd) as server:
        server.seen, server.answer = [], b""
        settings.SCANNER_ADDRESS = f"127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def away(settings) -> None:
    settings.SCANNER_ADDRESS = "127.0.0.1:1"


def state_of(document: Document) -> str:
    return Document.objects.get(pk=document.pk).status


@pytest.mark.promise("P63")
def test_what_is_clean_is_released_and_served(ctx, handed_in, clamd):
    document = handed_in()
    assert state_of(document) == S.QUARANTINED
    with pytest.raises(Conflict) as refused:
        documents.hand_out(ctx, document)
    assert refused.value.code == "document_not_available"
    assert not Access.objects.exists()
    documents.examine(ctx, document.pk)
    released = Document.objects.get(pk=document.pk)
    assert (released.status, released.found) == (S.RELEASED, "")
    assert released.examined_at
    assert clamd.seen == [documents.hand_out(ctx, released)]


@pytest.mark.promise("P63")
def test_what_is_infected_is_never_served_and_its_content_goes(ctx, handed_in, clamd, monkeypatch):
    monkeypatch.setattr(Clamd, "verdict", lambda self, content: b"stream: Eicar-Test-Signature FOUND\0")
    document = handed_in()
    documents.examine(ctx, document.pk)
    refused = Document.objects.get(pk=document.pk)
    assert (refused.status, refused.found) == (S.REFUSED, "Eicar-Test-Signature")
    assert not DocumentPart.objects.exists()
    with pytest.raises(Conflict):
        documents.hand_out(ctx, refused)
    assert Event.objects.get(name="document.refused").payload["found"] == "Eicar-Test-Signature"
    assert selectors.kinds_handed_in("", 0) == set()


@pytest.mark.promise("P63")
def test_while_the_scanner_is_away_papers_wait_and_are_not_lost(ctx, handed_in, away, settings, request):
    document = handed_in()
    with pytest.raises(scanner.ScannerAway):
        documents.examine(ctx, document.pk)
    assert state_of(document) == S.QUARANTINED
    assert selectors.waiting() == [document.pk]
    assert selectors.in_quarantine(a_user("compliance_officer")) == 1
    request.getfixturevalue("clamd")
    documents.examine(ctx, document.pk)
    assert state_of(document) == S.RELEASED
    assert selectors.waiting() == []


@pytest.mark.promise("P63")
@pytest.mark.parametrize(
    "answer", [b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK", b"\0", b"OK FOUND OR NOT\0"]
)
def test_an_answer_that_is_no_verdict_releases_nothing(ctx, handed_in, clamd, answer):
    clamd.answer = answer
    document = handed_in()
    if answer == b"stream: OK":
        documents.examine(ctx, document.pk)  # a scanner that hangs up behind its verdict has said it
        assert state_of(document) == S.RELEASED
        return
    with pytest.raises(scanner.ScannerAway):
        documents.examine(ctx, document.pk)
    assert state_of(document) == S.QUARANTINED


def test_a_paper_is_judged_once(ctx, handed_in, clamd):
    document = handed_in()
    for _ in range(2):
        documents.examine(ctx, document.pk)
    assert len(clamd.seen) == 1
    assert Event.objects.filter(name="document.released").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_upload_wakes_a_worker_and_the_sweep_wakes_one_again(handed_in, clamd, monkeypatch):
    woken: list[int] = []
    monkeypatch.setattr(tasks, "wake", woken.append)
    document = handed_in()
    assert dispatch.dispatch("documents") == 1
    assert woken == [document.pk]
    tasks.sweep()
    assert woken == [document.pk, document.pk]


def test_the_workers_door_examines_and_survives_a_scanner_that_is_away(handed_in, away, monkeypatch, request):
    job = Context(actor="job:examine_document", business_date=handed_in().filed_on)
    monkeypatch.setattr("apps.operations.selectors.job_context", lambda name: job)
    document = Document.objects.get()
    tasks.examine(document.pk)
    assert state_of(document) == S.QUARANTINED
    request.getfixturevalue("clamd")
    tasks.examine(document.pk)
    assert state_of(document) == S.RELEASED


def test_without_a_scanner_papers_are_released_at_once_and_the_check_says_so(handed_in, settings):
    settings.SCANNER_ADDRESS, settings.TESTING = "", False
    assert state_of(handed_in()) == S.RELEASED
    assert [warning.id for warning in checks.uploads_are_scanned(None)] == ["documents.W001"]
    settings.SCANNER_ADDRESS = "scanner:3310"
    assert not checks.uploads_are_scanned(None)
