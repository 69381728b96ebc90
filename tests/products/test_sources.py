"""A corpus of broken product folders: each fault is named by file, row and column."""

from dataclasses import replace

import pytest

from apps.core.errors import Refusal, Refused
from apps.products.decoding import Faults, decode, encode, json_tree
from apps.products.sources import ProductFiles, find_products, read_product
from apps.products.terms import ProductTerms

from .samples import CASH_VALUES, FILES, PRODUCT, RATES, shipped_terms, small_terms

YAML, RATE, VALUE = "small/product.yaml", "small/rates.csv", "small/cash_values.csv"


def faults_of(**changed: str | bytes | None):
    """What is wrong with the small product after changing a file; None takes the file away."""
    contents = {name: text.encode() for name, text in FILES.items()}
    for name, content in changed.items():
        file = next(file for file in FILES if file.startswith(f"{name}."))
        if content is None:
            del contents[file]
        else:
            contents[file] = content.encode() if isinstance(content, str) else content
    terms, faults = read_product(ProductFiles("small", contents))
    assert (terms is None) == bool(faults)
    return [(fault.file, fault.row, fault.column, fault.code) for fault in faults]


def test_the_sample_is_whole():
    assert faults_of() == []


BROKEN_TERMS = {
    "an unknown entry": (("line:", "lime:"), [(4, "lime", "field_unknown"), (1, "line", "field_missing")]),
    "an unknown line": (("term_life", "life"), [(4, "line", "value_unknown")]),
    "a code in small letters": (("SMALL01", "small"), [(1, "code", "value_unknown")]),
    "a name longer than the page": (
        ("name_en: Small", f"name_en: {'S' * 121}"),
        [(3, "name_en", "number_out_of_range")],
    ),
    "an age nobody reaches": (
        ("max_age: 32", "max_age: 999999999"),
        [(15, "coverages[1].plans[1].max_age", "range_reversed")],
    ),
    "a number too long to keep": (
        ("max_sum_assured: 1000000", "max_sum_assured: 1000000000000000000000000000000"),
        [(11, "coverages[1].max_sum_assured", "not_a_number")],
    ),
    "no name": (("name_en: Small", "name_en:"), [(3, "name_en", "value_missing")]),
    "an entry twice": (("name_en: Small", "name_en: Small\ncode: X"), [(4, "code", "field_repeated")]),
    "a day that does not exist": (("2020-01-01", "2021-02-29"), [(5, "effective_on", "not_a_date")]),
    "a date in another style": (("2020-01-01", "01/01/2020"), [(5, "effective_on", "not_a_date")]),
    "full-width digits": (
        ("max_sum_assured: 1000000", "max_sum_assured: １０００"),
        [(11, "coverages[1].max_sum_assured", "full_width")],
    ),
    "an amount with separators": (
        ("max_sum_assured: 1000000", "max_sum_assured: '1,000,000'"),
        [(11, "coverages[1].max_sum_assured", "not_a_number")],
    ),
    "limits the wrong way round": (
        ("min_sum_assured: 10000", "min_sum_assured: 2000000"),
        [(11, "coverages[1].max_sum_assured", "range_reversed")],
    ),
    "a unit of nothing": (
        ("sum_assured_unit: 10000", "sum_assured_unit: 0"),
        [(12, "coverages[1].sum_assured_unit", "number_out_of_range")],
    ),
    "an occupation class that does not exist": (
        ("max_occupation_class: 4", "max_occupation_class: 7"),
        [(13, "coverages[1].max_occupation_class", "number_out_of_range")],
    ),
    "an age that is no number": (
        ("min_age: 30", "min_age: thirty"),
        [(15, "coverages[1].plans[1].min_age", "not_a_whole_number")],
    ),
    "ages the wrong way round": (
        ("min_age: 30", "min_age: 40"),
        [(15, "coverages[1].plans[1].max_age", "range_reversed")],
    ),
    "a period of another kind": (
        ("policy_term: 2Y", "policy_term: 2 years"),
        [(15, "coverages[1].plans[1].policy_term", "not_a_period")],
    ),
    "premiums after the cover has ended": (
        ("payment_term: 2Y", "payment_term: 3Y"),
        [(15, "coverages[1].plans[1].payment_term", "payment_outlasts_cover")],
    ),
    "premiums to an age after the cover has ended": (
        ("payment_term: 2Y", "payment_term: 60A"),
        [(15, "coverages[1].plans[1].payment_term", "payment_outlasts_cover")],
    ),
    "cover to an age already reached": (
        ("policy_term: 2Y", "policy_term: 32A"),
        [(15, "coverages[1].plans[1].max_age", "term_over_before_it_begins")],
    ),
    "a negative rate of interest": (
        ("modal_factors", "arrears_interest_rate: -0.01\nmodal_factors"),
        [(20, "arrears_interest_rate", "number_out_of_range")],
    ),
    "a single payment without its factor": (
        ("payment_term: 2Y", "payment_term: S"),
        [(20, "modal_factors", "single_payment_unmatched")],
    ),
    "a waiting period over 180 days": (
        ("waiting_days: 90", "waiting_days: 181"),
        [(17, "coverages[1].benefits[1].waiting_days", "number_out_of_range")],
    ),
    "an unknown rating factor": (
        ("rates: {factors: [sex, age]", "rates: {factors: [sex, shoe_size]"),
        [(18, "coverages[1].rates.factors[2]", "value_unknown")],
    ),
    "a factor twice": (
        ("rates: {factors: [sex, age]", "rates: {factors: [age, age]"),
        [(18, "coverages[1].rates.factors", "value_repeated")],
    ),
    "an unknown frequency": (("monthly: 0.09", "weekly: 0.02"), [(20, "modal_factors.weekly", "value_unknown")]),
    "a negative factor": (("monthly: 0.09", "monthly: -0.09"), [(20, "modal_factors.monthly", "number_out_of_range")]),
    "a list for a mapping": (
        ("modal_factors: {annual: 1, monthly: 0.09}", "modal_factors: [1, 2]"),
        [(20, "modal_factors", "not_a_mapping")],
    ),
    "an item code of another shape": (
        ("  SURRENDER: {}", "  surrender: {}"),
        [(22, "endorsement_items.surrender", "value_unknown")],
    ),
    "a window the wrong way round": (
        ("{anchor: start, to_day: 900}", "{anchor: start, from_day: 901, to_day: 900}"),
        [(24, "endorsement_items.REINSTATEMENT.window.to_day", "range_reversed")],
    ),
    "a name without its class": (("定期寿险\nname_en", "计划\nname_en"), [(2, "name_zh", "name_without_class")]),
    "reminders that do not ascend": (
        ("modal_factors", "reminder_days: {annual: [7, 0], monthly: [0]}\nmodal_factors"),
        [(20, "reminder_days.annual", "days_not_ascending")],
    ),
    "a reminder after grace": (
        ("modal_factors", "reminder_days: {annual: [61], monthly: [0]}\nmodal_factors"),
        [(20, "reminder_days.annual", "number_out_of_range")],
    ),
    "a frequency without reminders": (
        ("modal_factors", "reminder_days: {annual: [0]}\nmodal_factors"),
        [(20, "reminder_days", "field_missing")],
    ),
    "renewal without an age": (
        ("modal_factors", "at_term_end: renew\nmodal_factors"),
        [(20, "at_term_end", "renewal_age_missing")],
    ),
    "neither true nor false": (
        ("modal_factors", "grace_rolls: maybe\nmodal_factors"),
        [(20, "grace_rolls", "not_true_or_false")],
    ),
    "a default that is no option": (
        ("modal_factors", "non_forfeiture: {default: premium_loan}\nmodal_factors"),
        [(20, "non_forfeiture.default", "value_unknown")],
    ),
    "a loan above eighty per cent": (
        ("modal_factors", "loan: {max_ratio: 0.9}\nmodal_factors"),
        [(20, "loan.max_ratio", "number_out_of_range")],
    ),
    "a scalar for a list": (
        ("documents: [health_declaration]", "documents: health"),
        [(26, "endorsement_items.REINSTATEMENT.documents", "not_a_list")],
    ),
    "no coverage": (
        (PRODUCT[PRODUCT.index("coverages:") : PRODUCT.index("modal")], "coverages: []\n"),
        [(6, "coverages", "value_repeated")],
    ),
    "several faults at once": (
        ("line: term_life\neffective_on: 2020-01-01", "line: x\neffective_on: y"),
        [(4, "line", "value_unknown"), (5, "effective_on", "not_a_date")],
    ),
    "broken YAML": (("line: term_life", "line: [term_life"), [(5, "", "yaml_broken")]),
    "YAML that repeats itself by reference": (
        ("line: term_life", "line: &l term_life\nx: *l"),
        [(1, "", "yaml_broken")],
    ),
}


@pytest.mark.parametrize("case", BROKEN_TERMS)
def test_a_fault_of_the_terms_is_named_by_row_and_column(case):
    (old, new), expected = BROKEN_TERMS[case]
    assert old in PRODUCT
    found = faults_of(product=PRODUCT.replace(old, new, 1))
    assert found == [(YAML, row, column, f"product_{code}") for row, column, code in expected]


def test_an_empty_file_misses_every_entry():
    assert {code for *_, code in faults_of(product="# nothing\n")} == {"product_field_missing"}


def test_a_file_in_another_encoding_is_named_with_its_row():
    assert faults_of(product=PRODUCT.encode("gb18030")) == [(YAML, 2, "", "product_file_not_utf8")]
    assert faults_of(rates=RATES.encode("utf-16")) == [(RATE, 1, "", "product_file_not_utf8")]


def test_a_byte_order_mark_does_no_harm():
    assert faults_of(rates=RATES.encode("utf-8-sig"), product=PRODUCT.encode("utf-8-sig")) == []


BROKEN_RATES = {
    "a missing column": (
        ("coverage,sex,age,rate", "coverage,sex,alter,rate"),
        [(2, "alter", "column_unknown"), (2, "age", "column_missing")],
    ),
    "a column twice": (("sex,age,rate", "sex,age,rate,rate"), [(2, "rate", "column_repeated")]),
    "a hole in the grid": (("C1,1,31,87.5\n", ""), [(4, "rate", "row_missing")]),
    "a hole at the end": (("C1,2,32,62\n", ""), [(8, "rate", "row_missing")]),
    "an empty cell": (("C1,1,31,87.5", "C1,1,31,"), [(4, "rate", "value_missing")]),
    "a row twice": (("C1,1,31,87.5", "C1,1,31,87.5\nC1,1,31,88"), [(5, "sex", "row_repeated")]),
    "full-width digits": (("87.5", "８７．５"), [(4, "rate", "full_width")]),
    "a full-width age": (("C1,1,31", "C1,1,３１"), [(4, "age", "full_width"), (4, "rate", "row_missing")]),
    "an unknown coverage": (("C1,1,31", "C2,1,31"), [(4, "coverage", "value_unknown"), (4, "rate", "row_missing")]),
    "an unknown sex": (("C1,1,31", "C1,M,31"), [(4, "sex", "value_unknown"), (4, "rate", "row_missing")]),
    "a negative rate": (("87.5", "-87.5"), [(4, "rate", "rate_not_positive")]),
    "a rate of nothing": (("87.5", "0"), [(4, "rate", "rate_not_positive")]),
    "a rate in words": (("87.5", "about 87"), [(4, "rate", "not_a_number")]),
    "a rate of no number": (("87.5", "NaN"), [(4, "rate", "not_a_number")]),
    "a rate finer than the table holds": (
        ("87.5", "87.50001"),
        [(4, "rate", "too_many_decimals")],
    ),
    "an age not on offer": (("C1,2,32,62", "C1,2,32,62\nC1,2,33,63"), [(9, "sex", "row_not_on_offer")]),
    "a cell too many": (("C1,1,31,87.5", "C1,1,31,87.5,1"), [(4, "", "row_length"), (4, "rate", "row_missing")]),
    "an open quotation": (("C1,1,31,87.5", 'C1,1,31,"87.5'), [(4, "", "row_broken"), (4, "rate", "row_missing")]),
    "nothing but comments": ((RATES, "# nothing\n"), [(1, "", "table_empty")]),
}


@pytest.mark.parametrize("case", BROKEN_RATES)
def test_a_fault_of_the_rates_is_named_by_row_and_column(case):
    (old, new), expected = BROKEN_RATES[case]
    assert old in RATES
    found = faults_of(rates=RATES.replace(old, new, 1))
    assert found == [(RATE, row, column, f"product_{code}") for row, column, code in expected]


BROKEN_VALUES = {
    "a policy year out of order": (("age,1,2", "age,2,1"), [(1, "2", "years_not_in_order")]),
    "no policy years": (
        ("age,1,2", "age,a,b"),
        [(1, "a", "column_unknown"), (1, "b", "column_unknown"), (1, "1", "column_missing")],
    ),
    "a year left out": (("21.35,26.12", ",26.12"), [(2, "1", "value_missing")]),
    "years that stop early": (("21.35,26.12", "21.35,"), [(2, "2", "years_incomplete")]),
    "years past the term": (
        (CASH_VALUES, CASH_VALUES.replace("\n", ",\n").replace("age,1,2,", "age,1,2,3").replace("26.12,", "26.12,30")),
        [(2, "3", "years_incomplete")],
    ),
    "a negative value": (("21.35", "-1"), [(2, "1", "value_negative")]),
}


@pytest.mark.parametrize("case", BROKEN_VALUES)
def test_a_fault_of_the_cash_values_is_named_by_row_and_column(case):
    (old, new), expected = BROKEN_VALUES[case]
    assert old in CASH_VALUES
    found = faults_of(cash_values=CASH_VALUES.replace(old, new, 1))
    assert found == [(VALUE, row, column, f"product_{code}") for row, column, code in expected]


def test_a_table_is_there_exactly_when_the_terms_refer_to_it():
    assert faults_of(rates=None) == [(RATE, 1, "", "product_file_missing")]
    assert faults_of(cash_values=None) == [(VALUE, 1, "", "product_file_missing")]
    without = PRODUCT.replace("    cash_values: {factors: [sex, age], per: 1000}\n", "")
    assert faults_of(product=without) == [(VALUE, 1, "", "product_file_not_wanted")]
    assert faults_of(product=without, cash_values=None) == []


def test_every_fault_has_a_sentence():
    for table, name in ((BROKEN_TERMS, "product"), (BROKEN_RATES, "rates"), (BROKEN_VALUES, "cash_values")):
        for (old, new), _ in table.values():
            contents = FILES | {f"{name}.{'yaml' if name == 'product' else 'csv'}": ""}
            text = {"product": PRODUCT, "rates": RATES, "cash_values": CASH_VALUES}[name].replace(old, new, 1)
            contents[next(file for file in FILES if file.startswith(name))] = text
            files = ProductFiles("small", {file: content.encode() for file, content in contents.items()})
            for fault in read_product(files)[1]:
                sentence = str(Refusal(fault.code, fault.params))
                assert sentence != fault.code
                assert "{" not in sentence


def test_a_directory_must_exist_and_hold_products(tmp_path):
    for directory, code in ((tmp_path / "none", "product_directory_missing"), (tmp_path, "product_directory_empty")):
        with pytest.raises(Refused) as refused:
            find_products(directory)
        assert refused.value.code == code


@pytest.mark.parametrize("terms", [small_terms(), *shipped_terms().values()], ids=lambda terms: terms.code)
def test_what_is_stored_reads_back_as_the_same_terms(terms):
    stored = encode(terms)
    assert decode(json_tree(stored), ProductTerms, Faults("")) == replace(terms, tables={})
    assert stored["grace_days"] == "60"
    assert stored["bill_days_before"] == "35"


def test_any_changed_byte_changes_the_digest():
    before = ProductFiles("a", {"product.yaml": b"x", "rates.csv": b"y"})
    assert before.digest == ProductFiles("b", dict(before.contents)).digest
    assert before.digest != ProductFiles("a", {"product.yaml": b"x", "rates.csv": b"y "}).digest
    assert before.digest != ProductFiles("a", {"product.yaml": b"xy", "rates.csv": b""}).digest
