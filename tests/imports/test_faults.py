"""Every wrong cell of a large file is found at its place, and nothing is imported."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.imports.faults import MOST_NAMED, FileRefused
from apps.imports.services import import_portfolio
from apps.operations import services as operations
from apps.parties.models import Party
from apps.policies.models import Policy
from tests.imports.conftest import Cells

pytestmark = pytest.mark.django_db

MISTAKES = (
    ("生效日", "2026-02-31", "import_no_such_day"),
    ("生效日", "2026/2/1", "import_date_style"),
    ("生效日", "20260201", "import_date_style"),
    ("生效日", "", "import_value_missing"),
    ("期交保费", "１２００.００", "import_full_width"),
    ("期交保费", "1,200.00", "import_not_an_amount"),
    ("期交保费", "0", "import_amount_zero"),
    ("基本保额", "十万", "import_not_an_amount"),
    ("产品代码", "WHOLE99", "import_product_unknown"),
    ("机构代码", "9999", "import_branch_unknown"),
    ("业务员工号", "nobody", "import_agent_unknown"),
    ("缴费频率", "周缴", "import_value_unknown"),
    ("保险期间", "二十年", "import_not_a_period"),
    ("保单状态", "睡眠", "import_value_unknown"),
    ("终止原因", "77", "import_value_unknown"),
    ("投保人姓名", "", "import_value_missing"),
    ("投保人身份证号", "", "import_value_missing"),
    ("投保人身份证号", "11010119900101123", "resident_id_length"),
    ("投保人身份证号", "110101199001011231", "resident_id_check_digit"),
    ("投保人手机", "12345", "mobile_number_invalid"),
    ("投保人邮箱", "nobody at home", "email_invalid"),
    ("投保人职业类别", "一", "import_not_a_whole_number"),
    ("银行账号", "6222-ABCD", "bank_card_characters"),
    ("同意缴费提醒", "也许", "import_value_unknown"),
)
PLANTED = 137


def plant(made: list[Cells]) -> list[tuple[int, str, str]]:
    """Spoil one cell in each of 137 rows; where and how, in order."""
    planted = []
    for number in range(PLANTED):
        position = 11 + number * 36
        column, text, code = MISTAKES[number % len(MISTAKES)]
        made[position] = {**made[position], column: text}
        planted.append((position + 2, column, code))
    return planted


@pytest.mark.promise("P66")
def test_137_planted_errors_in_5000_rows_are_found_at_the_right_cells(company, demo_mapping, book_file):
    made = company.rows(5000)
    planted = plant(made)
    with pytest.raises(FileRefused) as refused:
        import_portfolio(company.ctx, path=book_file(made), mapping=demo_mapping)
    faults = refused.value.faults
    assert [(fault.row, fault.column, fault.code) for fault in faults.named] == planted
    assert faults.total == PLANTED
    assert (Policy.objects.count(), Party.objects.count()) == (0, 0)


def test_more_than_two_hundred_are_counted_and_the_first_ones_named(company, demo_mapping, book_file):
    made = [{**row, "期交保费": "free"} for row in company.rows(250)]
    with pytest.raises(FileRefused) as refused:
        import_portfolio(company.ctx, path=book_file(made), mapping=demo_mapping)
    assert (refused.value.faults.total, len(refused.value.faults.named)) == (250, MOST_NAMED)


def test_no_fault_repeats_what_the_cell_says(company, demo_mapping, book_file):
    made = company.rows(3)
    made[0] = {**made[0], "投保人手机": "13800138000x", "投保人邮箱": "secret.person", "投保人身份证号": "99"}
    with pytest.raises(FileRefused) as refused:
        import_portfolio(company.ctx, path=book_file(made), mapping=demo_mapping)
    told = json.dumps([fault.as_json() for fault in refused.value.faults.named], ensure_ascii=False)
    assert len(refused.value.faults.named) == 3
    assert not any(secret in told for secret in ("13800138000", "secret.person"))


class TestTheCommand:
    @pytest.fixture(autouse=True)
    def open_day(self, company):
        operations.open_first_day(company.ctx, company.ctx.business_date)

    def call(self, path, *options: str) -> tuple[str, str]:
        out, err = StringIO(), StringIO()
        try:
            call_command("import_portfolio", str(path), "--mapping=demo", *options, stdout=out, stderr=err)
        except CommandError as error:
            err.write(str(error))
        return out.getvalue(), err.getvalue()

    def test_it_names_each_wrong_cell_on_a_line_of_its_own(self, company, book_file):
        made = company.rows(4)
        made[1] = {**made[1], "生效日": "2026-02-31"}
        out, err = self.call(book_file(made))
        assert out == ""
        assert err.splitlines()[0].startswith("3:生效日  ")
        assert err.splitlines()[0].endswith("[import_no_such_day]")

    def test_it_tells_programs_the_same_as_json(self, company, book_file):
        made = company.rows(4)
        made[1] = {**made[1], "生效日": "2026-02-31"}
        told = json.loads(self.call(book_file(made), "--json")[0])
        assert (told["imported"], told["wrong_cells"]) == (0, 1)
        assert [told["cells"][0][key] for key in ("row", "column", "code")] == [3, "生效日", "import_no_such_day"]

    def test_a_dry_run_and_the_real_run_tell_the_same_numbers(self, company, book_file):
        path = book_file(company.rows(30))
        dry, real = (json.loads(self.call(path, "--json", *more)[0]) for more in (["--dry-run"], []))
        assert {**dry, "dry_run": False} == real
        assert real["policies"] == 30
        assert "nothing added" in self.call(path)[0]

    def test_a_missing_mapping_is_one_sentence(self, company, book_file):
        err = StringIO()
        with pytest.raises(CommandError, match="import_file_missing"):
            call_command("import_portfolio", str(book_file(company.rows(1))), "--mapping=none.yaml", stderr=err)
