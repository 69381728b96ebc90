from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.money import FEN, ZERO, Trace, allocate, exact, round_fen

amounts = st.integers(-(10**15), 10**15).map(lambda fen: fen * FEN)
weight_lists = st.lists(st.integers(0, 10**6), min_size=1, max_size=60).filter(any)


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("0.005", "0.01"), ("0.0049", "0.00"), ("-0.005", "-0.01"), ("2.675", "2.68"), ("774", "774.00")],
)
def test_half_a_fen_is_rounded_away_from_zero(amount, rounded):
    assert str(round_fen(Decimal(amount))) == rounded


@pytest.mark.promise("P23")
@pytest.mark.parametrize("amount", [0.1, "0.1", None])
def test_an_inexact_amount_is_refused(amount):
    with pytest.raises(TypeError):
        exact(amount)


@pytest.mark.parametrize("amount", ["NaN", "Infinity"])
def test_money_is_finite(amount):
    with pytest.raises(ValueError):
        round_fen(Decimal(amount))


@pytest.mark.promise("P23")
@given(amounts, weight_lists)
def test_the_parts_always_sum_to_the_whole(total, weights):
    assert sum(allocate(total, weights), ZERO) == total


@pytest.mark.promise("P23")
def test_ten_thousand_premiums_split_into_instalments_lose_nothing():
    premiums = [FEN * (n * 99_991 % 10_000_019) for n in range(10_000)]
    assert all(sum(allocate(premium, [1] * (1 + n % 12)), ZERO) == premium for n, premium in enumerate(premiums))


@given(amounts, weight_lists)
def test_no_part_is_a_whole_fen_away_from_its_exact_share(total, weights):
    for part, weight in zip(allocate(total, weights), weights, strict=True):
        assert abs(part - total * weight / sum(weights)) < FEN


@given(amounts, weight_lists)
def test_taking_money_back_splits_as_giving_it_did(total, weights):
    assert allocate(-total, weights) == tuple(-part for part in allocate(total, weights))


def test_the_remainder_of_equal_instalments_falls_on_the_last():
    assert allocate(Decimal("100.00"), [1, 1, 1]) == (Decimal("33.33"), Decimal("33.33"), Decimal("33.34"))


def test_nothing_goes_to_a_weight_of_zero():
    assert allocate(Decimal("0.05"), [1, 0, 1]) == (Decimal("0.02"), ZERO, Decimal("0.03"))


@pytest.mark.parametrize(("total", "weights"), [("0.001", [1]), ("1", []), ("1", [0, 0]), ("1", [2, -1]), ("NaN", [1])])
def test_what_cannot_be_split_is_refused(total, weights):
    with pytest.raises(ValueError):
        allocate(Decimal(total), weights)


def test_a_trace_is_stored_without_loss():
    trace = Trace("modal_premium", Decimal("774.00"), {"annual": Decimal("8600.00")}, "demo-2026.1", "age 30")
    assert trace.as_json() == {
        "rule": "modal_premium",
        "inputs": {"annual": "8600.00"},
        "table_version": "demo-2026.1",
        "table_row": "age 30",
        "rounding": "half up to 0.01",
        "result": "774.00",
    }


@pytest.mark.promise("P23")
@pytest.mark.parametrize(("result", "rate"), [(0.5, Decimal(1)), (Decimal(1), 0.5)])
def test_a_trace_refuses_inexact_values(result, rate):
    with pytest.raises(TypeError):
        Trace("premium", result, {"rate": rate})
