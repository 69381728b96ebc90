"""A row is read whole: codes, persons and documents, each wrong cell once."""

from dataclasses import replace
from datetime import date

import pytest

from apps.core.dates import Frequency
from apps.imports.cells import DateStyle
from apps.imports.checking import RowReader
from apps.imports.faults import Faults
from apps.imports.mapping import BookMapping, Source
from apps.imports.references import References
from apps.imports.rows import Grace, ProductVersion, Row
from tests.products.samples import shipped_terms

CUTOVER = date(2026, 11, 22)
TERMS = shipped_terms()["WHOLE01"]
VERSION = ProductVersion(
    7, "WHOLE01", 1, "C1", date(1995, 1, 1), Grace(60, rolls=True), frozenset({Frequency.ANNUAL}), TERMS
)
REFERENCES = References({"WHOLE01": (VERSION,)}, {"86": 3}, {"A1": 5})
CELLS = {
    "policy_number": "P1",
    "product": "WHOLE01",
    "branch": "86",
    "agent": "A1",
    "currency": "CNY",
    "frequency": "annual",
    "premium": "1000.00",
    "sum_assured": "100000",
    "policy_term": "O",
    "payment_term": "20Y",
    "effective_on": "2020-03-15",
    "paid_to": "2027-03-15",
    "holder_name": "张三",
    "holder_born_on": "",
    "holder_sex": "",
    "holder_id_type": "111",
    "holder_id_number": "11010519491231002X",
    "insured_name": "",
    "insured_born_on": "",
    "insured_id_type": "",
    "insured_id_number": "",
    "beneficiary1_name": "",
    "beneficiary1_born_on": "",
    "beneficiary1_share": "",
}
MAPPING = BookMapping("test", "policy_number", {name: Source(column=name) for name in CELLS}, DateStyle.ISO)


def read(mapping: BookMapping = MAPPING, **cells: str) -> tuple[Row | None, list[tuple[str, str]]]:
    faults = Faults()
    read = RowReader(mapping, REFERENCES, CUTOVER, faults).read(2, cells.get("policy_number", "P1"), {**CELLS, **cells})
    return (read[0] if read else None), [(fault.column, fault.code) for fault in faults.named]


def wrong(**cells: str) -> list[tuple[str, str]]:
    row, faults = read(**cells)
    assert row is None
    return faults


def test_codes_become_ids_and_periods_days():
    row, faults = read()
    assert faults == []
    assert (row.product, row.branch, row.agent, row.ends_on, row.premium_ends_on) == (
        VERSION,
        3,
        5,
        None,
        date(2040, 3, 15),
    )


def test_a_resident_id_gives_birth_date_and_sex():
    holder = read()[0].holder
    assert (holder.born_on, holder.sex) == (date(1949, 12, 31), "2")


def test_a_resident_id_that_disagrees_is_named_at_what_disagrees():
    assert wrong(holder_born_on="1950-01-01", holder_sex="1") == [
        ("holder_born_on", "import_disagrees_with_id"),
        ("holder_sex", "import_disagrees_with_id"),
    ]


def test_a_passport_is_brought_to_its_one_spelling():
    row, _faults = read(holder_id_type="414", holder_id_number="e 1234-5678", holder_born_on="1980-01-01")
    assert row.holder.identities[0].number == "E12345678"
    assert wrong(holder_id_type="414", holder_id_number="?", holder_born_on="1980-01-01") == [
        ("holder_id_number", "identity_number_malformed")
    ]


def test_a_document_needs_its_type():
    assert wrong(holder_id_type="", holder_born_on="1980-01-01") == [("holder_id_type", "import_value_missing")]


def test_every_wrong_cell_of_a_row_is_named_once():
    found = wrong(effective_on="2020-02-30", premium="x", branch="99", agent="A9", holder_id_number="1", paid_to="y")
    assert found == [
        ("premium", "import_not_an_amount"),
        ("effective_on", "import_no_such_day"),
        ("paid_to", "import_date_style"),
        ("branch", "import_branch_unknown"),
        ("agent", "import_agent_unknown"),
        ("holder_id_number", "resident_id_length"),
    ]


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"product": "NONE"}, ("product", "import_product_unknown")),
        ({"effective_on": "1994-03-15"}, ("product", "import_product_too_new")),
        ({"frequency": "monthly"}, ("frequency", "product_frequency_not_offered")),
        ({"policy_number": ""}, ("policy_number", "import_value_missing")),
        ({"insured_name": "李四"}, ("insured_born_on", "import_value_missing")),
        ({"insured_name": "李四", "insured_born_on": "2021-01-01"}, ("insured_born_on", "import_born_after_start")),
        (
            {"beneficiary1_name": "李四", "beneficiary1_share": "0.5"},
            ("beneficiary1_share", "beneficiary_shares_not_whole"),
        ),
    ],
)
def test_what_a_row_may_not_say_is_named_at_its_cell(cells, fault):
    assert wrong(**cells) == [fault]


def test_a_beneficiary_may_be_born_after_the_contract_began():
    row, faults = read(beneficiary1_name="小李", beneficiary1_born_on="2024-01-01")
    assert faults == []
    assert [(each.share, each.order, each.relationship) for each in row.beneficiaries] == [(1, 1, "99")]


@pytest.mark.parametrize(
    ("source", "premium"),
    [
        (Source(column="premium", yearly=True), "83.33"),
        (Source(column="premium", times=2), "2000.00"),
        (Source(column="premium", times=2, yearly=True), "166.67"),
    ],
)
def test_a_yearly_amount_is_cut_to_one_instalment(source, premium):
    monthly = replace(VERSION, frequencies=frozenset({Frequency.MONTHLY}))
    mapping = replace(MAPPING, fields={**MAPPING.fields, "premium": source})
    reader = RowReader(mapping, References({"WHOLE01": (monthly,)}, {"86": 3}, {"A1": 5}), CUTOVER, Faults())
    row, _standing = reader.read(2, "P1", {**CELLS, "frequency": "monthly"})
    assert str(row.premium) == premium
