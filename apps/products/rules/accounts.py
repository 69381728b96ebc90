"""The universal account 万能账户: one month of it, line by line. Pure.

Source: value-maths §4.12. The order is that of the clause: premium in, risk charge, fee, interest, withdrawal.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from apps.core.errors import refuse
from apps.core.money import ZERO, Trace, round_fen
from apps.products.features import Account
from apps.products.states import TableKind
from apps.products.terms import ProductTerms

from .rating import RatingFacts, coverage_of, place_of, row_of

DAYS_OF_A_YEAR, MONTHS_OF_A_YEAR = 365, 12


@dataclass(frozen=True, slots=True)
class AccountMonth:
    """What a month brings: amounts paid in and taken out, its ``days``, the ``rate`` a year declared 结算利率, and
    the policy year, which sets the charge for a withdrawal 部分领取."""

    opening: Decimal
    days: int
    rate: Decimal
    policy_year: int = 1
    premium: Decimal = ZERO
    top_up: Decimal = ZERO
    withdrawn: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class AccountRoll:
    """月结: the lines that lead from the opening to the closing balance; they always add up. ``shortfall`` is what the
    charges of the month exceeded the account by: grace begins for it."""

    lines: tuple[tuple[str, Decimal], ...]
    shortfall: Decimal
    trace: Trace

    @property
    def closing(self) -> Decimal:
        return sum((amount for _name, amount in self.lines), ZERO)


def roll_month(terms: ProductTerms, facts: RatingFacts, month: AccountMonth) -> AccountRoll:
    """One month of the account, each line to the fen (§4.12). ``facts.age`` is the attained age, which the risk charge
    follows; interest is simple, by the day, at no less than the guaranteed rate.

    Refuses a product without an account, and a withdrawal of more than there is.
    """
    coverage = coverage_of(terms, facts)
    if coverage.account is None:
        raise refuse("product_without_account", product=terms.code)
    account = coverage.account
    lines = [("opening", month.opening), *_paid_in(account, month)]
    balance = _sum(lines)
    key, row = row_of(terms, TableKind.RATE, coverage.rates, facts)
    at_risk = max(facts.sum_assured - balance, ZERO)
    risk = round_fen(row.values[0] * at_risk / coverage.rates.per / MONTHS_OF_A_YEAR)
    due = risk + round_fen(account.monthly_fee)
    taken_risk = min(risk, balance)
    lines += [("risk_charge", -taken_risk), ("fee", -min(due - risk, balance - taken_risk))]
    rate = max(month.rate, account.guaranteed_rate)
    lines.append(("interest", round_fen(_sum(lines) * rate * month.days / DAYS_OF_A_YEAR)))
    lines += _withdrawal(account, month, _sum(lines))
    trace = Trace(
        "universal account §4.12",
        _sum(lines),
        {**dict(lines), "at_risk": at_risk, "risk_rate": row.values[0], "rate": rate, "days": month.days},
        terms.table_version,
        place_of("rates", key, row),
    )
    return AccountRoll(tuple(lines), max(due - balance, ZERO), trace)


def _paid_in(account: Account, month: AccountMonth) -> Iterator[tuple[str, Decimal]]:
    for name, amount, charge in (
        ("premium", month.premium, account.initial_charge),
        ("top_up", month.top_up, account.top_up_charge),
    ):
        yield name, round_fen(amount)
        yield f"{name}_charge", -round_fen(amount * charge)


def _withdrawal(account: Account, month: AccountMonth, balance: Decimal) -> Iterator[tuple[str, Decimal]]:
    """What is taken out, its charge included in it."""
    if month.withdrawn > balance:
        raise refuse("product_withdrawal_too_high", withdrawn=month.withdrawn, balance=balance)
    years = len(account.withdrawal_charges)
    charge = account.withdrawal_charges[month.policy_year - 1] if month.policy_year <= years else ZERO
    kept = round_fen(month.withdrawn * charge)
    yield "withdrawal_charge", -kept
    yield "withdrawn", -(month.withdrawn - kept)


def _sum(lines: list[tuple[str, Decimal]]) -> Decimal:
    return sum((amount for _name, amount in lines), ZERO)
