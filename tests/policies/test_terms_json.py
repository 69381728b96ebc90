"""Terms survive their way through jsonb."""

import json
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from apps.policies.terms import Beneficiary, Coverage, Life, Terms
from apps.policies.terms_json import from_json, to_json

days = st.dates(date(1950, 1, 1), date(2150, 12, 31))
amounts = st.decimals(min_value=0, max_value=10**12, places=2)
codes = st.text(min_size=1, max_size=8)
lives = st.builds(Life, st.integers(1), days, st.sampled_from("012"), st.none() | st.integers(1, 6))
shares = st.decimals(min_value=Decimal("0.000001"), max_value=1, places=6)
beneficiaries = st.builds(Beneficiary, st.integers(1), shares, st.integers(1, 9), codes)
coverages = st.builds(
    Coverage, codes, codes, st.integers(1), codes, codes, amounts, amounts, days, st.none() | days, st.none() | days
)
contracts = st.builds(
    Terms,
    st.integers(1),
    st.lists(lives, max_size=3).map(tuple),
    st.lists(coverages, min_size=1, max_size=3).map(tuple),
    codes,
    codes,
    days,
    st.lists(beneficiaries, max_size=4).map(tuple),
)


@given(contracts)
def test_what_is_written_is_read_back(terms):
    assert from_json(json.loads(json.dumps(to_json(terms)))) == terms
