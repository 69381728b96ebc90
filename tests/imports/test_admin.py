"""The pages of the import wizard (screen S21): who may do what, what they show, how few queries they take."""

import io
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Branch
from apps.audit.models import Access
from apps.audit.states import AccessKind
from apps.imports import jobs, services
from apps.imports.models import Correction, Upload
from apps.imports.states import UploadStatus
from apps.policies.models import Policy
from tests import factories as make
from tests.imports.test_uploads import checked, content_of, office, put  # noqa: F401  office is a fixture

pytestmark = pytest.mark.django_db
S = UploadStatus
MOST_QUERIES = 15


def page(what: str, *args: int) -> str:
    return reverse(f"admin:imports_upload_{what}", args=args)


@pytest.fixture
def at_the_desk(office):  # noqa: F811
    """Somebody of a role at head office, at the browser."""

    def sign_in(role: str, branch: str = "86") -> Client:
        user = make.a_user(role, branch=Branch.objects.get(code=branch), username=f"{role}{branch}")
        client = Client(headers={"accept-language": "en"})
        client.force_login(user, backend="apps.accounts.backends.AccountBackend")
        return client

    return sign_in


def key() -> dict[str, str]:
    return {"key": str(uuid.uuid4())}


@pytest.fixture
def faulty(office) -> Upload:  # noqa: F811
    made = office.rows(120)
    for row in made[:60]:
        row["投保人手机"] = "139"
    made[70]["期交保费"] = "1,200"
    return checked(office, put(office, content_of(made, "csv")))


def test_a_clerk_uploads_and_a_supervisor_brings_in(office, at_the_desk):  # noqa: F811
    clerk, supervisor = at_the_desk("policy_clerk"), at_the_desk("supervisor")
    file = SimpleUploadedFile("book.csv", content_of(office.rows(3), "csv"))
    clerk.post(page("upload"), {**key(), "file": file})
    upload = Upload.objects.get()
    assert (upload.status, upload.uploaded_by) == (S.CHECKING, "user:policy_clerk86")
    jobs.perform(upload.pk)
    form = {**key(), "mode": "whole"}
    assert clerk.post(page("run", upload.pk), form).status_code == 403
    assert Upload.objects.get().status == S.CHECKED
    for _click in range(2):
        assert supervisor.post(page("run", upload.pk), form).status_code == 302
    jobs.perform(upload.pk)
    assert Policy.objects.count() == 3
    shown = supervisor.get(page("change", upload.pk)).content.decode()
    assert all(policy.number in shown for policy in Policy.objects.all())


def test_a_finished_import_offers_no_act_that_can_never_happen_again(office, faulty, at_the_desk):  # noqa: F811
    desk = at_the_desk("supervisor")

    def offered() -> set[str]:
        return {entry["act"].name for entry in desk.get(page("change", faulty.pk)).context["acts"]}

    assert offered() >= {"map", "check", "correct", "run", "cancel"}
    services.cancel(office.ctx, faulty.pk)
    assert offered() == {"wrong_rows"}


def test_a_neighbour_does_not_know_of_it(faulty, at_the_desk):
    neighbour = at_the_desk("supervisor", "8644")
    for what in ("change", "correct", "run", "wrong_rows", "progress"):
        assert neighbour.get(page(what, faulty.pk)).status_code == 404
    assert str(faulty) not in neighbour.get(page("changelist")).content.decode()


def test_what_is_refused_stands_at_its_field(office, at_the_desk):  # noqa: F811
    answer = at_the_desk("supervisor").post(
        page("upload"), {**key(), "file": SimpleUploadedFile("book.xlsx", b"%PDF-1.7")}
    )
    assert answer.status_code == 422
    assert "id_file_error" in answer.content.decode()
    assert Upload.objects.count() == 0


def test_cells_are_corrected_on_the_page(faulty, at_the_desk):
    desk, address = at_the_desk("policy_clerk"), page("correct", faulty.pk)
    shown = desk.get(f"{address}?column=期交保费&code=import_not_an_amount").content.decode()
    assert 'value="1,200"' in shown
    masked = desk.get(address).content.decode()
    assert ">139<" not in masked
    assert 'value="139"' not in masked
    wrong = faulty.faults.get(column="期交保费")
    first = faulty.faults.filter(column="投保人手机").first()
    written = {f"cell-{wrong.pk}": "1200", f"cell-{first.pk}-empty": "on", "check": "yes"}
    assert desk.post(f"{address}?page=2", {**key(), f"cell-{wrong.pk}": "1200"}).status_code == 302
    assert desk.post(address, {**key(), **written}).status_code == 302
    assert Correction.objects.count() == 2
    assert Upload.objects.get().status == S.CHECKING
    jobs.perform(faulty.pk)
    assert Upload.objects.get().wrong_cells == 59


def test_a_rider_by_mistake_is_emptied_whole_on_the_page(office, at_the_desk):  # noqa: F811
    made = office.rows(500)
    at = next(i for i, row in enumerate(made) if row["附加险1代码"])
    made = [{**made[at], "附加险1代码": "NOBODY"}]
    upload = checked(office, put(office, content_of(made, "csv")))
    wrong = upload.faults.get()
    desk, address = at_the_desk("policy_clerk"), page("correct", upload.pk)
    inputs = [name for name, _cell in desk.get(address).context["cells"].cells]
    assert inputs == [f"cell-{wrong.pk}", f"cell-{wrong.pk}-0", f"cell-{wrong.pk}-1"]
    desk.post(address, {**key(), **dict.fromkeys(inputs, ""), "check": "yes"})
    jobs.perform(upload.pk)
    assert (Upload.objects.get().status, Correction.objects.count()) == (S.CHECKED, 3)


def test_what_was_not_changed_is_not_written(faulty, at_the_desk):
    desk = at_the_desk("policy_clerk")
    wrong = faulty.faults.get(column="期交保费")
    form = {**key(), f"cell-{wrong.pk}": "1,200", "cell-99999999": "x", "cell-evil": "x"}
    assert desk.post(f"{page('correct', faulty.pk)}?page=2", form).status_code == 302
    assert Correction.objects.count() == 0


@pytest.mark.promise("P36")
def test_wrong_rows_taken_home_are_remembered_with_their_purpose(faulty, at_the_desk):
    desk, address = at_the_desk("policy_clerk"), page("wrong_rows", faulty.pk)
    assert address in desk.get(page("change", faulty.pk)).content.decode()
    assert desk.post(address, {**key(), "purpose": ""}).status_code == 422
    assert not Access.objects.filter(kind=AccessKind.EXPORTED).exists()
    answer = desk.post(address, {**key(), "purpose": "correcting"})
    assert answer["Content-Disposition"].startswith("attachment")
    assert len(answer.content.decode("utf-8-sig").splitlines()) == 62
    taken = Access.objects.get(kind=AccessKind.EXPORTED)
    assert (taken.object_id, taken.purpose, taken.detail) == (faulty.pk, "correcting", {"rows": 61})
    assert at_the_desk("compliance_officer").get(address).status_code == 403


@pytest.mark.parametrize("query", ["", "?page=2", "?page=x&column=&code=none", "?page=99999999999&column=%00"])
def test_pages_take_few_queries_and_bear_garbage(faulty, at_the_desk, query):
    desk = at_the_desk("supervisor")
    desk.get(page("changelist"))
    for what in ("change", "correct", "map", "run", "check", "progress"):
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(f"{page(what, faulty.pk)}{query}").status_code == 200
        assert len(queries) <= MOST_QUERIES + 10 * (what == "map"), (what, [q["sql"][:120] for q in queries])


def test_columns_are_mapped_on_the_page_and_a_word_nobody_knows_is_asked_for(office, at_the_desk):  # noqa: F811
    head = "编号,产品,机构,交费方式,保费,保额,保险期间,交费期间,生效日期,交至日,投保人,投保人生日,投保人性别"
    row = "A1,WHOLE01,864401,按年,1200,100000,O,20Y,2020/3/1,2027/3/1,王小明,1985-03-14,男"
    upload = services.upload(
        office.ctx,
        branch_id=Branch.objects.get(code="86").pk,
        name="old.csv",
        file=io.BytesIO(f"{head}\n{row}\n".encode()),
    )
    desk, address = at_the_desk("supervisor"), page("map", upload.pk)
    form = desk.get(address).context["form"]
    filled = {field.html_name: field.value() or "" for field in form if field.value() is not False}
    assert filled["column-0"] == ""
    answer = desk.post(address, {**filled, "column-0": "policy_number"})
    assert answer.status_code == 422
    assert "按年" in answer.content.decode()
    assert Upload.objects.get().mapping_id is None
    sent = {**filled, "column-0": "policy_number", "value-3-0": "annual"}
    assert desk.post(address, sent).status_code == 302
    jobs.perform(upload.pk)
    assert Upload.objects.get().status == S.CHECKED
