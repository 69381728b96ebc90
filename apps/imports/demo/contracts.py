"""Contracts of the demonstration book 演示合同: what was sold, when it began and how far it is paid, priced by the
products' own rules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from apps.core.dates import MONTHS_BETWEEN_INSTALMENTS, Frequency, add_months, add_years, due_date
from apps.policies.states import TerminationCode
from apps.products.rules import RatingFacts, premium, sum_assured
from apps.products.terms import Coverage, Plan, ProductTerms
from apps.products.values import SINGLE_PAYMENT, Period

from .people import Person, Pool
from .recipe import Recipe, SoldProduct, SoldRider

IN_FORCE, IN_GRACE, SUSPENDED, TERMINATED, PENDING = "in_force", "in_grace", "suspended", "terminated", "pending"
DAYS_OF_GRACE = 60
STRIDE = 37
"""Coprime to the days of a year and of a month: multiples of it visit every day before any day twice."""


@dataclass(frozen=True, slots=True)
class Contract:
    """One policy before its people: what was sold, and its days."""

    sold: "Sold"
    plan: Plan
    frequency: Frequency
    effective_on: date
    paid_to: date | None
    standing: str


@dataclass(frozen=True, slots=True)
class Priced:
    """期交保费 and 保额 of one cover."""

    code: str
    sum_assured: Decimal
    premium: Decimal


class Sold:
    """One product of the recipe, with its terms and its pools."""

    def __init__(self, recipe: SoldProduct, terms: ProductTerms, riders: Mapping[str, ProductTerms]) -> None:
        self.recipe, self.terms = recipe, terms
        [self.coverage] = terms.coverages
        self.plans = Pool({(each.policy_term, each.payment_term): each.weight for each in recipe.plans})
        self.frequencies = Pool(recipe.frequencies or {Frequency.SINGLE: 1})
        self.sums_assured = Pool(recipe.sums_assured or {"0": 1})
        self.premiums = Pool(recipe.premiums or {"0": 1})
        self.riders = [(each, riders[each.code], Pool(each.sums_assured or {"0": 1})) for each in recipe.riders]

    @property
    def of_one_year(self) -> bool:
        return self.coverage.plans[0].policy_term == Period("Y", 1)


class Contracts:
    """Draws contracts, and prices them for whom they insure."""

    def __init__(self, recipe: Recipe, terms: Mapping[str, ProductTerms], dice: Random, today: date) -> None:
        self.recipe, self.dice, self.today = recipe, dice, today
        sold = {Sold(each, terms[each.code], terms): each.weight for each in recipe.products}
        self.products, self.terminations = Pool(sold), Pool(recipe.terminations)

    def draw(self, standing: str, position: int) -> Contract:
        """A contract that stands so; its due date is the ``position``-th of the days spread over the year."""
        while True:
            sold = self.products.draw(self.dice)
            policy_term, payment_term = sold.plans.draw(self.dice)
            plan = sold.coverage.plan(policy_term, payment_term)
            assert plan is not None
            single = payment_term.unit == SINGLE_PAYMENT
            frequency = Frequency.SINGLE if single else sold.frequencies.draw(self.dice)
            if days := self._days(plan, frequency, standing, position, sold.of_one_year):
                return Contract(sold, plan, frequency, *days, standing)

    def _days(
        self, plan: Plan, frequency: Frequency, standing: str, position: int, one_year: bool
    ) -> tuple[date, date | None] | None:
        """First day and paid-to date; nothing if such a policy cannot stand there."""
        if standing == TERMINATED:
            return self.today - timedelta(days=self.dice.randint(400 if one_year else 30, 3600)), None
        if standing == PENDING:
            start = self.today + timedelta(days=1 + position % 20)
            return start, None if frequency is Frequency.SINGLE else due_date(start, frequency, 1)
        if frequency is Frequency.SINGLE:
            return (self.today - timedelta(days=self.dice.randint(1, 3600)), None) if standing == IN_FORCE else None
        return self._paying_days(plan, frequency, standing, position, one_year)

    def _paying_days(
        self, plan: Plan, frequency: Frequency, standing: str, position: int, one_year: bool
    ) -> tuple[date, date] | None:
        step = MONTHS_BETWEEN_INSTALMENTS[frequency]
        due = plan.payment_term.length * 12 // step
        if standing == IN_FORCE and not one_year:
            paid = self.dice.randint(1, self.recipe.longest_in_force_years * 12 // step)
            start = add_months(self._due(step, standing, position), -step * paid)
            ends_on = add_years(start, plan.policy_term.length) if plan.policy_term.unit == "Y" else None
            if ends_on and ends_on <= self.today:
                return None
            return start, due_date(start, frequency, min(paid, due))
        last = due - (0 if standing == IN_FORCE else 3 if one_year else 1)
        if last < 1 or (one_year and standing == SUSPENDED):
            return None
        paid = self.dice.randint(1, min(last, self.recipe.longest_in_force_years * 12 // step))
        start = add_months(self._due(step, standing, position), -step * paid)
        return start, due_date(start, frequency, paid)

    def _due(self, step: int, standing: str, position: int) -> date:
        """The due date up to which premium is paid: ahead, or so long ago that grace is running or over."""
        match standing:
            case "in_force":
                return self.today + timedelta(days=1 + position * STRIDE % (step * 30))
            case "in_grace":
                return self.today - timedelta(days=1 + position % DAYS_OF_GRACE)
            case _:
                return self.today - timedelta(days=DAYS_OF_GRACE + 15 + position * STRIDE % 600)

    def price(self, contract: Contract, insured: Person, age: int) -> Iterator[Priced]:
        """The main cover, then its riders."""
        sold, annual = contract.sold, Decimal(contract.sold.premiums.draw(self.dice))
        facts = RatingFacts(
            coverage=sold.coverage.code,
            sex=insured.sex,
            age=age,
            sum_assured=Decimal(sold.sums_assured.draw(self.dice)),
            policy_term=contract.plan.policy_term,
            payment_term=contract.plan.payment_term,
            frequency=contract.frequency,
            occupation_class=insured.occupation_class,
            annual_premium=annual,
        )
        main = Priced(sold.terms.code, sum_assured(sold.terms, facts).amount, premium(sold.terms, facts).amount)
        yield main
        for rider, terms, sums_assured in sold.riders:
            if priced := self._rider(rider, terms, sums_assured, contract, facts, main.premium):
                yield priced

    def _rider(
        self,
        rider: SoldRider,
        terms: ProductTerms,
        sums_assured: Pool[str],
        contract: Contract,
        main: RatingFacts,
        main_premium: Decimal,
    ) -> Priced | None:
        """The rider, if this policy has it and its plans allow it."""
        [coverage] = terms.coverages
        plan = _rider_plan(coverage, contract.plan)
        taken = self.dice.random() < rider.share
        if not taken or plan is None or not plan.min_age <= main.age <= plan.max_age:
            return None
        if coverage.waiver:
            amount = main_premium * (12 // MONTHS_BETWEEN_INSTALMENTS[contract.frequency])
        else:
            amount = Decimal(sums_assured.draw(self.dice))
        facts = RatingFacts(
            coverage=coverage.code,
            sex=main.sex,
            age=main.age,
            sum_assured=amount,
            policy_term=plan.policy_term,
            payment_term=plan.payment_term,
            frequency=contract.frequency,
            occupation_class=main.occupation_class,
        )
        return Priced(terms.code, amount, premium(terms, facts).amount)

    def ending(self, contract: Contract) -> tuple[date, TerminationCode]:
        """When and why a contract that has ended did."""
        code, start = TerminationCode(self.terminations.draw(self.dice)), contract.effective_on
        ended_on = start + timedelta(days=self.dice.randint(30, (self.today - start).days))
        if contract.sold.of_one_year:
            return add_years(start, 1), TerminationCode.EXPIRY
        if code == TerminationCode.COOLING_OFF:
            return start + timedelta(days=self.dice.randint(1, 15)), code
        return ended_on, code


def _rider_plan(coverage: Coverage, main: Plan) -> Plan | None:
    """The rider's plan beside this one of the main cover: as long, or for a waiver as long as premiums are paid."""
    return coverage.plan(main.payment_term if coverage.waiver else main.policy_term, main.payment_term)
