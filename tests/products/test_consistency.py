"""What contradicts itself in a product is refused, at its place: shipped products with one thing changed."""

import pytest

from apps.core.errors import Refused
from apps.products import services
from apps.products.models import Product
from apps.products.sources import ProductFiles, find_products, read_product

from .samples import PRODUCT, SHIPPED, write_product

FOLDERS = {files.folder: files for files in find_products(SHIPPED)}

CONTRADICTIONS = {
    "an increase nobody is paid": ("whole_life", "    rates:", "    increase: {rate: 0.02}\n    rates:", "increase"),
    "an increase beyond measure": ("increasing_whole_life", "rate: 0.0175", "rate: 0.4", "increase.rate"),
    "an increasing product that does not": (
        "increasing_whole_life",
        "line: increasing_whole_life",
        "line: endowment",
        "line",
    ),
    "an endowment without maturity": ("endowment", "kind: maturity", "kind: survival, after_years: 5", "line"),
    "a maturity benefit of a cover for life": (
        "annuity",
        "kind: annuity, name_zh: 年金, name_en: Annuity, from_age: 60, frequency: annual, guaranteed_years: 20",
        "kind: maturity, name_zh: 满期, name_en: Maturity",
        "payouts",
    ),
    "an annuity that begins before the insured enters": ("annuity", "from_age: 60", "from_age: 50", "payouts"),
    "an annuity without an age": ("annuity", "from_age: 60, ", "", "payouts[1].from_age"),
    "an annuity paid once": ("annuity", "frequency: annual, ", "", "payouts[1].frequency"),
    "maturity that merely expires": ("endowment", "at_term_end: mature", "at_term_end: expire", "at_term_end"),
    "an account that is not universal": ("universal_account", "design: universal\n", "", "name_zh"),
    "a risk charge without an account": ("universal_account", "basis: risk", "basis: premium", "rates"),
    "a chosen premium without limits": (
        "universal_account",
        "    premium_limits: {lowest: 5000, highest: 10000000, unit: 1000}\n",
        "",
        "premium_limits",
    ),
    "limits of a premium nobody chooses": (
        "whole_life",
        "    rates:",
        "    premium_limits: {lowest: 1, highest: 2, unit: 1}\n    rates:",
        "premium_limits",
    ),
    "guaranteed renewal that ends": ("high_limit_medical", "at_term_end: renew", "at_term_end: expire", "at_term_end"),
    "guaranteed renewal without an age": (
        "high_limit_medical",
        "    renewable_to_age: 100\n",
        "",
        "guaranteed_renewal_years",
    ),
    "expenses without their terms": (
        "high_limit_medical",
        "    reimbursement: {deductible: 10000, share: 1, share_without_social_insurance: 0.6}\n",
        "",
        "reimbursement",
    ),
    "a rider with the word of none": ("hospital_cash", "安和人寿附加住院", "安和人寿住院", "name_zh"),
    "a main product with the word of a rider": ("critical_illness", "安和人寿康盾", "安和人寿附加康盾", "name_zh"),
    "a rider that attaches to nothing": (
        "hospital_cash",
        "attachable_to: [TERM01, ENDOW01]",
        "attachable_to: []",
        "attachable_to",
    ),
    "a rider on itself": ("hospital_cash", "[TERM01, ENDOW01]", "[HOSP01]", "attachable_to"),
    "a main cover that waives": ("premium_waiver", "    role: rider\n", "", "waiver"),
    "a waiver of nothing": ("premium_waiver", "    waiver: {premiums: main}\n", "", "waiver"),
    "a cash benefit without its days": (
        "hospital_cash",
        "amount: per_day,\n         most_days: 180",
        "amount: per_day",
        "benefits[1].most_days",
    ),
    "a last benefit paid three times": (
        "critical_illness",
        "most_times: 3",
        "most_times: 3, ends: policy",
        "most_times",
    ),
    "long-term health with a short cooling-off": (
        "critical_illness",
        "cooling_off_days: 15",
        "cooling_off_days: 10",
        "cooling_off_days",
    ),
    "a loading of a long cover": ("whole_life", "    rates:", "    short_term_loading: 0.2\n    rates:", "short_term"),
    "a floor below the premiums": ("endowment", "18: 1.6", "18: 0.6", "premium_floors"),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_a_contradiction_is_named_where_it_stands(case):
    folder, old, new, column = CONTRADICTIONS[case]
    files = FOLDERS[folder]
    text = files.contents["product.yaml"].decode()
    assert old in text
    terms, faults = read_product(
        ProductFiles(folder, {**files.contents, "product.yaml": text.replace(old, new, 1).encode()})
    )
    assert terms is None
    [fault] = [fault for fault in faults if fault.file.endswith("product.yaml")]
    assert column in fault.column
    assert fault.code.startswith("product_")
    assert fault.row > 0


@pytest.mark.django_db
class TestAttachment:
    RIDER = {
        "name_zh: 安和人寿小小定期寿险": "name_zh: 安和人寿附加小小定期寿险\nattachable_to: [{main}]",
        "code: SMALL01": "code: RIDER01",
        "max_occupation_class": "role: rider\n    max_occupation_class",
    }

    def rider(self, tmp_path, main):
        text = PRODUCT
        for old, new in self.RIDER.items():
            text = text.replace(old, new.format(main=main), 1)
        return write_product(tmp_path, "rider", product=text)

    def codes(self, ctx, directory):
        with pytest.raises(Refused) as refused:
            services.load_products(ctx, directory=directory)
        assert Product.objects.count() == 0
        return [(refusal.code, refusal.params["file"], refusal.params["column"]) for refusal in refused.value.refusals]

    def test_a_rider_of_an_unknown_product_is_refused(self, ctx, tmp_path):
        place = ("rider/product.yaml", "attachable_to")
        assert self.codes(ctx, self.rider(tmp_path, "NOBODY01")) == [("product_main_unknown", *place)]

    def test_a_rider_does_not_call_its_cover_as_its_main_product_does(self, ctx, tmp_path):
        write_product(tmp_path)
        place = ("rider/product.yaml", "attachable_to")
        assert self.codes(ctx, self.rider(tmp_path, "SMALL01")) == [("product_coverage_of_main", *place)]
