"""Riders in a file: read beside the main cover, refused at their cells, and billed with it."""

from decimal import Decimal

import pytest

from apps.billing.models import Instalment
from apps.imports.faults import FileRefused
from apps.imports.services import import_portfolio
from apps.policies.models import Policy, PolicyCoverage, PolicyVersion
from apps.policies.terms_json import from_json

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(company):
    """A row with a waiver beside its main cover, premium paid once a year."""
    rows = company.rows(500)
    return next(
        row for row in rows if row["附加险1代码"] == "WAIVER01" and row["缴费频率"] == "年缴" and not row["保单状态"]
    )


def faults(company, path, mapping):
    with pytest.raises(FileRefused) as refused:
        import_portfolio(company.ctx, path=path, mapping=mapping)
    assert Policy.objects.count() == 0
    return [(fault.column, fault.code) for fault in refused.value.faults.named]


def test_a_policy_comes_in_with_its_riders(company, row, demo_mapping, book_file):
    import_portfolio(company.ctx, path=book_file([row]), mapping=demo_mapping)
    policy = Policy.objects.get()
    terms = from_json(PolicyVersion.objects.get().terms)
    main, rider = terms.coverages
    assert (main.premium, rider.premium) == (Decimal(row["期交保费"]), Decimal(row["附加险1期交保费"]))
    assert rider.sum_assured == main.premium
    assert policy.premium == terms.premium == main.premium + rider.premium
    assert policy.sum_assured == main.sum_assured
    assert rider.ends_on == rider.premium_ends_on == main.premium_ends_on
    assert rider.policy_term == rider.payment_term == main.payment_term
    covers = PolicyCoverage.objects.order_by("code").values_list("code", "product", "sum_assured", "premium", "to_date")
    assert list(covers) == [
        (each.code, each.product, each.sum_assured, each.premium, each.ends_on) for each in (main, rider)
    ]


def test_what_is_owed_is_owed_for_the_riders_too(company, demo_mapping, book_file):
    rows = [row for row in company.rows(500) if row["附加险1代码"]]
    import_portfolio(company.ctx, path=book_file(rows), mapping=demo_mapping)
    owed = Instalment.objects.select_related("policy")
    assert owed.count() > 3
    assert all(each.amount == each.policy.premium for each in owed)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"附加险1代码": "NOBODY"}, ("附加险1代码", "import_product_unknown")),
        ({"附加险1保额": ""}, ("附加险1保额", "import_value_missing")),
        ({"附加险1期交保费": ""}, ("附加险1期交保费", "import_value_missing")),
        ({"附加险1期交保费": "１００"}, ("附加险1期交保费", "import_full_width")),
        ({"附加险1保额": "1"}, ("附加险1保额", "waiver_sum_assured_differs")),
        ({"附加险1代码": "HOSP01"}, ("附加险1代码", "rider_not_attachable")),
        ({"附加险1代码": "TERM01"}, ("附加险1代码", "terms_coverage_repeated")),
        ({"附加险2保额": "1"}, ("附加险2代码", "import_value_missing")),
        (
            {"附加险2代码": "WAIVER01", "附加险2保额": "1", "附加险2期交保费": "1"},
            ("附加险2代码", "terms_coverage_repeated"),
        ),
    ],
)
def test_a_wrong_rider_is_named_at_its_cell(company, row, demo_mapping, book_file, cells, expected):
    product = {"产品代码": "WHOLE01"} if "HOSP01" in cells.values() else {}
    assert faults(company, book_file([{**row, **product, **cells}]), demo_mapping)[0] == expected


def test_a_rider_is_no_main_product(company, row, demo_mapping, book_file):
    alone = {**row, "产品代码": "WAIVER01", "附加险1代码": "", "附加险1保额": "", "附加险1期交保费": ""}
    assert faults(company, book_file([alone]), demo_mapping) == [("产品代码", "rider_without_main")]


def test_a_sentence_names_the_product_as_the_file_does(company, row, demo_mapping, book_file):
    wrong = {**row, "产品代码": "WHOLE01", "附加险1代码": "HOSP01"}
    with pytest.raises(FileRefused) as refused:
        import_portfolio(company.ctx, path=book_file([wrong]), mapping=demo_mapping)
    [fault] = [fault for fault in refused.value.faults.named if fault.code == "rider_not_attachable"]
    assert fault.params["coverage"] == "HOSP01"
