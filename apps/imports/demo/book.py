"""The demonstration book 演示保单: rows of an invented portfolio, to be imported like anybody's.

Same recipe, day and size, same rows. Premiums are priced by the products' own rules. Due dates are spread evenly, so
that every night of the first weeks has something to bill, remind, put into grace and suspend.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from apps.core.dates import MONTHS_BETWEEN_INSTALMENTS, Frequency, add_months, add_years, age_last_birthday, due_date
from apps.core.numbering import number
from apps.parties.states import RelationshipCode, Sex
from apps.policies.states import TerminationCode
from apps.products.rules import RatingFacts, premium
from apps.products.terms import Coverage, Plan, ProductTerms

from .people import People, Person
from .recipe import Recipe, SoldProduct

Cells = dict[str, str]
IN_FORCE, IN_GRACE, SUSPENDED, TERMINATED, PENDING = "in_force", "in_grace", "suspended", "terminated", "pending"
ADULT = 18
DAYS_OF_GRACE = 60
STRIDE = 37
"""Coprime to the days of a year and of a month: multiples of it visit every day before any day twice."""

FREQUENCIES = {
    Frequency.SINGLE: "趸缴",
    Frequency.ANNUAL: "年缴",
    Frequency.SEMI_ANNUAL: "半年缴",
    Frequency.QUARTERLY: "季缴",
    Frequency.MONTHLY: "月缴",
}
SHARES = {"1": ("1",), "2": ("0.5", "0.5"), "3": ("0.4", "0.3", "0.3")}
KIN = {
    RelationshipCode.SELF: (RelationshipCode.SPOUSE, RelationshipCode.CHILD, RelationshipCode.PARENT),
    RelationshipCode.SPOUSE: (RelationshipCode.SPOUSE, RelationshipCode.CHILD),
    RelationshipCode.CHILD: (RelationshipCode.PARENT,),
    RelationshipCode.PARENT: (RelationshipCode.CHILD,),
}


@dataclass(frozen=True, slots=True)
class Contract:
    """One policy before its people: what was sold, and its days."""

    product: SoldProduct
    coverage: Coverage
    plan: Plan
    frequency: Frequency
    effective_on: date
    paid_to: date | None
    standing: str


class Book:
    """Makes the rows, one after the other."""

    def __init__(
        self, recipe: Recipe, terms: Mapping[str, ProductTerms], agents: Mapping[str, Sequence[str]], today: date
    ) -> None:
        self.recipe, self.terms, self.agents, self.today = recipe, terms, agents, today
        self.dice = Random(recipe.seed)
        self.people = People(recipe, self.dice, today)
        self.holders: dict[str, list[Person]] = {}
        self.placed = dict.fromkeys(recipe.standings, 0)

    def rows(self, size: int) -> Iterator[Cells]:
        """``size`` rows in the columns of ``mappings/demo.yaml``."""
        for sequence in range(1, size + 1):
            yield self._row(sequence)

    def _row(self, sequence: int) -> Cells:
        standing = self.people.pick(self.recipe.standings)
        self.placed[standing] += 1
        contract = self._contract(standing, self.placed[standing])
        while not (persons := self._persons(contract, office := self.people.pick(self.recipe.selling))):
            contract = self._contract(standing, self.placed[standing])
        holder, insured, relationship = persons
        agent = "" if self.people.chance(self.recipe.without_agent) else self.dice.choice(self.agents[office])
        return {
            "保单号": number(f"P{office}", contract.effective_on, sequence),
            "机构代码": office,
            "业务员工号": agent,
            **self._contract_cells(contract, insured),
            **_person_cells("投保人", holder),
            "开户行": holder.bank if holder.card else "",
            "银行账号": holder.card,
            "同意缴费提醒": "是" if self.people.chance(self.recipe.consenting) else "否",
            "被保险人关系": relationship,
            **_person_cells("被保险人", None if insured is holder else insured),
            **self._beneficiary_cells(relationship),
        }

    def _contract(self, standing: str, position: int) -> Contract:
        while True:
            product = self.dice.choices(self.recipe.products, [each.weight for each in self.recipe.products])[0]
            sold = self.dice.choices(product.plans, [each.weight for each in product.plans])[0]
            [coverage] = self.terms[product.code].coverages
            plan = coverage.plan(sold.policy_term, sold.payment_term)
            assert plan is not None
            single = sold.payment_term.unit == "S"
            frequency = Frequency.SINGLE if single else self.people.pick(product.frequencies)
            if days := self._days(plan, frequency, standing, position):
                return Contract(product, coverage, plan, frequency, *days, standing)

    def _days(self, plan: Plan, frequency: Frequency, standing: str, position: int) -> tuple[date, date | None] | None:
        """First day and paid-to date; nothing if such a policy cannot stand there."""
        one_year = plan.policy_term.unit == "Y" and plan.policy_term.length == 1
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
        years = 1 if one_year else min(self.recipe.longest_in_force_years, plan.payment_term.length)
        last = years * 12 // step - (0 if standing == IN_FORCE else 3 if one_year else 1)
        if last < 1 or (one_year and standing == SUSPENDED):
            return None
        paid = self.dice.randint(1, last)
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

    def _persons(self, contract: Contract, office: str) -> tuple[Person, Person, str] | None:
        """Holder, insured and what the insured is to the holder; nothing if the insured's age does not fit."""
        relationship = RelationshipCode.SELF
        if contract.product.ages.youngest < ADULT:
            relationship = RelationshipCode(self.people.pick(self.recipe.insured))
        holder = self._holder(office, again=relationship == RelationshipCode.SELF)
        insured = holder if relationship == RelationshipCode.SELF else self._relative(holder, relationship, office)
        start = contract.effective_on
        if insured.born_on > start or age_last_birthday(holder.born_on, start) < ADULT:
            return None
        age = age_last_birthday(insured.born_on, start)
        oldest = min(contract.plan.max_age, contract.product.ages.oldest)
        if not max(contract.plan.min_age, contract.product.ages.youngest) <= age <= oldest:
            return None
        self.holders.setdefault(office, []).append(holder)
        return holder, insured, relationship

    def _holder(self, office: str, *, again: bool) -> Person:
        known = self.holders.get(office)
        if again and known and self.people.chance(self.recipe.second_policy):
            return self.dice.choice(known)
        youngest, oldest = map(int, self.people.pick(self.recipe.holder_ages).split("-"))
        return self.people.draw(self.recipe.places[office], age=self.dice.randint(youngest, oldest))

    def _relative(self, holder: Person, relationship: RelationshipCode, office: str) -> Person:
        age, place = age_last_birthday(holder.born_on, self.today), self.recipe.places[office]
        surname = holder.name[0]
        match relationship:
            case RelationshipCode.CHILD:
                return self.people.draw(place, age=max(0, age - self.dice.randint(22, 38)), surname=surname)
            case RelationshipCode.PARENT:
                return self.people.draw(place, age=age + self.dice.randint(22, 32), surname=surname)
            case _:
                other = Sex.MALE if holder.sex == Sex.FEMALE else Sex.FEMALE
                return self.people.draw(place, age=max(20, age + self.dice.randint(-5, 5)), sex=other)

    def _contract_cells(self, contract: Contract, insured: Person) -> Cells:
        sum_assured = Decimal(self.people.pick(contract.product.sums_assured))
        facts = RatingFacts(
            coverage=contract.coverage.code,
            sex=insured.sex,
            age=age_last_birthday(insured.born_on, contract.effective_on),
            sum_assured=sum_assured,
            policy_term=contract.plan.policy_term,
            payment_term=contract.plan.payment_term,
            frequency=contract.frequency,
            occupation_class=insured.occupation_class,
        )
        return {
            "产品代码": contract.product.code,
            "保险期间": str(contract.plan.policy_term),
            "交费期间": str(contract.plan.payment_term),
            "缴费频率": FREQUENCIES[contract.frequency],
            "期交保费": str(premium(self.terms[contract.product.code], facts).amount),
            "基本保额": str(sum_assured),
            "生效日": str(contract.effective_on),
            "交至日": str(contract.paid_to or ""),
            **self._ending(contract),
        }

    def _ending(self, contract: Contract) -> Cells:
        if contract.standing != TERMINATED:
            return {"保单状态": "", "终止日": "", "终止原因": ""}
        code, start = TerminationCode(self.people.pick(self.recipe.terminations)), contract.effective_on
        ended_on = start + timedelta(days=self.dice.randint(30, (self.today - start).days))
        if contract.plan.policy_term.length == 1:
            code, ended_on = TerminationCode.EXPIRY, add_years(start, 1)
        elif code == TerminationCode.COOLING_OFF:
            ended_on = start + timedelta(days=self.dice.randint(1, 15))
        return {"保单状态": "终止", "终止日": str(ended_on), "终止原因": code}

    def _beneficiary_cells(self, relationship: str) -> Cells:
        """Named beneficiaries; none means the statutory heirs 法定."""
        shares = SHARES.get(self.people.pick(self.recipe.beneficiaries), ())
        cells: Cells = {}
        for position in (1, 2, 3):
            named = position <= len(shares)
            sex = self.dice.choice((Sex.MALE, Sex.FEMALE))
            cells[f"受益人{position}姓名"] = self.people.name(sex) if named else ""
            cells[f"受益人{position}关系"] = self.dice.choice(KIN[RelationshipCode(relationship)]) if named else ""
            cells[f"受益人{position}份额"] = shares[position - 1] if named else ""
        return cells


def _person_cells(prefix: str, person: Person | None) -> Cells:
    """A resident ID tells birth date and sex, so that they need no columns."""
    return {
        f"{prefix}姓名": person.name if person else "",
        f"{prefix}身份证号": person.id_number if person else "",
        f"{prefix}证件有效期至": str(person.id_valid_to) if person else "",
        f"{prefix}手机": person.mobile if person else "",
        f"{prefix}邮箱": person.email if person else "",
        f"{prefix}地址": person.address if person else "",
        f"{prefix}职业类别": str(person.occupation_class) if person else "",
    }
