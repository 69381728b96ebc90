"""From a file in somebody's hands to policies in the book: upload, map, check, correct, run (screen S21)."""

import csv
import io
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from apps.accounts.models import Branch
from apps.audit.models import Event
from apps.core import clock
from apps.core.errors import BusinessError
from apps.core.files import FileKind
from apps.core.sheets import write_csv, write_xlsx
from apps.imports import jobs, selectors, services, template
from apps.imports.demo.services import MAPPING
from apps.imports.models import Correction, ImportedPolicy, MappingVersion, PortfolioImport, Upload, UploadPart
from apps.imports.references import read_references
from apps.imports.services import import_portfolio
from apps.imports.states import Mode, UploadStatus
from apps.operations import services as operations
from apps.policies.models import Policy
from tests.imports.conftest import Cells
from tests.imports.test_faults import PLANTED, plant

pytestmark = pytest.mark.django_db
S = UploadStatus


@pytest.fixture
def office(company):
    operations.open_first_day(company.ctx, company.ctx.business_date)
    return company


def content_of(rows: list[Cells], kind: str) -> bytes:
    lines = [list(rows[0]), *([*row.values()] for row in rows)]
    return write_csv(lines) if kind == FileKind.CSV else write_xlsx({"book": lines})


def put(office, content: bytes, name: str = "book.csv", branch: str = "86") -> Upload:
    return services.upload(
        office.ctx, branch_id=Branch.objects.get(code=branch).pk, name=name, file=io.BytesIO(content)
    )


def checked(office, upload: Upload) -> Upload:
    services.check(office.ctx, upload.pk)
    jobs.perform(upload.pk)
    return Upload.objects.get(pk=upload.pk)


def run(office, upload: Upload, mode: Mode = Mode.WHOLE) -> Upload:
    services.run(office.ctx, upload.pk, mode=mode)
    jobs.perform(upload.pk)
    return Upload.objects.get(pk=upload.pk)


def code_of(act) -> str:
    with pytest.raises(BusinessError) as refused:
        act()
    return refused.value.code


def told(upload: Upload) -> list[tuple[int, str, str]]:
    return list(selectors.faults_of(upload).values_list("row", "column", "code"))


@pytest.mark.promise("P66")
@pytest.mark.parametrize("kind", [*FileKind])
def test_a_file_goes_from_upload_to_the_book_and_a_second_time_adds_nothing(office, kind):
    content, name = content_of(office.rows(60), kind), f"book.{kind}"
    upload = checked(office, put(office, content, name))
    assert (upload.status, upload.rows, upload.wrong_cells) == (S.CHECKED, 60, 0)
    assert Policy.objects.count() == 0
    done = run(office, upload)
    assert (done.status, done.imported, done.known, done.wrong_rows) == (S.DONE, 60, 0, 0)
    again = run(office, checked(office, put(office, content, name)))
    assert (again.status, again.imported, again.known) == (S.DONE, 0, 60)
    assert Policy.objects.count() == 60


@pytest.mark.promise("P66")
@pytest.mark.parametrize("kind", [*FileKind])
def test_137_planted_errors_in_5000_rows_are_found_at_the_right_cells(office, kind):
    made = office.rows(5000)
    planted = plant(made)
    upload = checked(office, put(office, content_of(made, kind), f"book.{kind}"))
    assert told(upload) == planted
    assert (upload.status, upload.wrong_cells, upload.wrong_rows) == (S.FAULTY, PLANTED, PLANTED)
    assert sum(group.cells for group in selectors.fault_groups(upload)) == PLANTED
    done = run(office, upload, Mode.EACH)
    assert (done.status, done.imported, done.wrong_rows) == (S.DONE, 5000 - PLANTED, PLANTED)
    assert told(done) == planted


@pytest.mark.promise("P66")
@pytest.mark.parametrize("kind", [*FileKind])
def test_wrong_rows_are_taken_home_corrected_and_uploaded_again(office, kind):
    made = office.rows(120)
    right = [dict(row) for row in made]
    made[4] = {**made[4], "生效日": "2026-02-31"}
    made[9] = {**made[9], "投保人手机": "123", "期交保费": "1,200"}
    upload = run(office, checked(office, put(office, content_of(made, kind), f"book.{kind}")), Mode.EACH)
    assert (upload.imported, upload.wrong_rows, upload.wrong_cells) == (118, 2, 3)
    taken = put(office, template.wrong_rows(upload), f"wrong.{kind}")
    assert (taken.rows, taken.status, taken.columns) == (2, S.MAPPED, upload.columns)
    lines = [[*right[0]], *([*right[i].values()] for i in (4, 9))]
    corrected = [[*line, "差错说明" if n == 0 else "…"] for n, line in enumerate(lines)]
    content = write_csv(corrected) if kind == FileKind.CSV else write_xlsx({"x": corrected})
    done = run(office, checked(office, put(office, content, f"right.{kind}")))
    assert (done.imported, Policy.objects.count()) == (2, 120)


def test_a_cell_is_corrected_in_place_and_the_file_stays_as_it_came(office):
    made = office.rows(20)
    wrong = [{**row} for row in made]
    wrong[3]["投保人手机"] = "123"
    upload = checked(office, put(office, content_of(wrong, "csv")))
    [cell] = selectors.wrong_cells(upload, selectors.faults_of(upload))
    assert (cell.said, cell.masked, cell.correctable) == ("***", True, True)
    services.correct(office.ctx, upload.pk, cells={(5, "投保人手机"): made[3]["投保人手机"]})
    upload.refresh_from_db()
    assert (upload.status, told(upload)) == (S.MAPPED, [])
    assert made[3]["投保人手机"] not in Correction.objects.get().value
    assert code_of(lambda: services.run(office.ctx, upload.pk, mode=Mode.WHOLE)) == "import_must_be_checked"
    done = run(office, checked(office, upload))
    assert (done.status, done.imported) == (S.DONE, 20)


@pytest.mark.parametrize("cell", [(99, "投保人手机"), (2, "没有这列"), (1, "投保人手机")])
def test_a_cell_the_file_does_not_have_cannot_be_corrected(office, cell):
    upload = put(office, content_of(office.rows(3), "csv"))
    assert code_of(lambda: services.correct(office.ctx, upload.pk, cells={cell: "x"})) == "import_no_such_cell"
    assert Correction.objects.count() == 0


def test_what_is_wrong_forbids_all_or_nothing_and_changes_nothing(office):
    made = office.rows(5)
    made[0] = {**made[0], "期交保费": "free"}
    upload = checked(office, put(office, content_of(made, "csv")))
    assert code_of(lambda: services.run(office.ctx, upload.pk, mode=Mode.WHOLE)) == "import_has_faults"
    assert Upload.objects.get(pk=upload.pk).status == S.FAULTY


def test_what_became_wrong_after_the_check_is_found_by_the_run(office, demo_mapping, book_file):
    made = office.rows(10)
    upload = checked(office, put(office, content_of(made, "csv")))
    import_portfolio(office.ctx, path=book_file(made[:1]), mapping=demo_mapping)
    ImportedPolicy.objects.update(book="another")
    faulty = run(office, upload)
    assert (faulty.status, told(faulty)) == (S.FAULTY, [(2, "保单号", "import_number_taken")])
    assert Policy.objects.count() == 1
    done = run(office, faulty, Mode.EACH)
    assert (done.imported, done.wrong_rows) == (9, 1)


def test_what_is_here_already_is_told_of_a_file_with_wrong_cells_too(office):
    made = office.rows(12)
    run(office, checked(office, put(office, content_of(made[:7], "csv"))))
    made[10] = {**made[10], "期交保费": "free"}
    upload = checked(office, put(office, content_of(made, "csv")))
    assert (upload.status, upload.rows, upload.wrong_rows, upload.known) == (S.FAULTY, 12, 1, 7)
    done = run(office, upload, Mode.EACH)
    assert (done.imported, done.known, done.wrong_rows) == (4, 7, 1)


def test_a_row_that_stands_twice_comes_in_once_row_by_row(office):
    made = office.rows(1500)
    made[1400] = {**made[7]}
    made[1450] = {**made[1450], "投保人身份证号": made[8]["投保人身份证号"], "投保人姓名": "另一人"}
    upload = checked(office, put(office, content_of(made, "csv")))
    found = [(1402, "保单号", "import_number_twice"), (1452, "投保人身份证号", "import_identity_of_another")]
    assert told(upload) == found
    done = run(office, upload, Mode.EACH)
    assert (done.imported, done.known, done.wrong_rows, told(done)) == (1498, 0, 2, found)


def test_only_branches_within_reach_may_be_named(office):
    made = [{**row, "机构代码": code} for row, code in zip(office.rows(3), ("8644", "864401", "8632"), strict=True)]
    upload = checked(office, put(office, content_of(made, "csv"), branch="8644"))
    assert told(upload) == [(4, "机构代码", "import_branch_unknown")]


def test_rows_lie_sealed_and_go_when_their_time_is_over(office):
    upload = put(office, content_of(office.rows(1200), "csv"))
    names = {row["投保人姓名"] for row in office.rows(30)}
    parts = list(upload.parts.order_by("first_row").values_list("first_row", "last_row", "content"))
    assert [part[:2] for part in parts] == [(2, 1001), (1002, 1201)]
    assert not any(name in content for name in names for _first, _last, content in parts)
    services.correct(office.ctx, upload.pk, cells={(2, "投保人手机"): "13800138000"})
    assert services.purge(office.ctx) == 0
    Upload.objects.update(uploaded_at=clock.now() - timedelta(days=31))
    assert services.purge(office.ctx) == 1
    gone = Upload.objects.get()
    assert (gone.status, UploadPart.objects.count(), Correction.objects.count()) == (S.CANCELLED, 0, 0)
    assert gone.purged_at
    assert services.purge(office.ctx) == 0


class TestMapping:
    CONTENT = (
        "编号,产品,机构,币种,交费方式,保费,保额,保险期间,交费期间,生效日期,交至日,投保人,投保人出生日期,投保人性别,备注\n"
        + ("A1,WHOLE01,864401,CNY,年,1200,100000,O,20Y,2020年3月1日,2027年3月1日,王小明,1985/3/14,男,x\n")
    )

    def choices(self, columns):
        from apps.imports.suggesting import Choices, suggest

        return Choices(
            book="old",
            row_key="编号",
            columns={**suggest(columns), "编号": "policy_number"},
            values={"交费方式": {"年": "annual"}, "投保人性别": {"男": "1"}},
        )

    def test_columns_are_suggested_by_their_names(self, office):
        upload = put(office, self.CONTENT.encode())
        assert upload.status == S.UPLOADED
        found = selectors.suggested_columns(upload)
        assert found["交费方式"] == "frequency"
        assert found["投保人出生日期"] == "holder_born_on"
        assert found["投保人"] == "holder_name"
        assert (found["编号"], found["备注"]) == ("", "")

    def test_a_mapping_is_remembered_for_the_next_file_of_that_shape(self, office):
        from apps.imports.suggesting import compose

        upload = put(office, self.CONTENT.encode())
        content = compose(self.choices(upload.columns))
        services.map_columns(office.ctx, upload.pk, name="old", content=content)
        done = run(office, checked(office, upload))
        assert (done.status, done.imported, done.wrong_cells) == (S.DONE, 1, 0), told(done)
        other = self.CONTENT.replace("A1,", "A2,").encode("gb18030")
        assert put(office, other).mapping_id == done.mapping_id
        services.map_columns(office.ctx, put(office, other).pk, name="old", content=content + "\n# again\n")
        assert [str(each) for each in MappingVersion.objects.order_by("pk")] == ["old v1", "old v2"]

    def test_a_mapping_for_other_columns_is_refused(self, office):
        upload = put(office, self.CONTENT.encode())
        content = MAPPING.read_text(encoding="utf-8")
        refused = code_of(lambda: services.map_columns(office.ctx, upload.pk, name="demo", content=content))
        assert refused == "import_mapping_does_not_fit"
        assert Upload.objects.get().mapping_id is None

    def test_each_date_column_has_one_style_and_another_one_is_an_error_at_its_cell(self, office):
        from apps.imports.suggesting import compose

        head, row = self.CONTENT.splitlines()
        rows = [row.replace("A1", f"A{n}") for n in range(5)]
        rows[2] = rows[2].replace("2020年3月1日", "2020/3/1")
        rows[3] = rows[3].replace("1985/3/14", "1985-03-14").replace("2020年3月1日", "2020年2月31日")
        upload = put(office, "\n".join([head, *rows]).encode())
        services.map_columns(office.ctx, upload.pk, name="old", content=compose(self.choices(upload.columns)))
        assert told(checked(office, upload)) == [
            (4, "生效日期", "import_date_style"),
            (5, "生效日期", "import_no_such_day"),
            (5, "投保人出生日期", "import_date_style"),
        ]


class TestTheTemplate:
    @pytest.mark.parametrize("kind", [*FileKind])
    def test_filled_in_it_needs_no_mapping(self, office, kind):
        if kind is FileKind.CSV:
            content = template.template(kind)
        else:
            text = template.template(FileKind.CSV).decode("utf-8-sig")
            content = write_xlsx({"填写": list(csv.reader(io.StringIO(text)))})
        upload = checked(office, put(office, content, f"t.{kind}"))
        assert (upload.status, told(upload)) == (S.CHECKED, [])
        assert run(office, upload).imported == 3
        assert Counter(Policy.objects.values_list("status", flat=True)) == {"IN_FORCE": 2, "TERMINATED": 1}

    def test_the_spreadsheet_has_the_header_a_guide_the_products_and_examples(self, office):
        products = [versions[-1].terms for versions in read_references().products.values()]
        book = load_workbook(io.BytesIO(template.template(FileKind.XLSX, products=products, branches=["86"])))
        assert book.sheetnames == ["填写", "填写说明", "产品", "示例"]
        fill, guide, listed, examples = book.worksheets
        header = [cell.value for cell in fill[1]]
        assert [row[0].value for row in guide.iter_rows(min_row=2)] == header
        assert all(row[2].value and row[3].value for row in guide.iter_rows(min_row=2))
        allowed = {row[0].value: row[4].value or "" for row in guide.iter_rows(min_row=2)}
        assert ("WHOLE01" in allowed["产品代码"], "HOSP01" in allowed["产品代码"]) == (True, False)
        assert ("WHOLE01" in allowed["附加险2产品代码"], "HOSP01" in allowed["附加险2产品代码"]) == (False, True)
        assert examples.max_row == 4
        [hospital] = [terms for terms in products if terms.code == "HOSP01"]
        rows = {row[0].value: [cell.value for cell in row[1:4]] for row in listed.iter_rows(min_row=2)}
        assert rows["HOSP01"] == [hospital.name_zh, "附加险", "、".join(hospital.attachable_to)]
        assert rows["WHOLE01"][1:] == ["主险", None]

    def test_what_is_typed_into_the_spreadsheet_keeps_its_digits(self, office):
        book = load_workbook(io.BytesIO(template.template(FileKind.XLSX)))
        fill, _guide, _products, examples = book.worksheets
        cells = [cell for row in fill.iter_rows(min_row=1, max_row=1001) for cell in row]
        assert len(cells) == 1001 * examples.max_column
        assert {cell.number_format for cell in cells} == {"@"}
        for cell, example in zip(fill[2], examples[2], strict=True):
            cell.value = example.value
        typed = io.BytesIO()
        book.save(typed)
        upload = checked(office, put(office, typed.getvalue(), "t.xlsx"))
        assert (upload.rows, upload.status, told(upload)) == (1, S.CHECKED, [])

    def test_an_empty_template_is_refused(self, office):
        empty = template.template(FileKind.XLSX)
        assert code_of(lambda: put(office, empty, "t.xlsx")) == "import_no_rows"


class TestWorkers:
    def test_nobody_is_at_work_twice(self, office, other_connection):
        upload = put(office, content_of(office.rows(3), "csv"))
        services.check(office.ctx, upload.pk)
        with other_connection() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"upload {upload.pk}"])
            assert jobs.perform(upload.pk) is False
        assert selectors.waiting() == [upload.pk]
        assert jobs.perform(upload.pk) is True
        assert selectors.waiting() == []
        assert jobs.perform(upload.pk) is False

    def test_a_wish_to_stop_ends_a_check(self, office):
        upload = put(office, content_of(office.rows(3), "csv"))
        services.check(office.ctx, upload.pk)
        assert code_of(lambda: services.check(office.ctx, upload.pk)) == "import_at_work"
        services.cancel(office.ctx, upload.pk)
        assert Upload.objects.get().stopping

    def test_what_is_over_stays_over(self, office):
        upload = put(office, content_of(office.rows(3), "csv"))
        services.cancel(office.ctx, upload.pk)
        for act in (services.check, services.cancel):
            assert code_of(lambda act=act: act(office.ctx, upload.pk)) == "import_ended"

    def test_an_unexpected_error_is_kept_without_values_and_the_check_can_be_asked_again(self, office, monkeypatch):
        upload = put(office, content_of(office.rows(3), "csv"))
        services.check(office.ctx, upload.pk)
        monkeypatch.setitem(jobs.WORK, S.CHECKING, lambda *args: 1 / 0)
        jobs.perform(upload.pk)
        failed = Upload.objects.get()
        assert (failed.status, "ZeroDivisionError" in failed.error) == (S.FAILED, True)
        monkeypatch.undo()
        assert checked(office, failed).status == S.CHECKED

    def test_every_step_leaves_its_event(self, office):
        run(office, checked(office, put(office, content_of(office.rows(3), "csv"))))
        names = Event.objects.filter(subject_type="imports.upload").order_by("pk").values_list("name", flat=True)
        assert list(names) == [
            *("upload.received", "upload.mapped", "upload.check_asked", "upload.passed"),
            *("upload.run_asked", "upload.done"),
        ]
        assert PortfolioImport.objects.get().imported == 3


def test_wrong_cells_take_few_queries_however_many_parts(office):
    made = [{**row, "期交保费": "free"} for row in office.rows(2500)]
    upload = checked(office, put(office, content_of(made, "csv")))
    faults = list(selectors.faults_of(upload)[:50])
    with CaptureQueriesContext(connection) as queries:
        assert len(selectors.wrong_cells(upload, faults)) == 50
    assert len(queries) <= 5
