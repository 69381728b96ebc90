"""A product in words: what the staff page says of each line."""

import pytest
from django.utils.translation import override

from apps.products import wording
from apps.products.items import DOCUMENTS, ITEMS, LIMITS
from apps.products.states import TableKind, WindowAnchor
from apps.products.terms import ItemWindow

from .samples import shipped_terms

SHIPPED = shipped_terms()


@pytest.fixture(autouse=True)
def in_english():
    with override("en"):
        yield


def sentences(code):
    [coverage] = SHIPPED[code].coverages
    return [
        *(wording.amount(benefit) for benefit in coverage.benefits),
        *(wording.payout(payout) for payout in coverage.payouts),
        *wording.conditions(coverage),
    ]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("CI01", "30% of the sum assured, up to 3 times"),
        ("ENDOW01", "100% of the sum assured at the end of the term"),
        ("ENDOW01", "The share of the premiums paid is 160% from age 18, 140% from age 41, 120% from age 61."),
        (
            "ANN01",
            "100% of the sum assured every year from age 60, the first 20 years whether the insured lives or not",
        ),
        ("INCR01", "The sum assured grows by 1.75% each policy year."),
        ("ACC01", "Its value is what is left of the premium by days, less 25%."),
        ("UL01", "The account bears at least 1% interest a year."),
        ("UL01", "A withdrawal costs 3% / 2% / 1% / 1% / 1% in the first policy years, nothing later."),
        ("MEDHL01", "Renewal is guaranteed for 20 years."),
        (
            "MEDHL01",
            "Beyond 10,000 a year, 100% of the expenses is paid; 60% if social insurance paid nothing.",
        ),
        ("HOSP01", "the sum assured for each day in hospital, for at most 180 days a year"),
        ("WAIVER01", "The insurer bears the premiums of the main cover."),
        ("MED01", "It has no cash value."),
        ("WHOLE01", "It has a table of cash values."),
    ],
)
def test_each_line_says_what_it_is(code, sentence):
    assert sentence in sentences(code)


@pytest.mark.parametrize("code", SHIPPED)
def test_no_sentence_has_a_gap(code):
    terms = SHIPPED[code]
    said = sentences(code)
    said += [wording.table_reading(kind, basis) for _coverage, kind, basis, _rows in wording.tables(terms)]
    said += [wording.window(item.window) for item in terms.endorsement_items.values()]
    assert set(terms.endorsement_items) <= set(ITEMS)
    for item in terms.endorsement_items.values():
        assert set(item.limits) <= set(LIMITS)
        assert set(item.documents or ()) <= set(DOCUMENTS)
    assert all(sentence and not set("{}") & set(sentence) for sentence in said)


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (None, "as usual"),
        (ItemWindow(WindowAnchor.START, from_day=365), "Start of the contract, from 365 days after on"),
        (
            ItemWindow(WindowAnchor.ANNIVERSARY, from_day=-30, to_day=30),
            "Policy anniversary, from 30 days before to 30 days after",
        ),
        (ItemWindow(WindowAnchor.DUE_DATE, to_day=0), "Premium due date, up to the day itself"),
    ],
)
def test_a_window_is_told_from_its_anchor(window, words):
    assert wording.window(window) == words


def test_tables_are_told_with_what_finds_a_row():
    [rates, values] = wording.tables(SHIPPED["INCR01"])
    assert wording.table_reading(rates[1], rates[2]) == (
        "Sum assured bought per 1,000 of yearly premium, by Sex, Age, Policy term, Premium term"
    )
    assert values[1] == TableKind.CASH_VALUE
    assert rates[3] == values[3] == 518
