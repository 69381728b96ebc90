"""The lines of insurance: what each pays, when, and how its contract is priced, with worked figures."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.dates import Frequency, add_years
from apps.core.errors import Refused
from apps.products import rules
from apps.products.features import Account
from apps.products.rules import AccountMonth
from apps.products.states import Line, PayoutKind
from apps.products.terms import Table, TableRow
from apps.products.values import Period

from .samples import START, facts, shipped_terms

SHIPPED = shipped_terms()
UL = SHIPPED["UL01"]
AMOUNTS = st.decimals(0, 1_000_000, places=2)


def plan(code, number=0, **changed):
    """Facts on one of a product's plans, with a premium of 10,000 a year where it is chosen."""
    coverage = SHIPPED[code].coverages[0]
    terms = coverage.plans[number]
    single = terms.payment_term.unit == "S"
    asked = facts(
        coverage=coverage.code,
        policy_term=terms.policy_term,
        payment_term=terms.payment_term,
        frequency=Frequency.SINGLE if single else Frequency.ANNUAL,
        annual_premium=Decimal(10_000 if coverage.premium_limits else 0),
        **changed,
    )
    return replace(asked, sum_assured=rules.sum_assured(SHIPPED[code], asked).amount)


def test_every_line_we_ship_is_a_line_of_its_own():
    assert len({terms.line for terms in SHIPPED.values()}) == len(SHIPPED) == 12
    assert {terms.code for terms in SHIPPED.values() if terms.is_rider} == {"HOSP01", "WAIVER01"}
    assert {Line.CRITICAL_ILLNESS, Line.ENDOWMENT, Line.ANNUITY, Line.ACCIDENT, Line.UNIVERSAL_ACCOUNT} <= {
        terms.line for terms in SHIPPED.values()
    }


class TestSoldByPremium:
    def test_the_premium_is_the_one_chosen_times_the_modal_factor(self):
        asked = replace(plan("INCR01", 2), frequency=Frequency.MONTHLY)
        assert rules.premium(SHIPPED["INCR01"], asked).amount == Decimal("900.00")

    def test_it_buys_what_the_table_says_per_thousand(self):
        priced = rules.sum_assured(SHIPPED["ANN01"], plan("ANN01", 2))
        rate = priced.trace.inputs["rate"]
        assert priced.amount == rate * 10
        assert priced.trace.table_row.startswith("rates row ")

    def test_without_a_chosen_premium_there_is_no_price(self):
        asked = replace(plan("INCR01"), annual_premium=Decimal(0))
        for rule in (rules.premium, rules.sum_assured):
            with pytest.raises(Refused) as refused:
                rule(SHIPPED["INCR01"], asked)
            assert refused.value.code == "product_premium_not_chosen"

    @pytest.mark.parametrize(
        ("chosen", "code"), [(999, "out_of_range"), (1500, "not_in_units"), (20_000_000, "out_of_range")]
    )
    def test_its_limits_are_those_of_the_premium(self, chosen, code):
        asked = replace(plan("ANN01"), annual_premium=Decimal(chosen))
        assert [each.code for each in rules.limit_refusals(SHIPPED["ANN01"], asked)] == [f"product_premium_{code}"]

    @given(st.integers(1, 500), st.integers(1, 500))
    def test_more_premium_buys_more(self, less, more):
        terms, asked = SHIPPED["INCR01"], plan("INCR01", 1)
        small, big = (
            rules.sum_assured(terms, replace(asked, annual_premium=Decimal(1000 * units))).amount
            for units in sorted((less, more))
        )
        assert small <= big


class TestIncreasingWholeLife:
    def test_the_sum_assured_grows_from_the_second_policy_year(self):
        terms, asked = SHIPPED["INCR01"], replace(plan("INCR01"), sum_assured=Decimal(100_000))
        on = [START, START + timedelta(days=364), add_years(START, 1), add_years(START, 10)]
        amounts = [rules.sum_assured_on(terms, asked, day, start_on=START).amount for day in on]
        assert amounts == [Decimal(text) for text in ("100000.00", "100000.00", "101750.00", "118944.45")]

    def test_other_products_keep_their_sum_assured(self):
        asked = facts(coverage="C1")
        later = rules.sum_assured_on(SHIPPED["TERM01"], asked, add_years(START, 9), start_on=START)
        assert later.amount == asked.sum_assured

    @given(st.integers(0, 80), st.integers(1, 20))
    def test_it_never_shrinks(self, years, more):
        terms, asked = SHIPPED["INCR01"], plan("INCR01", 3)
        now, then = (
            rules.sum_assured_on(terms, asked, add_years(START, at), start_on=START).amount
            for at in (years, years + more)
        )
        assert asked.sum_assured <= now < then

    def test_values_per_premium_follow_the_premium(self):
        terms, asked = SHIPPED["INCR01"], plan("INCR01", 2)
        at = add_years(START, 5)
        one = rules.cash_value(terms, asked, at, start_on=START).amount
        twice = rules.cash_value(terms, replace(asked, annual_premium=Decimal(20_000)), at, start_on=START).amount
        assert twice == 2 * one > 0


class TestPayouts:
    def test_an_endowment_pays_its_sum_assured_at_the_end_and_nothing_before(self):
        terms, asked = SHIPPED["ENDOW01"], plan("ENDOW01", 3)
        ends = add_years(START, 20)
        assert rules.payouts(terms, asked, START, until=ends - timedelta(days=1)) == []
        [paid] = rules.payouts(terms, asked, START, until=add_years(START, 60))
        assert (paid.kind, paid.due_on, paid.amount) == (PayoutKind.MATURITY, ends, asked.sum_assured)

    def test_an_annuity_is_paid_every_year_from_its_age_and_guaranteed_for_twenty(self):
        terms, asked = SHIPPED["ANN01"], plan("ANN01", 2, age=40)
        paid = rules.payouts(terms, asked, START, until=add_years(START, 45))
        assert [each.due_on for each in paid] == [add_years(START, year) for year in range(20, 46)]
        assert {each.amount for each in paid} == {asked.sum_assured}
        assert [each.guaranteed for each in paid] == [True] * 20 + [False] * 6

    @given(st.integers(18, 50), st.integers(0, 60), st.integers(0, 30))
    def test_a_longer_look_adds_payments_at_the_end_alone(self, age, years, more):
        terms, asked = SHIPPED["ANN01"], plan("ANN01", 3, age=age)
        short, long = (rules.payouts(terms, asked, START, until=add_years(START, at)) for at in (years, years + more))
        assert long[: len(short)] == short
        assert all(add_years(START, years) < each.due_on for each in long[len(short) :])


class TestAccident:
    def test_the_occupation_sets_the_premium(self):
        terms = SHIPPED["ACC01"]
        premiums = [
            rules.premium(terms, replace(plan("ACC01"), occupation_class=level)).amount for level in (1, 2, 3, 4)
        ]
        assert premiums == [Decimal(text) for text in ("65.00", "80.00", "120.00", "190.00")]
        with pytest.raises(Refused):
            rules.premium(terms, replace(plan("ACC01"), occupation_class=5))

    def test_its_value_is_what_is_left_of_the_net_premium_vector_4(self):
        terms, asked = SHIPPED["ACC01"], replace(plan("ACC01"), sum_assured=Decimal(300_000), occupation_class=1)
        table = Table({("1",): TableRow(3, (Decimal(1),))})
        priced = replace(terms, tables={**terms.tables, next(iter(terms.tables)): table})
        start = date(2025, 3, 1)
        value = rules.cash_value(priced, asked, start + timedelta(days=100), start_on=start)
        assert value.amount == Decimal("163.36")
        assert rules.cash_value(priced, asked, add_years(start, 1), start_on=start).amount == 0

    def test_what_is_not_paid_for_has_no_value(self):
        asked, start = plan("ACC01"), date(2025, 3, 1)
        on = start + timedelta(days=100)
        assert rules.cash_value(SHIPPED["ACC01"], asked, on, start_on=start, paid_to=on).amount == 0


class TestUniversalAccount:
    def vector(self, **changed):
        usual = {
            "opening": Decimal("103250.40"),
            "top_up": Decimal(10_000),
            "days": 31,
            "rate": Decimal("0.028"),
        }
        table = Table({("1", "30"): TableRow(9, (Decimal("2.15"),))})
        terms = replace(UL, tables=dict.fromkeys(UL.tables, table))
        asked = replace(plan("UL01"), sum_assured=Decimal(300_000))
        return rules.roll_month(terms, asked, AccountMonth(**usual | changed))

    def test_a_month_line_by_line_vector_10(self):
        lines = dict(self.vector().lines)
        assert lines["top_up"] + lines["top_up_charge"] == Decimal("9900.00")
        assert lines["risk_charge"] == Decimal("-33.48")
        assert lines["interest"] == Decimal("269.00")
        assert self.vector().closing == Decimal("113385.92")

    @pytest.mark.promise("P23")
    def test_it_explains_itself(self):
        trace = self.vector().trace
        assert trace.result == Decimal("113385.92")
        assert (trace.inputs["at_risk"], trace.inputs["risk_rate"]) == (Decimal("186849.60"), Decimal("2.15"))
        assert trace.table_row == "rates row 9 (1/30)"

    def test_the_guaranteed_rate_is_the_least(self):
        assert dict(self.vector(rate=Decimal("0.002")).lines) == dict(self.vector(rate=Decimal("0.01")).lines)

    def test_withdrawals_cost_what_the_policy_year_says(self):
        for year, kept in ((1, "300.00"), (2, "200.00"), (6, "0.00")):
            lines = dict(self.vector(withdrawn=Decimal(10_000), policy_year=year).lines)
            assert (lines["withdrawal_charge"], lines["withdrawn"]) == (-Decimal(kept), Decimal(kept) - 10_000)

    def test_more_than_there_is_cannot_be_withdrawn(self):
        with pytest.raises(Refused) as refused:
            self.vector(withdrawn=Decimal(200_000))
        assert refused.value.code == "product_withdrawal_too_high"

    def test_charges_beyond_the_account_leave_a_shortfall_and_nothing_else(self):
        roll = self.vector(opening=Decimal("10.00"), top_up=Decimal(0))
        assert roll.closing == 0
        assert roll.shortfall == Decimal("53.75") - Decimal("10.00")

    def test_a_product_without_an_account_has_none_to_roll(self):
        with pytest.raises(Refused) as refused:
            rules.roll_month(SHIPPED["TERM01"], facts(), AccountMonth(Decimal(1), 31, Decimal(0)))
        assert refused.value.code == "product_without_account"

    @given(AMOUNTS, AMOUNTS, AMOUNTS, st.integers(28, 31), st.decimals(0, "0.05", places=4), st.integers(0, 100))
    def test_the_lines_always_add_up_and_no_account_is_below_zero(self, opening, premium, top_up, days, rate, age):
        month = AccountMonth(opening, days, rate, premium=premium, top_up=top_up)
        roll = rules.roll_month(UL, replace(plan("UL01"), age=age), month)
        assert roll.closing == roll.trace.result == sum(amount for _name, amount in roll.lines) >= 0
        assert roll.shortfall == 0 or roll.closing == 0

    def test_its_parameters_are_bounded(self):
        with pytest.raises(ValueError, match="guaranteed_rate"):
            Account(Decimal("0.9"), Decimal(0), Decimal(0))


class TestRiders:
    def test_a_waiver_costs_a_part_of_what_it_waives(self):
        asked = replace(plan("WAIVER01", 2), sum_assured=Decimal("8600.00"))
        premium = rules.premium(SHIPPED["WAIVER01"], asked).amount
        assert 0 < premium < Decimal(860)

    def test_hospital_cash_is_priced_by_the_day(self):
        terms, asked = SHIPPED["HOSP01"], plan("HOSP01", 1)
        one, ten = (rules.premium(terms, replace(asked, sum_assured=Decimal(daily))).amount for daily in (50, 500))
        assert ten == 10 * one


def test_critical_illness_costs_more_than_death_alone():
    whole, ill = (
        rules.premium(SHIPPED[code], facts(policy_term=Period("O"), payment_term=Period("Y", 20))).amount
        for code in ("WHOLE01", "CI01")
    )
    assert ill > whole
