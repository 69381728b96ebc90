"""A mapping is a YAML file whose every wrong entry is named."""

import pytest

from apps.core.errors import Refused
from apps.imports.cells import Wrong
from apps.imports.mapping import SHIPPED, Source, read_mapping

GOOD = (SHIPPED / "us_whole_life_lapse.yaml").read_text(encoding="utf-8")


def refusals(tmp_path, text: str) -> list[tuple[str, str]]:
    path = tmp_path / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as refused:
        read_mapping(path)
    return [(refusal.code, refusal.params["column"]) for refusal in refused.value.refusals]


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_mapping_reads(path):
    assert read_mapping(path).name == path.stem


def test_a_shipped_mapping_is_found_by_its_name(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert read_mapping(path).fields == read_mapping(type(path)("us_whole_life_lapse")).fields


def test_a_missing_mapping_is_refused(tmp_path):
    with pytest.raises(Refused) as refused:
        read_mapping(tmp_path / "nowhere.yaml")
    assert refused.value.code == "import_file_missing"


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("row_key: policy_no", "row_kee: policy_no", ("product_field_unknown", "row_kee")),
        ("  product: {value: WHOLE01}", "", ("product_field_missing", "fields")),
        ("  product: {value: WHOLE01}", "  product: {}", ("product_value_missing", "fields.product.column")),
        ("  branch:", "  brunch:", ("product_field_unknown", "fields.brunch")),
        ("dates: iso", "dates: roman", ("product_value_unknown", "dates")),
        ("times: 50", "times: fifty", ("product_not_a_number", "fields.sum_assured.times")),
        (
            "youngest: 18, oldest: 34",
            "youngest: 38, oldest: 34",
            ("product_range_reversed", "generated.ages.Young.oldest"),
        ),
    ],
)
def test_a_wrong_entry_is_named(tmp_path, old, new, wrong):
    assert old in GOOD
    assert wrong in refusals(tmp_path, GOOD.replace(old, new, 1))


def test_columns_are_all_that_the_mapping_speaks_of():
    mapping = read_mapping(SHIPPED / "us_whole_life_lapse.yaml")
    assert len(mapping.columns) == len(set(mapping.columns)) == 13


def test_a_source_translates_its_cell():
    source = Source(column="状态", value="有效", values={"有效": "IN_FORCE", "其他": "-"})
    assert [source.text({"状态": cell}) for cell in ("有效", "", "其他")] == ["IN_FORCE", "IN_FORCE", ""]
    with pytest.raises(Wrong):
        source.text({"状态": "未知"})


def test_made_up_persons_are_the_same_for_the_same_row():
    made = read_mapping(SHIPPED / "us_whole_life_lapse.yaml").generated
    assert made.name("US000001", "2") == made.name("US000001", "2")
    assert len({made.name(f"US{number}", "1") for number in range(500)}) > 300
