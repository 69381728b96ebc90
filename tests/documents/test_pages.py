"""The pages of documents, and links good for one person, one document, one minute and one use (P36, P44, P64)."""

from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.audit.models import Access
from apps.core import clock
from apps.documents.models import Document
from apps.operations import services as operations
from tests.conftest import TODAY
from tests.factories import a_branch, a_user, the_system

from . import papers

pytestmark = pytest.mark.django_db
SCOPED = {"kind": "exported", "action": "document_read.R"}


@pytest.fixture(autouse=True)
def day(db) -> None:
    operations.open_first_day(the_system(), TODAY)


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="apps.accounts.backends.AccountBackend")
    return client


@pytest.fixture
def clerk(policy) -> User:
    return a_user("policy_clerk", branch=policy.branch)


@pytest.fixture
def client(clerk) -> Client:
    return signed_in(clerk)


def link_of(client: Client, document: Document) -> str:
    answer = client.get(f"/admin/documents/document/{document.pk}/open/")
    assert answer.status_code == 302
    return answer["Location"]


@pytest.mark.promise("P36", "P64")
def test_a_file_comes_inert_under_its_name_and_leaves_its_trace(client, clerk, handed_in):
    document = handed_in(filename="申请书 1.png")
    answer = client.get(link_of(client, document))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"] == f"attachment; filename*=utf-8''{quote('申请书 1.png')}"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert len(answer.content) == document.size
    trace = Access.objects.get(**SCOPED)
    assert (trace.actor, trace.object_id, trace.detail["sha256"]) == (clerk.actor, document.pk, document.sha256)


@pytest.mark.promise("P64")
def test_a_link_is_used_once(client, handed_in):
    link = link_of(client, handed_in())
    assert [client.get(link).status_code for _ in range(3)] == [200, 403, 403]
    assert Access.objects.filter(**SCOPED).count() == 1
    assert Access.objects.filter(kind="denied").count() == 2


@pytest.mark.promise("P64")
def test_a_link_is_good_for_a_minute(client, handed_in):
    link = link_of(client, handed_in())
    with time_machine.travel(clock.now() + timedelta(seconds=62)):
        assert client.get(link).status_code == 403
    assert not Access.objects.filter(**SCOPED).exists()


@pytest.mark.promise("P64")
def test_a_link_serves_nobody_else(client, policy, handed_in):
    link = link_of(client, handed_in())
    colleague = signed_in(a_user("supervisor", branch=policy.branch))
    assert colleague.get(link).status_code == 403
    assert Client().get(link).status_code == 302
    assert not Access.objects.filter(**SCOPED).exists()
    assert client.get(link).status_code == 200, "what others tried does not use it up"


@pytest.mark.promise("P64")
def test_an_altered_link_or_one_signed_for_something_else_opens_nothing(client, clerk, handed_in):
    document = handed_in()
    link = link_of(client, document)
    signed = link.rstrip("/").rpartition("/")[2]
    other = signing.dumps([clerk.pk, document.public_id.hex, "00"], salt="another.purpose")
    for altered in (signed[:-2] + "xx", "x" + signed[1:], signed.swapcase(), "x", other, "a:b:c"):
        assert client.get(f"/admin/documents/document/file/{altered}/").status_code == 403
    assert not Access.objects.filter(**SCOPED).exists()


@pytest.mark.promise("P64")
def test_who_has_lost_the_right_meanwhile_gets_nothing(client, clerk, handed_in):
    link = link_of(client, handed_in())
    clerk.role_grants.update(ended_at=clock.now(), ended_by="user:boss")
    assert client.get(link).status_code == 403


@pytest.mark.promise("P63")
def test_a_paper_in_quarantine_is_listed_and_not_served(client, handed_in, settings):
    settings.SCANNER_ADDRESS = "127.0.0.1:1"
    document = handed_in()
    assert client.get(link_of(client, document)).status_code == 409
    listed = client.get("/admin/documents/document/?status=QUARANTINED").content.decode()
    assert "Application for a change" in listed
    assert "In quarantine" in listed
    page = client.get(f"/admin/documents/document/{document.pk}/").content.decode()
    assert "The virus scanner has not seen this paper yet" in page
    assert "/open/" not in page


@pytest.mark.promise("P44")
def test_papers_of_other_branches_are_out_of_sight(handed_in):
    document = handed_in()
    stranger = signed_in(a_user("policy_clerk", branch=a_branch("8631", parent=a_branch("86"))))
    for what in ("", "open/"):
        assert stranger.get(f"/admin/documents/document/{document.pk}/{what}").status_code == 404


@pytest.mark.promise("P44", "P53")
@pytest.mark.parametrize(
    ("role", "sees"),
    [("policy_clerk", False), ("endorsement_clerk", False), ("supervisor", False), ("compliance_officer", True)],
)
def test_papers_about_health_are_for_those_who_may_read_health(handed_in, policy, role, sees):
    plain, health = handed_in(kind="birth_proof"), handed_in(kind="medical_exam")
    client = signed_in(a_user(role, branch=policy.branch))
    assert client.get(f"/admin/documents/document/{plain.pk}/").status_code == 200
    assert client.get(f"/admin/documents/document/{health.pk}/").status_code == (200 if sees else 404)
    listed = client.get(f"/admin/policies/policy/{policy.pk}/?tab=documents").content.decode()
    assert "Proof of birth" in listed
    assert ("Medical examination" in listed) is sees


def test_the_policys_page_shows_its_papers_in_few_queries(client, policy, handed_in):
    for _ in range(3):
        handed_in()
    client.get("/admin/")
    with CaptureQueriesContext(connection) as queries:
        page = client.get(f"/admin/policies/policy/{policy.pk}/?tab=documents").content.decode()
    assert page.count("/open/") == 3
    assert len(queries) <= 17


def test_documents_are_found_by_their_number_and_by_their_policy(client, policy, handed_in):
    handed_in(content=papers.pdf(), filename="a.pdf")
    for query, found in ((policy.number, True), ("P0", False)):
        listed = client.get(f"/admin/documents/document/?q={query}").content.decode()
        assert ("Application for a change</" in listed.partition("<table")[2]) is found
