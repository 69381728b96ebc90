"""What the columns of a file are commonly called is suggested without asking."""

import pytest

from apps.imports.mapping import read_mapping
from apps.imports.suggesting import suggest
from apps.imports.template import STANDARD


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("旧系统保单编号", "policy_number"),
        ("期缴保费（元）", "premium"),
        ("主险代码", "product"),
        ("管理机构代码", "branch"),
        ("下次应缴日", "paid_to"),
        ("合同状态", "status"),
        ("续期扣款账号", "holder_bank_account"),
        ("被保险人与投保人关系", "insured_relationship"),
        ("身故受益人1受益比例", "beneficiary1_share"),
        ("附加险1", "rider1_product"),
        ("附加险2险种代码", "rider2_product"),
        ("附加险三期缴保费", "rider3_premium"),
        ("附加险1保险期间", "rider1_policy_term"),
        ("备注", ""),
    ],
)
def test_a_usual_header_is_suggested(column, field):
    assert suggest([column]) == {column: field}


def test_the_template_is_suggested_as_it_is_mapped():
    mapping = read_mapping(STANDARD)
    assert suggest(mapping.columns) == {source.column: name for name, source in mapping.fields.items() if source.column}
