"""The demonstration tables: reproducible, and sensible as a book of business."""

from itertools import pairwise
from pathlib import Path

import pytest

from apps.products.data import make_tables
from apps.products.states import TableKind

from .samples import shipped_terms

SHIPPED = shipped_terms()
LIFE = ("TERM01", "WHOLE01")


def rows(code, kind):
    return SHIPPED[code].tables[kind, "C1"].rows


def test_the_script_writes_the_tables_that_are_shipped(tmp_path, monkeypatch):
    shipped = Path(make_tables.__file__).parent
    for table in shipped.glob("*/rates.csv"):
        (tmp_path / table.parent.name).mkdir()
    monkeypatch.setattr(make_tables, "HERE", tmp_path)
    make_tables.main()
    made_tables = sorted(tmp_path.glob("*/*.csv"))
    assert len(made_tables) == len(list(shipped.glob("*/*.csv")))
    for made in made_tables:
        assert made.read_bytes() == (shipped / made.parent.name / made.name).read_bytes()


@pytest.mark.parametrize("code", LIFE)
def test_older_lives_pay_more_and_men_pay_more_than_women(code):
    rates = {key: row.values[0] for key, row in rows(code, TableKind.RATE).items()}
    for (sex, age, *plan), rate in rates.items():
        if (older := rates.get((sex, str(int(age) + 1), *plan))) is not None and plan[0] != "70A":
            assert older > rate
        if sex == "1":
            assert rate > rates["2", age, *plan]


def test_whole_life_values_rise_every_year_to_the_sum_assured():
    for row in rows("WHOLE01", TableKind.CASH_VALUE).values():
        assert all(later > earlier for earlier, later in pairwise(row.values) if later)
        assert row.values[-1] == 1000


def test_term_values_rise_once_and_fall_to_nothing():
    for row in rows("TERM01", TableKind.CASH_VALUE).values():
        peak = row.values.index(max(row.values))
        assert list(row.values[:peak]) == sorted(row.values[:peak])
        assert list(row.values[peak:]) == sorted(row.values[peak:], reverse=True)
        assert row.values[-1] == 0


@pytest.mark.parametrize("code", LIFE)
def test_nobody_gets_more_by_surrendering_early_than_was_paid(code):
    rates = rows(code, TableKind.RATE)
    for key, row in rows(code, TableKind.CASH_VALUE).items():
        assert row.values[0] < rates[key].values[0]
